import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../../sdk/errors.ts';
import { gauge, measurement } from '../../sdk/measurement.ts';
import type { Entry } from '../../sdk/point.ts';
import { defineProvider } from '../../sdk/provider.ts';
import type { RunReport } from '../../sdk/report.ts';
import { type Capabilities, defineSink, type Rejection } from '../../sdk/sink.ts';
import type { Window } from '../../sdk/time.ts';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createTestOutside, type TestOutside } from '../../testing/outside.ts';
import { type CollectFlags, collect } from '../collect.ts';
import type { Config, ProviderInstance, SinkInstance } from '../config/config.ts';
import type { RunEvent } from '../events.ts';
import { createRedactor } from '../redact.ts';
import { openLocalState } from '../state.ts';
import { UsageError } from '../usage-error.ts';
import type { BackfillPlan } from './plan.ts';
import { showBackfill } from './show.ts';

const dayMs = 86_400_000;
const visits = measurement('visits', { help: '', time: 'day', tags: { city: '' }, fields: { n: gauge() }, history: { settle: '3d' } });
const sales = measurement('sales', { help: '', time: 'month', tags: { city: '' }, fields: { n: gauge() }, history: { first: '40d' } });
const orders = measurement('orders', { help: '', time: 'event', tags: { city: '' }, fields: { n: gauge() }, history: { depth: '100d' } });
const staff = measurement('staff', { help: '', time: 'snapshot', tags: { city: '' }, fields: { n: gauge() } });
const all = [visits, sales, orders, staff];
/** Events come every so often. */
const everyMs = 7 * 3_600_000;

interface Target {
  readonly city: string;
  readonly windows: Readonly<Record<string, Window>>;
}

let dir: string;
let clock: TestClock;
let outside: TestOutside;
let asked: string[];
let stored: Map<string, Entry>;
let onTarget: (target: Target, call: number) => void | Promise<void>;
let onWrite: (batch: readonly Entry[]) => readonly Rejection[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-backfill-'));
  clock = createTestClock();
  outside = createTestOutside({ cwd: dir, clock });
  asked = [];
  stored = new Map();
  onTarget = () => {};
  onWrite = () => [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const day = (time: Date) => time.toISOString().slice(0, 10);

/** A shop in two cities, whose numbers follow from their day. */
function shop(more: Partial<ProviderInstance> = {}, measurements = all): ProviderInstance {
  const provider = defineProvider<object, Target>({
    name: 'shop',
    help: '',
    settings: z.object({}),
    example: {},
    measurements: () => measurements,
    limits: () => [{ name: 'calls', key: ['shop'], concurrency: 1, source: 'a test' }],
    targets: (_, { windows }) => ['Riga', 'Oslo'].map((city) => ({ city, windows })),
    label: ({ city }) => city,
    cost: ({ windows }) => Object.keys(windows).length,
    async connect(_settings, context) {
      return {
        async *collect(target) {
          const { city, windows } = target;
          for (const [name, { from, to }] of Object.entries(windows)) asked.push(`${city} ${name} ${day(from)} ${day(to)}`);
          await onTarget(target, asked.length);
          context.signal.throwIfAborted();
          const { visits: days, sales: months, orders: times } = windows;
          for (let at = days?.from.getTime() ?? 0; days && at < days.to.getTime(); at += dayMs)
            yield visits.of({ tags: { city }, fields: { n: at / dayMs }, time: new Date(at) });
          for (const at = new Date(months?.from ?? 0); months && at < months.to; at.setUTCMonth(at.getUTCMonth() + 1))
            yield sales.of({ tags: { city }, fields: { n: at.getTime() / dayMs }, time: at });
          const first = Math.ceil((times?.from.getTime() ?? 0) / everyMs) * everyMs;
          for (let at = first; times && at < times.to.getTime(); at += everyMs)
            yield orders.of({ tags: { city }, fields: { n: at / dayMs }, time: new Date(at) });
        },
        close: async () => {},
      };
    },
  });
  const common = { settings: {}, enabled: true, selected: true, required: true, tags: {} };
  return { name: 'shop', type: 'shop', provider, ...common, ...more };
}

function store(accepts: Partial<Capabilities> = {}, more: Partial<SinkInstance> = {}): SinkInstance {
  const sink = defineSink({
    name: 'store',
    help: '',
    settings: z.object({}),
    example: {},
    autoInit: true,
    accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge', 'text', 'moment'], batch: { entries: 1000 }, ...accepts }),
    async open() {
      return {
        async write(batch) {
          const rejections = onWrite(batch);
          for (const entry of batch) {
            const { measurement: name, tags, time } = entry.point;
            if (!name.startsWith('kpi_')) stored.set(`${name} ${tags.city} ${time.toISOString()}`, entry);
          }
          return rejections;
        },
        close: async () => {},
      };
    },
    ask: async () => ({
      async *last() {},
      async *history({ measurement: name, window: { from, to } }) {
        for (const entry of stored.values()) {
          const { measurement: own, time } = entry.point;
          if (own === name && time >= from && time < to) yield entry;
        }
      },
      close: async () => {},
    }),
  });
  const common = { settings: {}, enabled: true, selected: true, required: true, autoInit: true };
  return { name: 'store', type: 'store', sink, ...common, ...more };
}

interface Given {
  readonly providers?: readonly ProviderInstance[];
  readonly sinks?: readonly SinkInstance[];
  readonly outboxBytes?: number;
  /** The sink that a dry run is compared with. */
  readonly store?: string;
  readonly listen?: (event: RunEvent) => void;
}

function configOf({ providers = [shop()], sinks = [store()], outboxBytes = 1e9, store: compared }: Given): Config {
  return {
    file: join(dir, 'kpi.config.json'),
    dir,
    run: { concurrency: 4, timeoutMs: 60_000, failOn: 'required', stateDir: join(dir, '.kpi'), state: 'local' },
    tags: {},
    providers,
    sinks,
    store: compared,
    outbox: { maxBytes: outboxBytes },
    warnings: [],
    secrets: [],
  };
}

async function start(flags: CollectFlags, given: Given = {}): Promise<RunReport> {
  const config = configOf(given);
  const sinks = flags.dryRun ? config.sinks.map((sink) => ({ ...sink, selected: false })) : config.sinks;
  clock.advance(1000);
  const parts = { outside, redactor: createRedactor(), userAgent: 'kpi/1.0', listen: given.listen ?? (() => {}) };
  return await collect({ ...config, sinks }, flags, parts);
}

async function plan(flags: CollectFlags, given: Given = {}): Promise<BackfillPlan> {
  return await showBackfill(configOf(given), { plan: true, ...flags }, { outside, redactor: createRedactor(), userAgent: 'kpi/1.0' });
}

/** What kpi remembers, by kind and key. */
async function state(kind: string): Promise<Readonly<Record<string, unknown>>> {
  const state = await openLocalState(join(dir, '.kpi'), { clock });
  const records = await state.list(kind);
  await state.close();
  return Object.fromEntries(records.map(({ key, value }) => [key, value]));
}

const rows = () => [...stored].map(([key, { point, provisional }]) => `${key} ${point.fields.n} ${provisional}`).sort();
const half = { from: '2026-01-01', to: '2026-07-01' };

describe('a backfill', () => {
  it('asks for whole months, the newest first, of what has a past, and says what it was of', async () => {
    const given = { providers: [shop({}, [visits, sales, staff])] };
    const report = await start({ from: '2026-04-10', to: '2026-06-10' }, given);
    expect(asked.filter((one) => one.startsWith('Riga'))).toEqual([
      'Riga visits 2026-06-01 2026-06-10',
      'Riga sales 2026-06-01 2026-07-01',
      'Riga visits 2026-05-01 2026-06-01',
      'Riga sales 2026-05-01 2026-06-01',
      'Riga visits 2026-04-10 2026-05-01',
      'Riga sales 2026-04-01 2026-05-01',
    ]);
    expect(report).toMatchObject({
      status: 'ok',
      exitCode: 0,
      window: { from: '2026-04-10T00:00:00.000Z', to: '2026-06-10T00:00:00.000Z' },
      providers: [{ name: 'shop', status: 'ok', targets: 6, points: 2 * (61 + 3), lateMs: 0, problemCount: 0 }],
      sinks: [{ offered: 128, accepted: 128 }],
    });
    expect(stored.size).toBe(128);
    expect(Object.values(await state('run'))).toMatchObject([{ window: report.window, status: 'ok', points: 128 }]);
  });

  it('tells how it goes as of one', async () => {
    const told: RunEvent[] = [];
    await start(half, { listen: (event) => told.push(event) });
    expect(told[0]?.type).toBe('planned');
    const ended = told.filter((event) => event.type === 'progress' && event.phase === 'done');
    expect(ended).toMatchObject([{ targetsDone: 12, targets: 12, status: 'ok' }]);
    const progress = told.filter((event) => event.type === 'progress').map(({ points }) => points);
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));
  });

  it('of what is not required to have a past leaves that out with a notice', async () => {
    const report = await start(half, { providers: [shop(), shop({ name: 'office' }, [staff])] });
    expect(report).toMatchObject({
      exitCode: 0,
      providers: [{ name: 'shop' }],
      problems: [{ severity: 'notice', message: 'office has no history: skipped' }],
    });
  });

  it('takes a day where no time limit is given', async () => {
    const limits: number[] = [];
    outside = Object.assign(outside, { watch: (ms: number) => limits.push(ms) });
    await start(half);
    await start({ ...half, timeout: '5m' });
    expect(limits).toEqual([86_405_000, 305_000]);
  });

  it('that is out of time keeps what it has finished', async () => {
    onTarget = () => (asked.length > 3 ? new Promise(() => {}) : undefined);
    const report = await start({ ...half, timeout: '1s', measurements: ['visits'] });
    expect(report).toMatchObject({ exitCode: 3, status: 'partial', providers: [{ status: 'partial', points: 2 * 30 + 31 }] });
    expect(report.providers[0]?.problems.at(-1)).toMatchObject({
      kind: 'timeout',
      message: '4 of 6 chunks were not asked for: not finished within 1s; the same command goes on with them',
    });
    expect(Object.values(await state('chunk'))).toMatchObject([{ ranges: [['2026-06-01T00:00:00.000Z', '2026-07-01T00:00:00.000Z']] }]);
  });

  it('writes nothing when it is dry', async () => {
    const report = await start({ ...half, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, exitCode: 0, window: { from: '2026-01-01T00:00:00.000Z' }, sinks: [] });
    expect(report.providers[0]?.points).toBe(2 * (181 + 6));
    expect(stored.size).toBe(0);
    expect(existsSync(join(dir, '.kpi'))).toBe(false);
  });

  it('says when it is dry what of all its chunks the store has not, has otherwise, and has', async () => {
    await start({ from: '2026-04-01', to: '2026-07-01' });
    const [key, entry] = [...stored].find(([one]) => one.startsWith('visits Riga 2026-05-02')) ?? [];
    if (!key || !entry) throw new Error('it was not stored');
    stored.set(key, { ...entry, point: { ...entry.point, fields: { n: 7 } } });
    const before = rows();
    const report = await start({ ...half, dryRun: true }, { store: 'store' });
    const is = entry.point.fields.n;
    expect(report).toMatchObject({ exitCode: 0, changes: [{ measurement: 'sales', added: 6, changed: 0, left: 6 }, {}] });
    expect(report.changes?.[1]).toEqual({
      ...{ measurement: 'visits', added: 2 * 90, changed: 1, left: 2 * 91 - 1, values: 1 },
      samples: [{ tags: { city: 'Riga' }, time: '2026-05-02T00:00:00.000Z', field: 'n', old: 7, new: is }],
    });
    expect((await start({ ...half, dryRun: true, exitOnChange: true }, { store: 'store' })).exitCode).toBe(4);
    expect(rows()).toEqual(before);
  });
});

describe('an interrupted backfill', () => {
  async function oneRun(): Promise<readonly string[]> {
    const other = mkdtempSync(join(tmpdir(), 'kpi-backfill-'));
    const [own, before] = [dir, stored];
    [dir, stored] = [other, new Map()];
    await start({ from: '2026-01-01' });
    const perfect = rows();
    rmSync(other, { recursive: true });
    [dir, stored, asked] = [own, before, []];
    return perfect;
  }

  it.each([1, 5, 12, 13])('goes on where it was: after %i calls', async (calls) => {
    const perfect = await oneRun();
    onTarget = () => {
      if (asked.length > calls) outside.signal('SIGTERM');
    };
    const first = await start({ from: '2026-01-01' });
    expect(first).toMatchObject({ status: 'interrupted', exitCode: 143 });
    expect(first.providers[0]?.problems.at(-1)?.message).toMatch(
      /^\d+ of 11 chunks were not asked for: interrupted by SIGTERM; the same command goes on with them$/,
    );
    const finished = Object.entries(await state('chunk')).map(([key, value]) => [key.split('/')[1], value]);
    onTarget = () => {};
    const before = asked;
    asked = [];
    const second = await start({ from: '2026-01-01' });
    expect(second).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(rows()).toEqual(perfect);
    if (finished.length === 0) return;
    // A chunk counts once both cities are in the store.
    const whole = before.filter((call) => call.startsWith('Oslo') && before.includes(call.replace('Oslo', 'Riga'))).slice(0, -2);
    const again = asked.filter((call) => whole.includes(call) && !call.includes('2026-11'));
    expect(again).toEqual([]);
    const chunks = second.providers[0]?.problems.filter(({ message }) => /^[1-9]\d* of 11 chunks were finished before/.test(message));
    expect(chunks?.length).toBe(calls > 6 ? 1 : 0);
  });

  it('gives the rows of one run, however it is split, interrupted and done again', async () => {
    const perfect = await oneRun();
    const step = fc.record({
      chunk: fc.constantFrom('1d', '9d', '30d', '1w', '1mo'),
      calls: fc.integer({ min: 1, max: 150 }),
      fails: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 3 }), async (steps) => {
      rmSync(join(dir, '.kpi'), { recursive: true, force: true });
      stored = new Map();
      const finished = new Set<string>();
      for (const { chunk, calls, fails } of steps) {
        asked = [];
        onTarget = ({ city }) => {
          if (asked.length > calls && fails && city === 'Oslo') throw new PermanentError('closed', { kind: 'server' });
          if (asked.length > calls && !fails) outside.signal('SIGTERM');
        };
        await start({ from: '2026-01-01', chunk });
        const twice = asked.filter((call) => finished.has(call));
        expect(twice).toEqual([]);
        const spans = Object.entries(await state('chunk')) as [string, { readonly ranges: readonly [string, string][] }][];
        for (const call of asked) {
          const [, name, from = '', to = ''] = call.split(' ');
          const ranges = spans.find(([key]) => key.startsWith(`shop/${name}/`))?.[1].ranges ?? [];
          if (ranges.some((range) => range[0].slice(0, 10) <= from && to <= range[1].slice(0, 10))) finished.add(call);
        }
      }
      onTarget = () => {};
      expect(await start({ from: '2026-01-01' })).toMatchObject({ exitCode: 0 });
      expect(rows()).toEqual(perfect);
    });
    await fc.assert(property, { numRuns: 8 });
  }, 60_000);

  it('tells the next run what goes on with it', async () => {
    await start(half);
    const file = await openLocalState(join(dir, '.kpi'), { clock });
    const [id = '', record = {}] = Object.entries(await state('run'))[0] ?? [];
    await file.change([{ kind: 'run', key: id, value: { ...(record as object), status: 'running', pid: 2 ** 22 + 1 } }]);
    await file.close();
    const report = await start({});
    const command = 'kpi collect --from 2026-01-01T00:00:00.000Z --to 2026-07-01T00:00:00.000Z';
    expect(report.problems).toMatchObject([
      { severity: 'notice', message: `backfill ${id} did not finish; ${command} goes on with it, with its other flags` },
    ]);
  });
});

describe('what is finished', () => {
  it('is told of where it is a part of a chunk', async () => {
    const part = await start({ from: '2026-01-10', to: '2026-01-20' });
    expect(part.providers[0]?.problems).toEqual([]);
    expect((await start({ from: '2026-01-01', to: '2026-03-01' })).providers[0]?.problems).toMatchObject([
      { severity: 'notice', message: '0 of 2 chunks were finished before, and 1 in part; --restart asks for them again' },
    ]);
  });

  it('is not asked for again, whatever the chunks are, and what is new in a longer range is', async () => {
    await start(half);
    asked = [];
    const again = await start(half);
    expect(asked).toEqual([]);
    expect(again).toMatchObject({
      exitCode: 0,
      providers: [
        {
          status: 'ok',
          points: 0,
          problems: [{ severity: 'notice', message: '6 of 6 chunks were finished before; --restart asks for them again' }],
        },
      ],
    });
    await start({ ...half, chunk: '1w' });
    expect(asked).toEqual([]);
    await start({ from: '2025-12-20', to: '2026-07-05' });
    expect(asked.filter((one) => one.startsWith('Riga'))).toEqual([
      'Riga visits 2026-07-01 2026-07-05',
      'Riga sales 2026-07-01 2026-08-01',
      'Riga visits 2025-12-20 2026-01-01',
      'Riga sales 2025-12-01 2026-01-01',
    ]);
  });

  it('is not what may still change', async () => {
    const recent = { from: '2026-11-01', to: '2026-11-21', measurements: ['visits'] };
    await start(recent);
    asked = [];
    await start(recent);
    // At 20:00 of the 21st, the days up to the 17th had settled.
    expect(asked).toEqual(['Riga visits 2026-11-18 2026-11-21', 'Oslo visits 2026-11-18 2026-11-21']);
    clock.advance(4 * dayMs);
    await start(recent);
    asked = [];
    await start(recent);
    expect(asked).toEqual([]);
  });

  it('is forgotten with --restart, in that range', async () => {
    const days = { measurements: ['visits'] };
    await start({ ...half, ...days });
    asked = [];
    expect((await plan({ from: '2026-02-01', to: '2026-03-01', restart: true, ...days })).providers).toMatchObject([{ finished: 0 }]);
    await start({ from: '2026-02-01', to: '2026-03-01', restart: true, ...days });
    expect(asked).toEqual(['Riga visits 2026-02-01 2026-03-01', 'Oslo visits 2026-02-01 2026-03-01']);
    onTarget = () => outside.signal('SIGINT');
    expect(await start({ from: '2026-02-01', to: '2026-04-01', restart: true, ...days })).toMatchObject({ exitCode: 130 });
    onTarget = () => {};
    expect((await plan({ ...half, ...days })).providers).toMatchObject([{ chunks: 6, finished: 4 }]);
  });

  it.each<[string, Given]>([
    ['tags', { providers: [shop({ tags: { team: 'growth' } })] }],
    ['settings', { providers: [shop({ settings: { cities: /^R/ } })] }],
    ['sinks', { sinks: [store(), store({}, { name: 'other' })] }],
    ['the path of a sink', { sinks: [store({}, { settings: { path: 'other.db' } })] }],
  ])('is asked for again with other %s', async (_, given) => {
    await start(half);
    asked = [];
    await start(half, given);
    expect(asked).toHaveLength(24);
  });

  it('is not a chunk in which something failed', async () => {
    onTarget = ({ city, windows }) => {
      if (city === 'Oslo' && day(windows.visits?.from as Date) === '2026-03-01') throw new PermanentError('closed', { kind: 'server' });
    };
    const report = await start(half);
    expect(report).toMatchObject({ exitCode: 3, providers: [{ status: 'partial', problemCount: 1, problems: [{ target: 'Oslo' }] }] });
    expect(await state('failed')).toEqual({});
    onTarget = () => {};
    asked = [];
    expect(await start(half)).toMatchObject({ exitCode: 0 });
    expect(asked.filter((one) => one.includes('visits'))).toEqual([
      'Riga visits 2026-03-01 2026-04-01',
      'Oslo visits 2026-03-01 2026-04-01',
    ]);
  });

  it('is not a chunk whose points were lost', async () => {
    onWrite = () => {
      throw new PermanentError('gone', { kind: 'unavailable' });
    };
    const report = await start(half, { outboxBytes: 1 });
    expect(report.exitCode).toBe(1);
    expect(report.sinks[0]?.lost).toBeGreaterThan(0);
    expect(await state('chunk')).toEqual({});
    // Nothing more would be remembered: the upstream is not asked for the rest.
    expect(report.providers[0]?.problems.at(-1)?.message).toMatch(/^[45] of 6 chunks were not asked for: neither a sink nor the outbox/);
  });

  it('is one whose points wait in the outbox', async () => {
    onWrite = () => {
      throw new PermanentError('gone', { kind: 'unavailable' });
    };
    expect(await start(half)).toMatchObject({ exitCode: 75, sinks: [{ pending: 2 * (181 + 6), lost: 0 }] });
    onWrite = () => [];
    asked = [];
    expect(await start(half)).toMatchObject({ exitCode: 0, sinks: [{ replayed: expect.any(Number), backlog: 0 }] });
    expect(asked).toEqual([]);
    expect(stored.size).toBe(2 * (181 + 6));
  });
});

describe('an upstream that gives nothing', () => {
  it('is not asked for all of the rest', async () => {
    onTarget = () => {
      throw new PermanentError('no', { kind: 'server' });
    };
    const report = await start(half);
    expect(asked.filter((one) => one.includes('visits'))).toHaveLength(6);
    expect(report).toMatchObject({ exitCode: 1, providers: [{ status: 'failed', targets: 6, problemCount: 7 }] });
    expect(report.providers[0]?.problems.at(-1)?.message).toBe('3 of 6 chunks were not asked for: the last 3 brought nothing but problems');
  });
});

describe('the scheduled runs', () => {
  it('find their windows, tags and names as they were', async () => {
    await start({});
    const before = [await state('window'), await state('tags'), await state('names')];
    await start({ from: '2026-10-01', to: 'now' }, { providers: [shop({ tags: { team: 'growth' } })] });
    expect([await state('window'), await state('tags'), await state('names')]).toEqual(before);
  });

  it('run beside a backfill, which runs once at a time', async () => {
    let scheduled: Promise<RunReport> | undefined;
    let second: Promise<RunReport> | undefined;
    onTarget = (_, call) => {
      if (call > 2) return;
      scheduled = start({});
      second = start(half);
    };
    const first = await start({ ...half, measurements: ['visits', 'sales'] });
    expect(first).toMatchObject({ exitCode: 0 });
    expect(await scheduled).toMatchObject({ exitCode: 0, providers: [{ status: 'ok' }] });
    expect(await second).toMatchObject({
      exitCode: 75,
      providers: [{ status: 'skipped', problems: [{ kind: 'held', message: `held by run ${first.runId}` }] }],
    });
  });
});

describe('a sink', () => {
  it('that takes nothing so old is told of before, and its skipped points are counted', async () => {
    const sinks = [store(), store({ timestamps: { pastMs: 30 * dayMs } }, { name: 'young' })];
    const message = 'young takes nothing older than 30d: 63 of 92 days are skipped by it';
    const range = { from: '2026-08-21', measurements: ['visits'] };
    expect((await plan(range, { sinks })).sinks).toEqual([
      { name: 'store', type: 'store', days: 92, skippedDays: 0 },
      { name: 'young', type: 'store', days: 92, skippedDays: 63, message },
    ]);
    const report = await start(range, { sinks });
    expect(report.problems).toMatchObject([{ severity: 'notice', message }]);
    expect(report.sinks).toMatchObject([{ accepted: 2 * 92 }, { name: 'young', accepted: 2 * 29, skipped: 2 * 63 }]);
  });

  it('that keeps no times gets nothing', async () => {
    const report = await start(half, { sinks: [store(), store({ timestamps: 'none' }, { name: 'gauge' })] });
    expect(report.sinks.map(({ name }) => name)).toEqual(['store']);
    expect(report.problems).toMatchObject([{ message: 'gauge keeps no times, and gets nothing of a backfill' }]);
  });
});

describe('a plan', () => {
  it('says what would be asked for, and leaves nothing behind', async () => {
    const sinks = [store()];
    expect(await plan({ from: '2026-08-01', to: '2026-11-01' }, { sinks, providers: [shop(), shop({ name: 'office' }, [staff])] })).toEqual(
      {
        window: { from: '2026-08-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
        chunk: '1mo',
        providers: [
          {
            name: 'shop',
            type: 'shop',
            chunks: 3,
            finished: 0,
            leastCalls: 2 * 9,
            quota: null,
            measurements: [
              { name: 'visits', time: 'day', from: '2026-08-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
              { name: 'sales', time: 'month', from: '2026-08-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z' },
              { name: 'orders', time: 'event', from: '2026-08-13T20:00:00.000Z', to: '2026-11-01T00:00:00.000Z', depth: '100d' },
            ],
          },
        ],
        skipped: [{ provider: 'office', reason: 'has no history' }],
        sinks: [{ name: 'store', type: 'store', days: 92, skippedDays: 0 }],
      },
    );
    expect(asked).toEqual([]);
    expect(existsSync(join(dir, '.kpi'))).toBe(false);
  });

  it('knows what is finished, and what was left of the quota', async () => {
    const quota = { remaining: 40, limit: 100 };
    const provider = shop();
    const { connect } = provider.provider;
    const telling: ProviderInstance = {
      ...provider,
      provider: {
        ...provider.provider,
        async connect(settings, context) {
          context.quota(quota);
          return await connect(settings, context);
        },
      },
    };
    const report = await start({ from: '2026-05-01', to: '2026-07-01' }, { providers: [telling] });
    expect((await plan(half)).providers).toMatchObject([
      { chunks: 6, finished: 2, leastCalls: 2 * 8, quota: { ...quota, at: report.finishedAt } },
    ]);
    expect(await state('lease')).toEqual({});
  });
});

describe('bad input', () => {
  it.each<[string, CollectFlags, Given, string]>([
    ['a range that is upside down', { from: '-7d', to: '-8d' }, {}, '--from -7d is not before --to -8d: there is nothing between them'],
    [
      'a range that is too old',
      { from: '2026-01-01', to: '2026-02-01', measurements: ['orders'] },
      {},
      'there is nothing to ask for before 2026-02-01T00:00:00.000Z: orders goes back 100d',
    ],
    [
      'nothing that has a past',
      half,
      { providers: [shop({}, [staff]), shop({ name: 'office' }, [staff])] },
      'there is nothing to backfill: shop, office have no history',
    ],
    [
      'no sink that takes it',
      half,
      { sinks: [store({ timestamps: 'none' })] },
      'no selected sink takes what a backfill of this range brings: store keeps no times, and gets nothing of a backfill',
    ],
    ['a flag that says otherwise', { from: '-7d', at: '-1d' }, {}, '--from and --at exclude each other'],
  ])('%s is one sentence, and nothing is started', async (_, flags, given, message) => {
    await expect(start(flags, given)).rejects.toThrow(new UsageError(message));
    await expect(plan(flags, given)).rejects.toThrow(new UsageError(message));
    expect([existsSync(join(dir, '.kpi')), asked]).toEqual([false, []]);
  });
});
