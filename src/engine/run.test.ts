import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BlockedError, ConfigError, PermanentError, TransientError } from '../sdk/errors.ts';
import type { ProviderContext } from '../sdk/index.ts';
import { counter, gauge, measurement, text } from '../sdk/measurement.ts';
import type { Entry, Point } from '../sdk/point.ts';
import { type AnyProvider, defineProvider, type Session } from '../sdk/provider.ts';
import type { RunReport } from '../sdk/report.ts';
import { type AnySink, defineSink, type Rejection } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTestOutside, type TestOutside } from '../testing/outside.ts';
import type { Config, ProviderInstance, SinkInstance } from './config/config.ts';
import { StorageError } from './database.ts';
import { type Disk, openDisk } from './disk.ts';
import type { RunEvent } from './events.ts';
import { createDoor } from './http.ts';
import { createLog } from './log.ts';
import { parsePeriod } from './period.ts';
import { createRedactor } from './redact.ts';
import { newRunId, type RunOptions, run } from './run.ts';

const clock = createTestClock();
const stars = measurement('stars', { help: '', time: 'snapshot', tags: { repo: '' }, fields: { n: gauge(), note: text() } });
const checks = measurement('checks', { help: '', time: 'event', tags: { repo: '' }, fields: { n: gauge() } });

let dir: string;
let stored: Map<string, Entry>;
let outside: TestOutside;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-run-'));
  stored = new Map();
  outside = createTestOutside({ cwd: dir, clock });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

type Collect = (target: string, context: ProviderContext) => AsyncIterable<Point>;

interface Fake {
  readonly targets?: readonly string[];
  readonly collect?: Collect;
  readonly connect?: () => Promise<void>;
  readonly expand?: Session<string>['expand'];
  readonly measurements?: AnyProvider['measurements'];
}

/** A provider that gives one point for each target, if it is not told otherwise. */
function provider(name: string, fake: Fake = {}, more: Partial<ProviderInstance> = {}): ProviderInstance {
  const definition = defineProvider<object, string>({
    name,
    help: '',
    settings: z.object({}),
    example: {},
    measurements: fake.measurements ?? (() => [stars, checks]),
    limits: () => [{ name: 'calls', key: [name], concurrency: 4, source: 'a test' }],
    targets: () => fake.targets ?? ['a/b', 'c/d'],
    label: (target) => target,
    async connect() {
      await fake.connect?.();
      return { ...(fake.expand && { expand: fake.expand }), collect: fake.collect ?? one, close: async () => {} };
    },
  });
  return { name, type: name, provider: definition, settings: {}, enabled: true, selected: true, required: true, tags: {}, ...more };
}

async function* one(target: string, context: ProviderContext): AsyncGenerator<Point> {
  yield stars.of({ tags: { repo: target }, fields: { n: 1 }, time: context.at });
}

function sink(
  name = 'store',
  write?: (batch: readonly Entry[]) => Promise<readonly Rejection[]>,
  more: Partial<SinkInstance> = {},
): SinkInstance {
  const definition = defineSink({
    name,
    help: '',
    settings: z.object({}),
    example: {},
    autoInit: true,
    accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge', 'text', 'moment'], batch: { entries: 100 } }),
    async open() {
      return {
        write: write ?? keep,
        close: async () => {},
      };
    },
  });
  return { name, type: name, sink: definition, settings: {}, enabled: true, selected: true, required: true, autoInit: true, ...more };
}

async function keep(batch: readonly Entry[]): Promise<readonly Rejection[]> {
  for (const entry of batch) {
    const { measurement: name, tags, time } = entry.point;
    stored.set(`${name} ${Object.values(tags).join(' ')} ${time.toISOString()}`, entry);
  }
  return [];
}

const rows = (name: string) => [...stored.keys()].filter((key) => key.startsWith(`${name} `)).sort();

interface Given extends Partial<Pick<RunOptions, 'at' | 'timeoutMs' | 'failOn' | 'measurements' | 'tellPoints'>> {
  readonly providers: readonly ProviderInstance[];
  readonly sinks?: readonly SinkInstance[];
  readonly dry?: boolean;
  readonly secret?: string;
  readonly every?: string;
  readonly outboxBytes?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly listen?: (event: RunEvent, disk: Disk | undefined) => void;
  readonly before?: (disk: Disk) => Promise<void>;
}

async function runWith(given: Given): Promise<RunReport> {
  const redactor = createRedactor();
  if (given.secret) redactor.add(given.secret);
  const config: Config = {
    file: join(dir, 'kpi.config.json'),
    dir,
    run: {
      concurrency: 8,
      timeoutMs: 60_000,
      failOn: 'required',
      stateDir: join(dir, '.kpi'),
      state: 'local',
      ...(given.every && { every: parsePeriod(given.every) as never }),
    },
    tags: given.tags ?? {},
    providers: given.providers,
    sinks: given.sinks ?? [sink()],
    store: undefined,
    outbox: { maxBytes: given.outboxBytes ?? 1e9 },
    warnings: [],
    secrets: [],
  };
  const runId = newRunId(clock.now());
  const disk = given.dry ? undefined : await openDisk({ config, outside, runId, redactor });
  const door = createDoor({ env: {}, userAgent: 'kpi/test', redactor });
  try {
    if (disk) await given.before?.(disk);
    return await run({
      runId,
      config,
      outside,
      at: given.at ?? clock.now(),
      timeoutMs: given.timeoutMs ?? 60_000,
      failOn: given.failOn ?? 'required',
      measurements: given.measurements,
      disk,
      tellPoints: given.tellPoints ?? false,
      redactor,
      log: createLog({ write: (line) => outside.stderr.write(`${line}\n`), level: 'debug', format: 'text', redactor, clock }),
      door,
      listen: (event) => given.listen?.(event, disk),
    });
  } finally {
    await disk?.close();
    await door.close();
  }
}

describe('a good run', () => {
  it('brings every point to every sink, and says so', async () => {
    const report = await runWith({ providers: [provider('github')], tags: { team: 'growth' } });
    expect(report).toMatchObject({
      status: 'ok',
      exitCode: 0,
      providers: [{ name: 'github', status: 'ok', targets: 2, points: 2, problemCount: 0 }],
      sinks: [{ name: 'store', status: 'ok', offered: 2, accepted: 2, backlog: 0 }],
    });
    expect(rows('stars')).toEqual([`stars a/b ${report.at}`, `stars c/d ${report.at}`]);
  });

  it('delivers itself as points, outside all counts', async () => {
    const report = await runWith({ providers: [provider('github', {}, { tags: { team: 'growth' } })], tags: { team: 'growth' } });
    const [own] = rows('kpi_run').map((key) => stored.get(key)?.point);
    expect(own).toMatchObject({
      tags: { shard: '1/1', team: 'growth' },
      fields: { status: 'ok', exit_code: 0, points: 2, pending: 0 },
      time: new Date(report.startedAt),
    });
    expect(rows('kpi_provider_run')).toHaveLength(1);
    expect(report.sinks[0]?.accepted).toBe(2);
  });

  it('done twice adds nothing', async () => {
    const at = clock.now();
    await runWith({ providers: [provider('github')], at });
    clock.advance(1000);
    const before = rows('stars');
    await runWith({ providers: [provider('github')], at });
    expect(rows('stars')).toEqual(before);
  });

  it('merges the points of one identity', async () => {
    const collect: Collect = async function* (target, context) {
      yield stars.of({ tags: { repo: 'same' }, fields: { n: 1, note: 'first' }, time: context.at });
      yield stars.of({ tags: { repo: 'same' }, fields: { n: 2 }, time: context.at });
      expect(target).toBe('a');
    };
    const report = await runWith({ providers: [provider('github', { targets: ['a'], collect })] });
    expect(report).toMatchObject({ providers: [{ points: 1 }], sinks: [{ offered: 1 }] });
    expect([...stored.values()][0]?.point.fields).toEqual({ n: 2, note: 'first' });
  });

  it('runs the targets for which one stands', async () => {
    const expand: Fake['expand'] = async (target) => (target === 'all' ? ['x/1', 'x/2', 'x/3'] : undefined);
    const report = await runWith({ providers: [provider('github', { targets: ['all'], expand })] });
    expect(report.providers[0]).toMatchObject({ targets: 3, points: 3, status: 'ok' });
  });

  it('is stamped with the start of its period', async () => {
    const report = await runWith({ providers: [provider('github', {}, { every: parsePeriod('4h') as never })], every: '4h' });
    expect([report.at, report.providers[0]?.lateMs]).toEqual([
      '2026-11-21T20:00:00.000Z',
      Date.parse(report.startedAt) - Date.parse(report.at),
    ]);
  });
});

describe('isolation', () => {
  const good = provider('good');
  async function beside(fake: Fake, more: Partial<Given> = {}) {
    const report = await runWith({ providers: [provider('bad', fake), good], ...more });
    expect(rows('stars').filter((key) => key.startsWith('stars a/b') || key.startsWith('stars c/d'))).toHaveLength(2);
    expect(report.providers[1]).toMatchObject({ name: 'good', status: 'ok', points: 2 });
    return report;
  }

  it('of a target that throws: its points stay, the others go on', async () => {
    const collect: Collect = async function* (target, context) {
      yield* one(`bad/${target}`, context);
      if (target === 'a/b') throw new PermanentError('gone', { kind: 'not-found' });
    };
    const report = await beside({ collect });
    expect(report.providers[0]).toMatchObject({
      status: 'partial',
      points: 2,
      problems: [{ target: 'a/b', kind: 'not-found', message: 'gone' }],
    });
    expect(report.exitCode).toBe(3);
  });

  it('of one whose earlier readings cannot be had: what is to be held would go on', async () => {
    const totals = measurement('totals', {
      help: '',
      time: 'snapshot',
      tags: { repo: '' },
      fields: { n: counter('', '', { guard: { min: 1 } }) },
    });
    const before = async (disk: Disk) => {
      Object.assign(disk.guards, { recall: () => Promise.reject(new StorageError('unwritable', 'the disk is gone', undefined)) });
    };
    const report = await beside({ measurements: () => [totals] }, { before });
    expect(report.providers[0]).toMatchObject({
      status: 'failed',
      points: 0,
      problems: [{ kind: 'unavailable', message: 'the disk is gone' }],
    });
    expect(rows('totals')).toEqual([]);
  });

  it('of a provider that throws what is no error', async () => {
    const report = await beside({
      // biome-ignore lint/correctness/useYield: it throws before it could
      async *collect() {
        throw 'a string';
      },
    });
    expect(report.providers[0]).toMatchObject({ status: 'failed', problems: [{ kind: 'defect', message: 'a string' }, {}] });
  });

  it('of a provider that cannot connect', async () => {
    const report = await beside({ connect: () => Promise.reject(new TypeError('x is not a function')) });
    expect(report.providers[0]).toMatchObject({ status: 'failed', points: 0, problems: [{ kind: 'defect' }] });
  });

  it('of a provider that is blocked: the rest of its targets is not tried', async () => {
    let asked = 0;
    const report = await beside({
      targets: Array.from({ length: 20 }, (_, index) => `t${index}`),
      // biome-ignore lint/correctness/useYield: it throws before it could
      async *collect() {
        asked++;
        throw new BlockedError('the token was revoked', { kind: 'unauthorized' });
      },
    });
    expect(report.providers[0]).toMatchObject({ status: 'blocked', points: 0 });
    expect(asked).toBeLessThanOrEqual(4);
    expect(report.providers[0]?.problems.at(-1)?.message).toMatch(/of 20 targets did not end: the token was revoked/);
  });

  it('of a provider that hangs: the run ends in time', async () => {
    const started = performance.now();
    const report = await beside(
      { collect: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) },
      { timeoutMs: 50 },
    );
    expect(performance.now() - started).toBeLessThan(5000);
    expect(report).toMatchObject({ exitCode: 3, providers: [{ status: 'failed', problems: [{ kind: 'timeout' }] }, {}] });
  });

  it('of a provider that answers rubbish: no false point', async () => {
    const report = await beside({
      targets: ['t'],
      async *collect(_, context) {
        yield { measurement: 'unknown', tags: { repo: 'x' }, fields: { n: 1 }, time: context.at };
        yield { measurement: 'stars', tags: { repo: 'x' }, fields: { n: Number.NaN }, time: context.at };
        yield { measurement: 'stars', tags: { repo: '' }, fields: { n: 1 }, time: context.at };
        yield null as never;
      },
    });
    expect(report.providers[0]).toMatchObject({ status: 'failed', points: 0, problemCount: 4 });
    expect(rows('stars')).toHaveLength(2);
  });

  it('of a client library that rejects behind our back', async () => {
    const report = await beside({
      async *collect(target, context) {
        outside.strayRejection(new Error('socket closed'));
        yield* one(`bad/${target}`, context);
      },
    });
    expect(report).toMatchObject({
      status: 'partial',
      exitCode: 3,
      problems: [{ kind: 'defect', message: 'a stray failure: socket closed' }, {}],
    });
  });

  it('of what is not required: it never worsens the exit code', async () => {
    const bad = provider('bad', { connect: () => Promise.reject(new PermanentError('no')) }, { required: false });
    expect(await runWith({ providers: [bad, good] })).toMatchObject({ status: 'partial', exitCode: 0 });
  });
});

describe('secrets', () => {
  it('are in no point, problem, file or line', async () => {
    const secret = 'hunter2-hunter2';
    const report = await runWith({
      secret,
      providers: [
        provider('leaky', {
          targets: ['t'],
          async *collect(_, context) {
            context.log.warn(`the token is ${secret}`, { secret });
            context.problem(`item ${secret}`, new PermanentError(`refused ${Buffer.from(`user:${secret}`).toString('base64')}`));
            yield stars.of({ tags: { repo: `x ${secret}` }, fields: { n: 1 }, time: context.at });
            throw new PermanentError(`failed with ${encodeURIComponent(secret)}`);
          },
        }),
      ],
    });
    const files = [
      readFileSync(join(dir, '.kpi/runs', `${report.runId}.ndjson`), 'utf8'),
      readFileSync(join(dir, '.kpi/state.db'), 'latin1'),
    ];
    const everything = [JSON.stringify(report), outside.written.stderr, JSON.stringify([...stored]), ...files].join('\n');
    expect(everything).not.toContain('hunter2');
    expect(everything).not.toContain(Buffer.from(`user:${secret}`).toString('base64'));
    expect(report.providers[0]).toMatchObject({ status: 'failed', points: 0, problemCount: 3 });
    expect(files[0]?.trim().split('\n')).toHaveLength(3);
  });
});

describe('time', () => {
  it('snapshots of a time that is over are not taken', async () => {
    const report = await runWith({ providers: [provider('github')], at: new Date(clock.now().getTime() - 3 * 86_400_000) });
    expect(report.providers[0]).toMatchObject({ status: 'partial', problems: [{ kind: 'too-old' }] });
    expect(rows('stars')).toEqual([]);
  });

  it('an instance of nothing but snapshots is skipped', async () => {
    const report = await runWith({
      providers: [provider('github', { measurements: () => [stars] })],
      at: new Date(clock.now().getTime() - 3 * 86_400_000),
    });
    expect(report).toMatchObject({ exitCode: 1, providers: [{ status: 'skipped', problems: [{ kind: 'too-old' }] }] });
  });
});

describe('two runs at once', () => {
  it('the second leaves the instance to the first', async () => {
    let second: RunReport | undefined;
    const collect: Collect = async function* (target, context) {
      second ??= await runWith({ providers: [provider('github')] });
      yield* one(target, context);
    };
    const first = await runWith({ providers: [provider('github', { targets: ['a/b'], collect })] });
    expect(second).toMatchObject({
      status: 'skipped',
      exitCode: 75,
      providers: [{ status: 'skipped', problems: [{ kind: 'held', message: `held by run ${first.runId}` }] }],
    });
    expect(first).toMatchObject({ status: 'ok', exitCode: 0 });
  });
});

describe('a sink that hangs until the run is out of time', () => {
  it('takes nothing from another: that one gets the points of the run itself', async () => {
    const hangs = sink('hangs', () => new Promise(() => {}), { required: false });
    const well = sink('well');
    const open: AnySink['open'] = async (_, { signal }) => ({
      async write(batch) {
        if (signal.aborted) throw new TransientError('the request was cancelled', { kind: 'cancelled' });
        return await keep(batch);
      },
      close: async () => {},
    });
    const sinks = [hangs, { ...well, sink: { ...well.sink, open } }];
    const report = await runWith({ providers: [provider('github')], sinks, timeoutMs: 300 });
    expect(report).toMatchObject({
      exitCode: 0,
      sinks: [
        { name: 'hangs', status: 'pending', pending: 2 },
        { name: 'well', status: 'ok', accepted: 2, backlog: 0, problemCount: 0 },
      ],
    });
    expect(rows('kpi_run')).toHaveLength(1);
  });
});

describe('a sink that the config no longer has', () => {
  it('is told of while points wait for it, and worsens nothing', async () => {
    const dead = sink('gone', async () => {
      throw new PermanentError('down');
    });
    await runWith({ providers: [provider('github')], sinks: [dead] });
    const report = await runWith({ providers: [provider('github')], sinks: [sink('kept')] });
    const message = expect.stringMatching(/^\d points wait for the sink gone, .* kpi outbox drop --sink gone$/);
    expect(report).toMatchObject({ exitCode: 0, problems: [{ severity: 'notice', message }] });
  });
});

describe('a run that was killed', () => {
  it('is told of by the next, once', async () => {
    const killed = { at: '2026-11-21T16:00:00.000Z', startedAt: '2026-11-21T16:00:05.000Z', endsBy: '2026-11-21T16:11:00.000Z' };
    const record = { id: 'killed', ...killed, host: 'test-host', pid: 2 ** 22 + 1, status: 'running' as const, points: 0, problems: 0 };
    const before = async (disk: Disk) => void (await disk.memory.begin(record));
    const report = await runWith({ providers: [provider('github')], before });
    expect(report).toMatchObject({
      exitCode: 0,
      problems: [{ severity: 'notice', message: 'run killed did not finish; kpi collect --at 2026-11-21T16:00:00.000Z completes it' }],
    });
    clock.advance(1000);
    expect((await runWith({ providers: [provider('github')] })).problems).toEqual([]);
  });
});

describe('a dead sink beside a good one', () => {
  it('costs the good one nothing; the next run delivers the rest', async () => {
    const dead = sink('dead', async () => {
      throw new PermanentError('connection refused', { kind: 'network' });
    });
    const first = await runWith({ providers: [provider('github')], sinks: [sink(), dead] });
    expect(first).toMatchObject({
      status: 'pending',
      exitCode: 75,
      sinks: [
        { name: 'store', status: 'ok', accepted: 2 },
        { name: 'dead', status: 'pending', offered: 2, pending: 2, backlog: 4 },
      ],
    });
    clock.advance(1000);
    const second = await runWith({ providers: [provider('github')], sinks: [sink('dead')] });
    expect(second).toMatchObject({ exitCode: 0, sinks: [{ name: 'dead', status: 'ok', accepted: 2, replayed: 4, backlog: 0 }] });
  });
});

describe('a dry run', () => {
  it('collects, and touches nothing', async () => {
    const points: Point[] = [];
    const opened = sink('store', async () => expect.fail('a sink was written to'));
    const report = await runWith({
      providers: [provider('github')],
      sinks: [opened],
      dry: true,
      tellPoints: true,
      listen: (event) => event.type === 'point' && points.push(event.point),
    });
    expect(report).toMatchObject({ dryRun: true, exitCode: 0, sinks: [], providers: [{ points: 2 }] });
    expect(points.map((point) => point.tags.repo)).toEqual(['a/b', 'c/d']);
    expect(() => readFileSync(join(dir, '.kpi/state.db'))).toThrow('ENOENT');
  });
});

describe('an interrupted run', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s delivers what it has, and says so', async (signal, exitCode) => {
    const collect: Collect = async function* (target, context) {
      yield* one(target, context);
      outside.signal(signal);
      context.signal.throwIfAborted();
    };
    const report = await runWith({ providers: [provider('github', { targets: ['a/b', 'c/d'], collect })] });
    expect(report).toMatchObject({ status: 'interrupted', exitCode });
    expect(report.sinks[0]?.accepted).toBe(report.providers[0]?.points);
    expect(report.providers[0]?.problems[0]).toMatchObject({
      kind: 'cancelled',
      message: expect.stringContaining(`interrupted by ${signal}`),
    });
  });

  it('still delivers to a store that heeds the signal it is given', async () => {
    let signalled: AbortSignal | undefined;
    const heeding = sink('store', async (batch) => {
      signalled?.throwIfAborted();
      return await keep(batch);
    });
    const { open } = heeding.sink;
    const listening: SinkInstance = {
      ...heeding,
      sink: {
        ...heeding.sink,
        open: (settings, context) => {
          signalled = context.signal;
          return open(settings, context);
        },
      },
    };
    const collect: Collect = async function* (target, context) {
      yield* one(target, context);
      outside.signal('SIGINT');
    };
    const report = await runWith({ providers: [provider('github', { targets: ['a/b'], collect })], sinks: [listening] });
    expect(report).toMatchObject({ exitCode: 130, sinks: [{ offered: 1, accepted: 1, backlog: 0 }] });
  });

  it('is heard by a provider that never waits', async () => {
    let points = 0;
    const collect: Collect = async function* (_, context) {
      setTimeout(() => outside.signal('SIGTERM'), 1);
      while (!context.signal.aborted) yield stars.of({ tags: { repo: `r${points++}` }, fields: { n: 1 }, time: context.at });
    };
    const report = await runWith({ providers: [provider('github', { targets: ['a'], collect })] });
    expect(report).toMatchObject({ status: 'interrupted', exitCode: 143, providers: [{ points }], sinks: [{ accepted: points }] });
  });

  it('by a second signal ends at once', async () => {
    const collect: Collect = async function* (target, context) {
      outside.signal('SIGINT');
      outside.signal('SIGINT');
      yield* one(target, context);
    };
    await runWith({ providers: [provider('github', { targets: ['a'], collect })] });
    expect(outside.exited[0]).toBe(130);
  });
});

describe('a tag that is new in the config', () => {
  it('is told of, since every series starts anew', async () => {
    await runWith({ providers: [provider('github')] });
    clock.advance(1000);
    const report = await runWith({ providers: [provider('github', {}, { tags: { team: 'growth' } })] });
    expect(report).toMatchObject({
      exitCode: 0,
      providers: [{ status: 'ok', problems: [{ severity: 'notice', message: expect.stringContaining('are (team): every series') }] }],
    });
    clock.advance(1000);
    expect((await runWith({ providers: [provider('github', {}, { tags: { team: 'sales' } })] })).providers[0]?.problems).toEqual([]);
  });
});

describe('a window', () => {
  const visits = measurement('visits', { help: '', time: 'day', tags: { repo: '' }, fields: { n: gauge() }, history: { first: '3d' } });
  const day = new Date('2026-11-20T00:00:00.000Z');
  function asking(asked: string[]): ProviderInstance {
    const definition = defineProvider<object, { from: string }>({
      ...(provider('ga').provider as unknown as Parameters<typeof defineProvider<object, { from: string }>>[0]),
      measurements: () => [visits],
      targets: (_, { windows }) => [{ from: windows.visits?.from.toISOString() ?? '' }],
      label: ({ from }) => from,
      async connect() {
        return {
          async *collect(target) {
            asked.push(target.from);
            yield visits.of({ tags: { repo: 'a' }, fields: { n: 1 }, time: day });
          },
          close: async () => {},
        };
      },
    });
    return { ...provider('ga'), provider: definition };
  }

  it('moves on when all of it was collected', async () => {
    const asked: string[] = [];
    await runWith({ providers: [asking(asked)] });
    clock.advance(1000);
    await runWith({ providers: [asking(asked)] });
    expect(asked[0]).not.toBe(asked[1]);
  });

  it('is asked for again when its points were lost', async () => {
    const asked: string[] = [];
    const gone = sink('gone', async () => {
      throw new PermanentError('gone');
    });
    const first = await runWith({ providers: [asking(asked)], sinks: [gone], outboxBytes: 1 });
    expect(first).toMatchObject({ exitCode: 1, sinks: [{ lost: 1 }] });
    clock.advance(1000);
    await runWith({ providers: [asking(asked)] });
    expect(asked[0]).toBe(asked[1]);
  });

  it('is asked for again where a run had a problem, for 31 days; then the report says what is left out', async () => {
    const asked: string[] = [];
    const well = asking(asked);
    const collect: Collect = async function* (_, context) {
      context.problem('x', new PermanentError('it never works'));
      yield visits.of({ tags: { repo: 'a' }, fields: { n: 1 }, time: day });
    };
    const failing = { ...well, provider: { ...well.provider, connect: provider('ga', { collect }).provider.connect } };
    await runWith({ providers: [well] });
    clock.advance(86_400_000);
    const first = await runWith({ providers: [failing] });
    expect(first.providers[0]?.problems).toMatchObject([{ message: 'it never works' }]);
    clock.advance(40 * 86_400_000);
    const later = await runWith({ providers: [failing] });
    expect(later.providers[0]?.problems).toMatchObject([
      { severity: 'notice', message: expect.stringMatching(/^visits: what is missing from \S+ to \S+ is not asked for any more/) },
      { message: 'it never works' },
    ]);
    await runWith({ providers: [well] });
    clock.advance(1000);
    expect((await runWith({ providers: [well] })).providers[0]?.problems).toEqual([]);
  });
});

describe('a state that fails', () => {
  it('before anything is collected, keeps the run from starting', async () => {
    let collected = 0;
    const collect: Collect = async function* (target, context) {
      collected++;
      yield* one(target, context);
    };
    const before = async (disk: Disk) => {
      disk.memory.begin = () => Promise.reject(new StorageError('locked', 'state.db is locked by another process', undefined));
    };
    await expect(runWith({ providers: [provider('github', { collect })], before })).rejects.toThrow(ConfigError);
    expect(collected).toBe(0);
  });
});

describe('what is remembered', () => {
  it('is the run, its report and its failed targets', async () => {
    let kept: unknown;
    const collect: Collect = async function* (target, context) {
      if (target === 'c/d') throw new PermanentError('gone', { kind: 'not-found' });
      context.problem('item', new PermanentError('bad'));
      yield* one(target, context);
    };
    const report = await runWith({ providers: [provider('github', { collect })] });
    await runWith({
      providers: [provider('github')],
      before: async (disk) => {
        kept = [await disk.memory.runs(1), await disk.memory.report(report.runId)];
      },
    });
    expect(kept).toMatchObject([
      [{ id: report.runId, status: 'partial', exitCode: 3, points: 1, problems: 2 }],
      { runId: report.runId, exitCode: 3 },
    ]);
  });
});
