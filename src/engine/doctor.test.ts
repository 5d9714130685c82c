import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../sdk/errors.ts';
import { defineProvider, defineSink, type Finding, gauge, measurement, type StoreStatus, secret } from '../sdk/index.ts';
import { madeUpFolder } from '../testing/made-up.ts';
import { createTestOutside } from '../testing/outside.ts';
import { startStandIn } from '../testing/stand-in.ts';
import { type Diagnosis, diagnose } from './doctor.ts';
import { createRedactor } from './redact.ts';

const counts = measurement('counts', { help: 'Counts.', time: 'snapshot', tags: {}, fields: { n: gauge() } });
const deeds = ['well', 'warn', 'fail', 'throw', 'hang', 'ask', 'spend', 'item'] as const;
const settings = z.strictObject({ does: z.enum(deeds).default('well'), token: secret().optional(), url: z.string().optional() });
type Settings = z.output<typeof settings>;

async function* did({ does, token }: Settings): AsyncGenerator<Finding> {
  yield { check: 'first', status: 'ok', message: 'began' };
  if (does === 'warn') yield { check: 'quota', status: 'warning', message: 'little is left', mend: 'wait' };
  if (does === 'fail') yield { check: 'credential', status: 'error', message: `${token?.reveal()} is not accepted`, mend: 'another' };
  if (does === 'throw') throw new PermanentError('no such door', { kind: 'network' });
  if (does === 'hang') await new Promise(() => {});
}

const api = defineProvider<Settings, { readonly id: string }>({
  name: 'api',
  help: 'An API.',
  settings,
  example: {},
  measurements: () => [counts],
  limits: ({ token }) => [{ name: 'api', key: [token], concurrency: 1, source: 'made up' }],
  targets: () => [{ id: 'a' }, { id: 'b' }],
  label: ({ id }) => id,
  cost: () => 5,
  connect: () => Promise.reject(new Error('a diagnosis connects to nothing')),
  async *check(given, context) {
    yield* did(given);
    if (given.does === 'ask') yield { check: 'access', status: 'ok', message: (await context.http.text(`${given.url}`)).body };
    if (given.does === 'spend') context.quota({ remaining: 9, limit: 100, resetAt: new Date('2026-11-21T21:00:00Z') });
    if (given.does === 'item') context.problem('x/gone', new PermanentError('is gone'));
  },
});
const silent = defineProvider({ ...api, name: 'silent', check: undefined as never });

const problems: Record<string, readonly string[]> = { lacks: ['the table counts is missing: run `kpi db init`'] };
const foreign = ['there is a table that kpi did not make: rename it'];
const store = defineSink<Settings & { readonly name?: string | undefined }>({
  name: 'store',
  help: 'A store.',
  settings: settings.extend({ name: z.string().optional() }),
  example: {},
  autoInit: false,
  accepts: ({ name }) => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 1 }, stdout: name === '-' }),
  open: () => Promise.reject(new Error('a diagnosis opens nothing')),
  check: did,
  async status({ name = '' }, measurements): Promise<StoreStatus> {
    const of = (measurement: string) => (name === 'none' || name === measurement ? foreign : []);
    return { measurements: measurements.map((one) => ({ name: one.name, problems: of(one.name) })), problems: problems[name] ?? [] };
  },
});

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly offline?: boolean;
  readonly providers?: readonly string[];
  readonly files?: Readonly<Record<string, unknown>>;
}

async function diagnosed(
  config: object,
  { env = {}, offline = false, providers, files = {} }: Run = {},
): Promise<Diagnosis & { readonly hasState: boolean }> {
  await using folder = await madeUpFolder({ 'kpi.config.json': { sinks: { local: { type: 'store' } }, ...config }, ...files });
  const registry = { providers: { api: async () => api, silent: async () => silent }, sinks: { store: async () => store } };
  const redactor = createRedactor();
  const options = { cwd: folder.dir, env, ...registry, select: { providers }, offline, onSecret: redactor.add.bind(redactor) };
  const outside = createTestOutside({ cwd: folder.dir, env });
  const diagnosis = await diagnose(options, { outside, redactor, userAgent: 'kpi/test', limitMs: 150 });
  return { ...diagnosis, hasState: existsSync(join(folder.dir, '.kpi')) };
}

const lines = ({ findings }: Diagnosis, scope: string) =>
  findings.filter((one) => one.scope === scope).map(({ name, check, status }) => `${name} ${check} ${status}`);
const good = { type: 'api' };
const bad = { type: 'api', does: 'fail', token: '${A_TOKEN}' };
const env = { A_TOKEN: 'a-token-of-tests' };

describe('diagnose', () => {
  it('checks everything, in order, and leaves nothing behind', async () => {
    const seen = await diagnosed({ providers: { one: good, two: { ...good, does: 'spend' } } });
    expect(seen).toMatchObject({ schemaVersion: 1, status: 'warning', exitCode: 3, hasState: false });
    expect(
      seen.findings.map(({ scope, name, check, status }) => `${scope} ${name} ${check} ${status}`.replace(/\/\S*\/\.kpi/, '.kpi')),
    ).toEqual([
      'config kpi.config.json file ok',
      'config kpi.config.json variables ok',
      'provider one first ok',
      'provider two first ok',
      'provider two quota warning',
      'sink local first ok',
      'sink local schema ok',
      'state .kpi folder ok',
      'state .kpi state ok',
      'state .kpi outbox ok',
      'ci ci context ok',
    ]);
    expect(seen.findings.find((one) => one.check === 'quota')).toMatchObject({
      message: '9 of 100 requests left until 2026-11-21T21:00Z; a run takes 10 or more',
      mend: 'wait until 2026-11-21T21:00Z, or collect less often: "every" of the entry "two"',
    });
  });

  it('is 0 where all is well, and 0 where what is wrong is not required', async () => {
    expect(await diagnosed({ providers: { one: good } })).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(await diagnosed({ providers: { one: good, two: { ...bad, required: false } } }, { env })).toMatchObject({
      status: 'error',
      exitCode: 0,
    });
  });

  it('is 3 for a warning, and where one of several fails', async () => {
    expect(await diagnosed({ providers: { one: { ...good, does: 'warn' } } })).toMatchObject({ status: 'warning', exitCode: 3 });
    expect(await diagnosed({ providers: { one: good, two: bad } }, { env })).toMatchObject({ status: 'error', exitCode: 3 });
  });

  it('is 1 where no required provider, or no required sink, can be used', async () => {
    expect(await diagnosed({ providers: { one: bad, two: { ...good, required: false } } }, { env })).toMatchObject({ exitCode: 1 });
    const sinks = { local: { type: 'store', does: 'throw' }, other: { type: 'store', required: false } };
    expect(await diagnosed({ providers: { one: good }, sinks })).toMatchObject({ exitCode: 1 });
    expect(await diagnosed({ providers: { one: bad } })).toMatchObject({ exitCode: 1 });
  });

  it('is 1 where the config is wrong, though all else goes on', async () => {
    const seen = await diagnosed({ nonsense: 1, providers: { one: good } });
    expect(seen).toMatchObject({ status: 'error', exitCode: 1 });
    expect(lines(seen, 'provider')).toEqual(['one first ok']);
  });

  it('is 1 where there is no config, or the state cannot be used', async () => {
    const none = await diagnosed({}, { files: { 'kpi.config.json': '{' } });
    expect(none).toMatchObject({ status: 'error', exitCode: 1 });
    expect(none.findings.map((one) => one.scope)).toEqual(['config', 'ci']);
    const state = await diagnosed({ providers: { one: good } }, { files: { '.kpi/state.db': 'no database at all '.repeat(100) } });
    expect(state).toMatchObject({ exitCode: 1 });
  });

  it('goes on where one throws, hangs or lacks a variable', async () => {
    const providers = { hangs: { ...good, does: 'hang', token: 'x' }, lacks: bad, throws: { ...good, does: 'throw' }, well: good };
    const seen = await diagnosed({ providers });
    expect(lines(seen, 'provider')).toEqual([
      'hangs first ok',
      'hangs access error',
      'lacks access skipped',
      'throws first ok',
      'throws access error',
      'well first ok',
    ]);
    expect(seen.findings.find((one) => one.name === 'lacks')?.message).toBe('not asked: A_TOKEN is not set');
    expect(seen).toMatchObject({ exitCode: 3 });
  });

  it('ends the wait of one whose limit a hanging one holds', async () => {
    const seen = await diagnosed({ providers: { a: { ...good, does: 'hang' }, b: good } });
    expect(lines(seen, 'provider')).toContain('a access error');
    expect(lines(seen, 'provider').filter((one) => one.startsWith('b'))).toHaveLength(1);
  });

  it('asks only what is selected, and refuses what there is not', async () => {
    const seen = await diagnosed({ providers: { one: good, two: bad } }, { providers: ['one'] });
    expect(seen).toMatchObject({ exitCode: 0 });
    expect(lines(seen, 'provider')).toEqual(['one first ok']);
    await expect(diagnosed({ providers: { one: good } }, { providers: ['tow'] })).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('is 1 where nothing is enabled, or two want standard output, as a run would not start', async () => {
    const seen = await diagnosed({ providers: { one: { ...good, enabled: false } } });
    expect(seen).toMatchObject({ status: 'error', exitCode: 1 });
    expect(seen.findings).toContainEqual(
      expect.objectContaining({
        scope: 'config',
        check: 'start',
        status: 'error',
        message: expect.stringContaining('no provider that is enabled'),
      }),
    );
    const toStdout = { type: 'store', name: '-' };
    const both = await diagnosed({ providers: { one: good }, sinks: { local: toStdout, other: toStdout } });
    expect(both).toMatchObject({ exitCode: 1 });
    expect(lines(both, 'config')).toContain('kpi.config.json start error');
  });

  it('is 3 where a store cannot hold one measurement, and 1 where it can hold none; what mends it is said', async () => {
    const one = await diagnosed({ providers: { one: good }, sinks: { local: { type: 'store', name: 'counts' } } });
    expect(one).toMatchObject({ status: 'warning', exitCode: 3 });
    expect(one.findings.filter(({ check }) => check === 'schema')).toEqual([
      expect.objectContaining({ status: 'warning', message: 'counts: there is a table that kpi did not make', mend: 'rename it' }),
    ]);
    const none = await diagnosed({ providers: { one: good }, sinks: { local: { type: 'store', name: 'none' } } });
    expect(none).toMatchObject({ status: 'error', exitCode: 1 });
  });

  it('needs no secret offline, and shows by name what it did not ask', async () => {
    const seen = await diagnosed({ providers: { one: { ...good, token: { file: 'none' } }, two: bad } }, { offline: true });
    expect(seen).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(lines(seen, 'provider')).toEqual(['one access skipped', 'two access skipped']);
    expect(lines(seen, 'sink')).toEqual(['local access skipped', 'local schema skipped']);
    expect(seen.findings).toContainEqual(
      expect.objectContaining({ check: 'variables', status: 'skipped', message: 'not read offline: A_TOKEN' }),
    );
  });

  it('shows no secret', async () => {
    const seen = await diagnosed({ providers: { one: bad } }, { env });
    expect(seen.findings).toContainEqual(expect.objectContaining({ check: 'credential', message: '*** is not accepted' }));
    expect(JSON.stringify(seen)).not.toContain(env.A_TOKEN);
  });

  it('tells of a bad item, of a provider without a check, and of what a store lacks', async () => {
    const sinks = { local: { type: 'store', name: 'lacks' }, broken: { type: 'store', does: 'fail' } };
    const seen = await diagnosed({ providers: { one: { ...good, does: 'item' }, none: { type: 'silent' } }, sinks });
    expect(lines(seen, 'provider')).toEqual(['one first ok', 'one items warning', 'none access skipped']);
    expect(seen.findings).toContainEqual(expect.objectContaining({ check: 'items', message: 'x/gone: is gone' }));
    expect(seen.findings).toContainEqual({
      scope: 'sink',
      name: 'local',
      check: 'schema',
      status: 'error',
      message: 'the table counts is missing',
      mend: 'kpi db init --sinks local',
      ms: expect.any(Number),
    });
    expect(lines(seen, 'sink')).toContain('broken schema skipped');
  });

  it('knows from the answers how wrong the clock is', async () => {
    const standIn = await startStandIn(() => ({ headers: { date: 'Sat, 21 Nov 2026 20:10:00 GMT' }, body: 'here' }));
    const seen = await diagnosed({ providers: { one: { ...good, does: 'ask', url: standIn.url } } });
    await standIn.close();
    expect(seen.findings.find((one) => one.check === 'clock')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('10m behind'),
    });
  });

  it('tells of a proxy variable that is none', async () => {
    const seen = await diagnosed({ providers: { one: good } }, { env: { HTTPS_PROXY: 'socks://x' } });
    expect(seen).toMatchObject({ exitCode: 1 });
    expect(seen.findings).toContainEqual(
      expect.objectContaining({ check: 'proxy', status: 'error', message: expect.stringContaining('HTTPS_PROXY') }),
    );
  });
});
