import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineProvider, defineSink, measurement, secret } from '../sdk/index.ts';
import type { LoadOptions } from './config/config.ts';
import { examineConfig } from './doctor-config.ts';

const counts = measurement('counts', { help: 'Counts.', time: 'snapshot', tags: {}, fields: { n: { kind: 'gauge' } } });
const provider = defineProvider({
  name: 'api',
  help: 'An API.',
  settings: z.strictObject({ token: secret(), url: z.string().optional() }),
  example: {},
  measurements: () => [counts],
  limits: () => [],
  targets: () => [],
  label: () => '',
  connect: async () => ({ collect: async function* () {}, close: async () => {} }),
});
const sink = defineSink({
  name: 'store',
  help: 'A store.',
  settings: z.strictObject({ path: z.string().optional() }),
  example: {},
  autoInit: true,
  accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 1 } }),
  open: async () => ({ write: async () => [], close: async () => {} }),
});

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function exam(config: unknown, own: Partial<LoadOptions> = {}, offline = false) {
  writeFileSync(join(dir, 'kpi.config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  const registry = { providers: { api: async () => provider }, sinks: { store: async () => sink } };
  return examineConfig({ cwd: dir, env: {}, select: {}, ...registry, ...own }, offline);
}

const two = {
  providers: { one: { type: 'api', token: '${ONE_TOKEN}' }, two: { type: 'api', token: '${TWO_TOKEN}' } },
  sinks: { store: {} },
};

describe('a config that can be used', () => {
  it('is well, and its variables are named, not shown', async () => {
    const seen = await exam(two, { env: { ONE_TOKEN: 'first-secret', TWO_TOKEN: 'second-secret' } });
    expect(seen).toMatchObject({ shown: 'kpi.config.json', isWrong: false });
    expect(seen.found).toMatchObject([
      { check: 'file', status: 'ok' },
      { check: 'variables', status: 'ok', message: 'set, or with a default: ONE_TOKEN, TWO_TOKEN' },
    ]);
    expect([...seen.broken]).toEqual([]);
    expect(JSON.stringify(seen.found)).not.toContain('secret');
  });

  it('warns of a secret that is written out, with what to write instead', async () => {
    const { found, isWrong } = await exam({ providers: { api: { token: 'in-the-file' } }, sinks: { store: {} } });
    expect(isWrong).toBe(false);
    expect(found[1]).toEqual({
      check: 'warnings',
      status: 'warning',
      message: 'providers.api.token: is a secret that stands in the file itself',
      mend: 'write ${NAME}, { "file": "…" } or { "command": ["…"] }',
    });
  });

  it('goes on with the others where a variable is not set, and names it once with its places', async () => {
    const config = { ...two, providers: { ...two.providers, three: { type: 'api', token: '${ONE_TOKEN}' } } };
    const seen = await exam(config, { env: { TWO_TOKEN: 'second-secret' } });
    expect(seen.isWrong).toBe(false);
    expect(seen.found[1]).toEqual({
      check: 'variables',
      status: 'error',
      message: 'the variable ONE_TOKEN is not set (used by providers.one.token, providers.three.token)',
      mend: 'export ONE_TOKEN=…, or write it into a file and name that with --env-file',
    });
    expect([...seen.broken]).toEqual([
      ['providers.one', 'ONE_TOKEN is not set'],
      ['providers.three', 'ONE_TOKEN is not set'],
    ]);
  });

  it('asks nothing of what is not selected', async () => {
    const seen = await exam(two, { env: { TWO_TOKEN: 'second-secret' }, select: { providers: ['two'] } });
    expect(seen.found.map((one) => one.status)).toEqual(['ok', 'ok']);
  });

  it('reads no variable offline', async () => {
    const seen = await exam(two, {}, true);
    expect(seen.found).toMatchObject([
      { status: 'ok' },
      { check: 'variables', status: 'skipped', message: 'not read offline: ONE_TOKEN, TWO_TOKEN' },
    ]);
    expect(seen.config?.providers.map((one) => one.selected)).toEqual([true, true]);
  });

  it('tells of a secret that is not to be had', async () => {
    const seen = await exam({ providers: { api: { token: { file: 'none.txt' } } }, sinks: { store: {} } });
    expect(seen.isWrong).toBe(false);
    expect(seen.found).toContainEqual({
      check: 'secrets',
      status: 'error',
      message: 'providers.api.token: is not to be had: the file none.txt cannot be read: it does not exist',
      mend: 'correct it in kpi.config.json',
    });
    expect([...seen.broken]).toEqual([['providers.api', 'its secret is not to be had']]);
  });
});

describe('a config that is wrong', () => {
  it('has all its problems as findings, and its good entries are still there', async () => {
    const config = { run: { every: '7h' }, nonsense: 1, providers: { ...two.providers, one: { type: 'api', token: 'x', tokn: 1 } } };
    const seen = await exam(config, { env: { TWO_TOKEN: 'second-secret' } });
    expect(seen.isWrong).toBe(true);
    expect(seen.found.filter((one) => one.check === 'file').map((one) => one.message.split(':')[0])).toEqual(
      expect.arrayContaining(['nonsense', 'run.every', 'providers.one.tokn']),
    );
    expect(seen.found.filter((one) => one.status === 'error').every((one) => one.mend !== undefined)).toBe(true);
    expect([...seen.broken]).toEqual([['providers.one', 'its entry is wrong']]);
    expect(seen.config?.providers[1]?.settings).toBeDefined();
  });

  it('runs no command', async () => {
    const command = ['touch', join(dir, 'was-run')];
    const seen = await exam({ nonsense: 1, providers: { api: { token: { command } } }, sinks: { store: {} } });
    expect([...seen.broken]).toEqual([['providers.api', 'the command of its secret is not run while the config is wrong']]);
    expect(existsSync(join(dir, 'was-run'))).toBe(false);
    // Not for lack of a command that does something.
    await exam({ providers: { api: { token: { command } } }, sinks: { store: {} } });
    expect(existsSync(join(dir, 'was-run'))).toBe(true);
  });

  it.each([
    ['broken JSON', '{ "providers": '],
    ['a list', []],
  ])('is a finding too: %s', async (_, config) => {
    const seen = await exam(config);
    expect(seen).toMatchObject({ config: undefined, isWrong: true, found: [{ check: 'file', status: 'error', mend: expect.any(String) }] });
  });

  it('is a finding too where there is none, or no file of variables', async () => {
    expect(await exam(two, { file: 'other.json' })).toMatchObject({
      isWrong: true,
      found: [{ message: expect.stringContaining('other.json') }],
    });
    expect(await exam(two, { envFile: 'none.env' })).toMatchObject({
      isWrong: true,
      found: [{ message: expect.stringContaining('none.env') }],
    });
  });

  it('but not a selection that it has not', async () => {
    await expect(exam(two, { select: { providers: ['thre'] } })).rejects.toMatchObject({ name: 'UsageError' });
  });
});
