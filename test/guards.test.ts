import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CollectFlags, collect } from '../src/engine/collect.ts';
import { loadConfig } from '../src/engine/config/load.ts';
import { openDisk } from '../src/engine/disk.ts';
import type { Listener } from '../src/engine/events.ts';
import { acceptHeld, dropHeld, listHeld, type QuarantineFilter } from '../src/engine/guards/quarantine.ts';
import { createRedactor } from '../src/engine/redact.ts';
import { newRunId } from '../src/engine/run.ts';
import { counter, defineProvider, gauge, measurement, type Point } from '../src/sdk/index.ts';
import { file } from '../src/sinks/file/index.ts';
import { sqlite } from '../src/sinks/sqlite/index.ts';
import { createTestClock } from '../src/testing/clock.ts';
import { createTestOutside } from '../src/testing/outside.ts';

const hour = 3_600_000;
const packages = measurement('package', {
  help: 'A package.',
  time: 'snapshot',
  tags: { id: 'its id' },
  fields: { total: counter('{download}', 'All.', { guard: { maxDrop: 0, min: 1, then: 'hold' } }), versions: gauge() },
});

let dir: string;
/** What the upstream says now, by package. */
let totals: Record<string, number>;
let clock: ReturnType<typeof createTestClock>;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-guards-'));
  clock = createTestClock();
  totals = { a: 100, b: 7 };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const feed = defineProvider({
  name: 'feed',
  help: 'A feed.',
  settings: z.strictObject({}),
  example: {},
  measurements: () => [packages],
  limits: () => [{ name: 'calls', key: ['feed'], concurrency: 2, source: 'a test' }],
  targets: () => Object.keys(totals),
  label: String,
  connect: async () => ({
    async *collect(id: string, { at }: { readonly at: Date }) {
      yield packages.of({ tags: { id }, fields: { total: totals[id], versions: 3 }, time: at });
    },
    close: async () => {},
  }),
});

function configured(entry: object = {}, sinks: object = { local: { type: 'sqlite', path: 'kpi.db' } }) {
  writeFileSync(join(dir, 'kpi.config.json'), JSON.stringify({ run: { every: '1h' }, providers: { feed: entry }, sinks }));
}

function parts() {
  return { outside: createTestOutside({ cwd: dir, clock }), redactor: createRedactor(), userAgent: 'kpi/test' };
}

async function load(select: object = {}) {
  return await loadConfig({
    cwd: dir,
    env: {},
    providers: { feed: async () => feed },
    sinks: { sqlite: async () => sqlite, file: async () => file },
    select,
  });
}

async function run(flags: CollectFlags = {}, listen: Listener = () => {}) {
  return await collect(await load({ dryRun: flags.dryRun }), flags, { ...parts(), listen });
}

/** One run an hour later, which reads this of package `a`. */
async function hourLater(a: number) {
  clock.advance(hour);
  totals = { ...totals, a };
  return await run();
}

const held = async (filter: QuarantineFilter = {}) => await listHeld(await load({ providers: [], sinks: [] }), filter, parts());

function rows(columns = 'total, versions', id = 'a') {
  const db = new DatabaseSync(join(dir, 'kpi.db'), { readOnly: true });
  try {
    return db
      .prepare(`select ${columns} from package where id = ? order by time`)
      .all(id)
      .map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

describe('a total that falls', () => {
  beforeEach(async () => {
    configured();
    expect(await run()).toMatchObject({ status: 'ok', exitCode: 0, providers: [{ held: 0 }] });
  });

  it('is held: the rest of its row is there, the run is partial, and the report says so', async () => {
    const report = await hourLater(0);
    expect(report).toMatchObject({
      status: 'partial',
      exitCode: 3,
      providers: [
        { status: 'partial', held: 1, points: 2, problemCount: 1, problems: [{ kind: 'held', item: 'package.total id=a: 100 → 0' }] },
      ],
      sinks: [{ offered: 2, accepted: 2 }],
    });
    expect(rows()).toEqual([
      [100, 3],
      [null, 3],
    ]);
    expect(await held()).toMatchObject([{ provider: 'feed', value: 0, was: 100, reason: 'it is under 1', tags: { id: 'a' } }]);
  });

  it('is written to its own rows once two later readings agree, and the runs are good again', async () => {
    expect((await hourLater(50)).exitCode).toBe(3);
    expect((await hourLater(50)).exitCode).toBe(3);
    expect(await hourLater(52)).toMatchObject({ exitCode: 0, providers: [{ held: 0 }], sinks: [{ offered: 4, accepted: 4 }] });
    expect(rows()).toEqual([
      [100, 3],
      [50, 3],
      [50, 3],
      [52, 3],
    ]);
    expect(await held()).toEqual([]);
    expect(await hourLater(52)).toMatchObject({ exitCode: 0, providers: [{ problemCount: 0 }] });
  });

  it('done twice, or done again after it was killed before its end, it is the same', async () => {
    await hourLater(50);
    const before = [rows(), await held()];
    expect(await run()).toMatchObject({ exitCode: 3, providers: [{ held: 1 }] });
    expect([rows(), await held()]).toEqual(before);
    // What a kill leaves: the rows of a run, and the readings of the one before.
    await hourLater(50);
    const state = await saved();
    await hourLater(51);
    const after = [rows('total, versions, collected_at'), await held()];
    await restored(state);
    expect(await run()).toMatchObject({ exitCode: 0, sinks: [{ offered: 4 }] });
    expect([rows('total, versions, collected_at'), await held()]).toEqual(after);
  });

  it('is not in what a dry run shows either, and the dry run says so', async () => {
    const before = await saved();
    clock.advance(hour);
    totals = { a: 0, b: 9 };
    const points: Point[] = [];
    const report = await run({ dryRun: true, json: true }, (event) => event.type === 'point' && points.push(event.point));
    expect(points.map(({ fields }) => fields)).toEqual([{ versions: 3 }, { total: 9, versions: 3 }]);
    expect(report).toMatchObject({ dryRun: true, exitCode: 3, providers: [{ held: 1, problems: [{ kind: 'held' }] }] });
    expect(await saved()).toEqual(before);
  });

  it('is accepted by hand: written to its row, and the base of what comes', async () => {
    await hourLater(0);
    await hourLater(0);
    const [first, second] = await held();
    const result = await acceptHeld(await load({ providers: [] }), { ids: [second?.id ?? ''] }, parts());
    expect(result).toMatchObject({ exitCode: 0, accepted: [{ provider: 'feed', values: 1 }], sinks: [{ replayed: 1, backlog: 0 }] });
    expect(rows()).toEqual([
      [100, 3],
      [null, 3],
      [0, 3],
    ]);
    expect(await held()).toEqual([first]);
    expect(await hourLater(0)).toMatchObject({ exitCode: 0, providers: [{ held: 0 }] });
  });

  it('is in the outbox where it is accepted while a sink is away, and the next run delivers it', async () => {
    await hourLater(0);
    const sinks = (path: string) => configured({}, { local: { type: 'sqlite', path: 'kpi.db' }, lines: { type: 'file', path } });
    writeFileSync(join(dir, 'wall'), '');
    sinks('wall/x.ndjson');
    const result = await acceptHeld(await load({ providers: [] }), {}, parts());
    expect(result).toMatchObject({ exitCode: 75, accepted: [{ values: 1 }], sinks: [{ replayed: 1 }, { name: 'lines', backlog: 1 }] });
    expect(await held()).toEqual([]);
    sinks('lines.ndjson');
    expect(await hourLater(1)).toMatchObject({ exitCode: 0, sinks: [{}, { replayed: 1, backlog: 0 }] });
  });

  it('of what nobody collects any more is not accepted, and stays held', async () => {
    await hourLater(0);
    configured({ enabled: false });
    await expect(acceptHeld(await load({ providers: [] }), {}, parts())).rejects.toThrow(
      'no provider of the config collects package any more',
    );
    expect(await held()).toHaveLength(1);
  });

  it('is dropped by hand', async () => {
    await hourLater(0);
    expect(await dropHeld(await load({ providers: [], sinks: [] }), { provider: 'feed' }, parts())).toEqual([
      { provider: 'feed', values: 1 },
    ]);
    expect(await held()).toEqual([]);
    expect(rows()).toEqual([
      [100, 3],
      [null, 3],
    ]);
    expect((await hourLater(0)).exitCode).toBe(3);
  });

  it('is left alone where a run is at work on it', async () => {
    await hourLater(0);
    const config = await load({ providers: [] });
    const { outside, redactor } = parts();
    const disk = await openDisk({ config, outside, runId: newRunId(clock.now()), redactor });
    try {
      await disk.leases.take('instance/feed');
      const heldBy = expect.any(String);
      expect(await dropHeld(config, {}, parts())).toEqual([{ provider: 'feed', values: 0, heldBy }]);
      expect(await acceptHeld(config, {}, parts())).toMatchObject({ exitCode: 75, accepted: [{ values: 0, heldBy }] });
    } finally {
      await disk.leases.release();
      await disk.close();
    }
    expect(await held()).toHaveLength(1);
  });

  it('that nobody holds, or of a provider that is none, is a wrong flag', async () => {
    await hourLater(0);
    await expect(held({ ids: ['nothing'] })).rejects.toThrow('no value with the id "nothing" is held');
    await expect(held({ provider: 'feet' })).rejects.toThrow('did you mean "feed"?');
    expect(await held({ measurement: 'other' })).toEqual([]);
  });

  it('does not count where what was written was lost: nothing later is compared with it', async () => {
    configured({}, { local: { type: 'sqlite', path: 'kpi.db' } });
    await hourLater(100);
    const state = await saved();
    clock.advance(hour);
    totals = { ...totals, a: 500 };
    const full = JSON.stringify({
      run: { every: '1h' },
      providers: { feed: {} },
      sinks: { local: { type: 'file', path: 'no/such/folder/x.ndjson' } },
      outbox: { maxBytes: 1 },
    });
    writeFileSync(join(dir, 'kpi.config.json'), full);
    expect(await run()).toMatchObject({ exitCode: 1, sinks: [{ lost: 2 }] });
    expect(await saved()).toEqual(state);
  });
});

describe('differences', () => {
  it('are columns of their own, and add up', async () => {
    configured({ deltas: ['total'] });
    await run();
    for (const total of [105, 105, 0, 130, 131]) await hourLater(total);
    expect(rows('total, total_delta')).toEqual([
      [100, null],
      [105, 5],
      [105, 0],
      [null, null],
      [130, 25],
      [131, 1],
    ]);
  });

  it('that are asked for later are from then on', async () => {
    configured();
    await run();
    configured({ deltas: ['package.total'] });
    await hourLater(103);
    expect(rows('total, total_delta')).toEqual([
      [100, null],
      [103, 3],
    ]);
  });
});

describe('the config', () => {
  it('lets a fall pass, with a notice, or without a word', async () => {
    configured({ guards: { total: { then: 'flag' } } });
    await run();
    expect(await hourLater(60)).toMatchObject({ exitCode: 0, providers: [{ held: 0, problems: [{ severity: 'notice' }] }] });
    configured({ guards: { 'package.total': { then: 'accept' } } });
    expect(await hourLater(30)).toMatchObject({ exitCode: 0, providers: [{ held: 0, problemCount: 0 }] });
    expect(rows('total')).toEqual([[100], [60], [30]]);
  });
});

/** What the state says of readings and held values. */
async function saved() {
  const { outside } = parts();
  const { openLocalState } = await import('../src/engine/state.ts');
  const store = await openLocalState(join(dir, '.kpi'), { clock: outside.clock });
  try {
    const records = [...(await store.list('reading')), ...(await store.list('held'))];
    return records.map(({ kind, key, value }) => ({ kind, key, value }));
  } finally {
    await store.close();
  }
}

async function restored(records: Awaited<ReturnType<typeof saved>>): Promise<void> {
  const now = await saved();
  const { openLocalState } = await import('../src/engine/state.ts');
  const store = await openLocalState(join(dir, '.kpi'), { clock });
  await store.change([...now.map(({ kind, key }) => ({ kind, key, value: undefined })), ...records]);
  await store.close();
}
