import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../sdk/errors.ts';
import { gauge, measurement, text } from '../../sdk/measurement.ts';
import { type Entry, type Fields, seriesKey } from '../../sdk/point.ts';
import type { Problem } from '../../sdk/report.ts';
import type { Store } from '../../sdk/sink.ts';
import { createTestClock } from '../../testing/clock.ts';
import { type ComparisonOptions, createComparison } from './comparison.ts';

const sales = measurement('sales', { help: '', time: 'day', tags: { city: '' }, fields: { n: gauge(), note: text() }, history: {} });
const day = (index: number) => new Date(Date.UTC(2026, 0, 1 + index));
const now = new Date('2026-11-21T20:00:00.000Z');

function entry(city: string, index: number, fields: Fields, collectedAt = now): Entry {
  return { point: { measurement: 'sales', tags: { city }, fields, time: day(index) }, runId: 'r', collectedAt, provisional: false };
}

interface Asked {
  readonly series: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

/** A store of these rows, which tells what it was asked. */
function storeOf(rows: readonly Entry[]) {
  const asked: Asked[] = [];
  const state = { open: 0 };
  async function ask(): Promise<Store> {
    state.open++;
    return {
      last: () => nothing(),
      async *history({ series = [], window: { from, to } }) {
        asked.push({ series, from, to });
        for (const row of rows) {
          const { measurement, tags, time } = row.point;
          if (series.includes(seriesKey(measurement, tags)) && time >= from && time < to) yield row;
        }
      },
      async close() {
        state.open--;
      },
    };
  }
  return { ask, asked, state };
}

async function* nothing(): AsyncGenerator<Entry> {}

function comparison(more: Partial<ComparisonOptions> = {}) {
  const problems: Problem[] = [];
  const clock = createTestClock(now.toISOString());
  const made = createComparison({
    name: 'local',
    accepts: { timestamps: 'any', rerun: 'merges', kinds: ['gauge', 'text'], batch: { entries: 100 } },
    wants: () => true,
    measurement: () => sales,
    ask: storeOf([]).ask,
    until: new AbortController().signal,
    clock,
    tally: { add: (problem) => problems.push(problem) },
    redact: (one) => one,
    ...more,
  });
  return { ...made, made, problems, clock };
}

describe('what a run would do to the store', () => {
  it('is counted by measurement, with the values that change', async () => {
    const store = storeOf([entry('Riga', 0, { n: 1, note: 'a' }), entry('Riga', 1, { n: 2 }), entry('Oslo', 0, { n: 9 })]);
    const { take, finish, changes, made } = comparison({ ask: store.ask });
    await take([entry('Riga', 0, { n: 5 }), entry('Riga', 1, { n: 2 }), entry('Riga', 2, { n: 3 })]);
    await finish();
    expect(changes()).toEqual([
      {
        measurement: 'sales',
        added: 1,
        changed: 1,
        left: 1,
        values: 1,
        samples: [{ tags: { city: 'Riga' }, time: day(0).toISOString(), field: 'n', old: 1, new: 5 }],
      },
    ]);
    expect([made.failed, made.found]).toEqual([false, true]);
    expect(store.asked).toEqual([{ series: [seriesKey('sales', { city: 'Riga' })], from: day(0), to: new Date(day(2).getTime() + 1) }]);
    expect(store.state.open).toBe(0);
  });

  it('is nothing where it has all of it, also where when and by which run it was collected is another', async () => {
    const store = storeOf([{ ...entry('Riga', 0, { n: 1 }, new Date(0)), runId: 'before', provisional: true }]);
    const { take, finish, changes, made } = comparison({ ask: store.ask });
    await take([entry('Riga', 0, { n: 1 })]);
    await finish();
    expect([made.found, changes()]).toMatchObject([false, [{ added: 0, changed: 0, left: 1 }]]);
  });

  it('takes points of one identity as one', async () => {
    const { take, finish, changes } = comparison();
    await take([entry('Riga', 0, { n: 1 })]);
    await take([entry('Riga', 0, { note: 'b' }), entry('Oslo', 0, { n: 1 })]);
    await finish();
    expect(changes()).toMatchObject([{ added: 2, changed: 0, left: 0 }]);
  });

  it('leaves out what the store would not be offered: other measurements, times and kinds', async () => {
    const accepts = { timestamps: { pastMs: 86_400_000 }, rerun: 'merges', kinds: ['gauge'], batch: { entries: 9 } } as const;
    const store = storeOf([entry('Riga', 324, { n: 1, note: 'a' })]);
    const { take, finish, changes } = comparison({ accepts, ask: store.ask });
    await take([entry('Riga', 324, { n: 1, note: 'b' }), entry('Oslo', 324, { note: 'c' }), entry('Oslo', 0, { n: 1 })]);
    await finish();
    expect(changes()).toMatchObject([{ added: 0, changed: 0, left: 1 }]);
    const unwanted = comparison({ wants: () => false });
    await unwanted.take([entry('Riga', 0, { n: 1 })]);
    await unwanted.finish();
    expect([unwanted.changes(), unwanted.made.failed]).toEqual([[], false]);
  });

  it('counts, of the copies that a store keeps, the newest', async () => {
    const accepts = { timestamps: 'any', rerun: 'appends', kinds: ['gauge'], batch: { entries: 9 } } as const;
    const copies = [entry('Riga', 0, { n: 2 }, day(2)), entry('Riga', 0, { n: 1 }, day(1))];
    const { take, finish, changes } = comparison({ accepts, ask: storeOf(copies).ask });
    await take([entry('Riga', 0, { n: 2 })]);
    await finish();
    expect(changes()).toMatchObject([{ changed: 0, left: 1 }]);
  });
});

describe('memory', () => {
  it('holds so many points at once, however many come: the store is asked in parts', async () => {
    const store = storeOf([]);
    const { take, finish, changes } = comparison({ ask: store.ask, most: 100 });
    const pushers = Array.from({ length: 4 }, async (_, pusher) => {
      for (let index = 0; index < 250; index += 10) {
        await take(Array.from({ length: 10 }, (_, more) => entry(`city ${pusher}`, index + more, { n: 1 })));
      }
    });
    await Promise.all(pushers);
    await finish();
    expect(changes()).toMatchObject([{ added: 1000 }]);
    expect(store.asked.length).toBeGreaterThanOrEqual(8);
    for (const { series, from, to } of store.asked)
      expect((series.length * (to.getTime() - from.getTime())) / 86_400_000).toBeLessThan(4 * 250);
  });

  it('does not grow while the store is slow: who brings more waits', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const store = storeOf([]);
    const { take, finish, changes } = comparison({ ask: () => gate.then(store.ask), most: 2 });
    let taken = 0;
    const taking = [0, 1, 2].map((index) => take([entry('Riga', index, { n: 1 }), entry('Oslo', index, { n: 1 })]).then(() => taken++));
    for (let turn = 0; turn < 10; turn++) await macrotask();
    expect(taken).toBe(0);
    open();
    await Promise.all(taking);
    await finish();
    expect(changes()).toMatchObject([{ added: 6 }]);
  });
});

describe('a store that is away', () => {
  it('is asked again, as an outlet would', async () => {
    let fails = 2;
    const store = storeOf([entry('Riga', 0, { n: 1 })]);
    const ask = async () => {
      if (fails-- > 0) throw new TransientError('locked', { kind: 'unavailable' });
      return await store.ask();
    };
    const { take, finish, changes, made, clock, problems } = comparison({ ask });
    await take([entry('Riga', 0, { n: 1 })]);
    await finish();
    expect([made.failed, changes(), problems]).toMatchObject([false, [{ left: 1 }], []]);
    expect(clock.sleeps).toEqual([500, 1000]);
  });

  it('counts once what it answered in two tries', async () => {
    let tries = 0;
    const row = entry('Riga', 0, { n: 1 });
    const ask = async (): Promise<Store> => ({
      last: () => nothing(),
      async *history() {
        yield row;
        if (tries++ === 0) throw new TransientError('the connection broke', { kind: 'network' });
      },
      close: async () => {},
    });
    const { take, finish, changes } = comparison({ ask });
    await take([entry('Riga', 0, { n: 2 }), entry('Oslo', 0, { n: 2 })]);
    await finish();
    expect(changes()).toMatchObject([{ added: 1, changed: 1, left: 0, values: 1 }]);
  });

  it.each([
    ['for good', new PermanentError('it is damaged', { kind: 'unavailable' }), []],
    ['too long', new TransientError('it is locked', { kind: 'unavailable' }), [500, 1000, 2000, 4000]],
  ])('%s: the comparison failed, and says how much was left out', async (_, error, sleeps) => {
    const { take, finish, changes, made, problems, clock } = comparison({ ask: () => Promise.reject(error), most: 2 });
    await take([entry('Riga', 0, { n: 2 }), entry('Oslo', 0, { n: 2 })]);
    await take([entry('Riga', 1, { n: 2 })]);
    await finish();
    expect([made.failed, made.found, changes()]).toEqual([true, false, []]);
    const message = `3 of 3 points were not compared with the store local: ${error.message}`;
    expect(problems).toEqual([{ severity: 'error', kind: 'unavailable', message }]);
    expect(clock.sleeps).toEqual(sleeps);
  });

  it('and never answers: the end of the run ends the waiting', async () => {
    const over = new AbortController();
    const { take, finish, made, problems } = comparison({ ask: () => new Promise(() => {}), until: over.signal, most: 1 });
    const taking = [take([entry('Riga', 0, { n: 2 })]), take([entry('Riga', 1, { n: 2 })])];
    await macrotask();
    over.abort();
    await Promise.all(taking);
    await take([entry('Riga', 2, { n: 2 })]);
    await finish();
    expect(made.failed).toBe(true);
    expect(problems).toMatchObject([
      { kind: 'timeout', message: '3 of 3 points were not compared with the store local: the run ended before' },
    ]);
  });
});
