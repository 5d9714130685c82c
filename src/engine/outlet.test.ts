import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError, SplitError, TransientError } from '../sdk/errors.ts';
import { gauge, measurement, text } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Problem, SinkReport } from '../sdk/report.ts';
import type { Capabilities, OpenSink, Rejection } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { createOutlet, type Outlet } from './outlet.ts';
import type { Patience } from './patience.ts';
import { openSpool } from './spool.ts';
import { balances } from './verdict.ts';

const clock = createTestClock();
const numbers = measurement('numbers', { help: '', time: 'event', tags: { id: '' }, fields: { n: gauge(), words: text() } });
const never = new AbortController().signal;

let dir: string;
let outbox: Outbox;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-outlet-'));
  outbox = await openOutbox(dir, { maxBytes: 1e9, clock });
});
afterEach(() => {
  outbox.close();
  rmSync(dir, { recursive: true, force: true });
});

function entries(count: number, runId = 'run-1', from = 0): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    point: { measurement: 'numbers', tags: { id: String(from + index) }, fields: { n: from + index }, time: clock.now() },
    runId,
    collectedAt: clock.now(),
    provisional: false,
  }));
}

const ids = (stored: readonly Entry[]) => stored.map((entry) => Number(entry.point.tags.id));
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

interface Given {
  readonly sink: Partial<OpenSink> | (() => Promise<OpenSink>);
  readonly accepts?: Partial<Capabilities>;
  readonly drains?: boolean;
  readonly patience?: Partial<Patience>;
  readonly outbox?: Outbox;
  /** The real one, where time limits are tried. */
  readonly clock?: Clock;
  readonly until?: AbortSignal;
}

async function outletFor(given: Given): Promise<Outlet & { readonly problems: Problem[] }> {
  const problems: Problem[] = [];
  const open =
    typeof given.sink === 'function'
      ? given.sink
      : async () => ({ write: async () => [], close: async () => {}, ...given.sink }) as OpenSink;
  const spool = await openSpool({
    sink: 'store',
    outbox: given.outbox ?? outbox,
    measurement: () => numbers,
    learn: async () => {},
    drains: () => given.drains ?? true,
  });
  const outlet = createOutlet({
    name: 'store',
    type: 'fake',
    required: true,
    accepts: { timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 10 }, ...given.accepts },
    runId: 'run-1',
    wants: (name) => name === 'numbers',
    measurement: () => numbers,
    open,
    spool,
    until: given.until ?? never,
    clock: given.clock ?? clock,
    redact: (words) => words,
    record: (problem) => problems.push(problem),
    progress: () => {},
    patience: { stuckMs: 30, writeMs: 200, closeMs: 50, lingerMs: 5, ...given.patience },
  });
  return { ...outlet, problems };
}

/** A store that keeps what it is given. */
function memory(answer: (batch: readonly Entry[], call: number) => readonly Rejection[] | Promise<readonly Rejection[]> = () => []) {
  const stored: Entry[] = [];
  let calls = 0;
  return {
    stored,
    get calls() {
      return calls;
    },
    sink: {
      async write(batch: readonly Entry[]) {
        const rejections = await answer(batch, ++calls);
        const refused = new Set(rejections.map((one) => one.index));
        stored.push(...batch.filter((_, index) => !refused.has(index)));
        return rejections;
      },
    },
  };
}

async function deliver(outlet: Outlet, count: number): Promise<SinkReport> {
  for (let from = 0; from < count; from += 25) await outlet.push(entries(Math.min(25, count - from), 'run-1', from));
  await outlet.finish();
  await outlet.close([], never);
  const report = outlet.report();
  expect(balances(report)).toBe(true);
  return report;
}

const pendingIds = async () => ids((await outbox.read('store', { limit: 10_000 })).map((row) => row.entry));

describe('what is settled', () => {
  it('is in the store, also where a batch is not full', async () => {
    const store = memory();
    const outlet = await outletFor({ ...store, patience: { lingerMs: 60_000 } });
    await outlet.push(entries(14));
    expect(await outlet.settled()).toBe(true);
    expect(ids(store.stored)).toEqual(range(14));
    expect(await outlet.settled()).toBe(true);
    await outlet.push(entries(3, 'run-1', 14));
    await outlet.push(entries(4, 'run-1', 17));
    expect(await outlet.settled()).toBe(true);
    expect(ids(store.stored)).toEqual(range(21));
    await outlet.finish();
  });

  it('is what was pushed before, while others go on pushing', async () => {
    const store = memory(async () => {
      await macrotask();
      return [];
    });
    const outlet = await outletFor(store);
    await outlet.push(entries(5));
    const first = outlet.settled();
    const more = outlet.push(entries(500, 'run-1', 5));
    expect(await first).toBe(true);
    expect(ids(store.stored).slice(0, 5)).toEqual(range(5));
    expect(store.stored.length).toBeLessThan(505);
    await more;
    await outlet.finish();
  });

  it('is in the outbox where the sink fails, and where it is stuck', async () => {
    const failing = await outletFor({ sink: { write: () => Promise.reject(new PermanentError('down')) } });
    await failing.push(entries(5));
    expect(await failing.settled()).toBe(true);
    expect(await pendingIds()).toEqual(range(5));
    await failing.push(entries(5, 'run-1', 5));
    expect(await failing.settled()).toBe(true);
    expect(await pendingIds()).toEqual(range(10));
    await failing.finish();
    const stuck = await outletFor({ sink: { write: () => new Promise(() => {}) }, drains: false, clock: systemClock });
    await stuck.push(entries(3, 'run-1', 10));
    expect(await stuck.settled()).toBe(true);
    expect(await pendingIds()).toEqual(range(13));
  });

  it('is not what neither the sink nor the disk took', async () => {
    const full = await openOutbox(mkdtempSync(join(dir, 'full-')), { maxBytes: 1, clock });
    const outlet = await outletFor({ sink: { write: () => Promise.reject(new PermanentError('down')) }, outbox: full });
    await outlet.push(entries(5));
    expect(await outlet.settled()).toBe(false);
    await outlet.finish();
    expect(outlet.report().lost).toBe(5);
    full.close();
  });
});

describe('a good sink', () => {
  it('gets everything, in order, in batches of its size', async () => {
    const sizes: number[] = [];
    const store = memory((batch) => {
      sizes.push(batch.length);
      return [];
    });
    expect(await deliver(await outletFor(store), 95)).toMatchObject({
      status: 'ok',
      offered: 95,
      accepted: 95,
      pending: 0,
      lost: 0,
      backlog: 0,
    });
    expect(ids(store.stored)).toEqual(range(95));
    expect(Math.max(...sizes)).toBe(10);
  });

  it('gets a batch that is not full without waiting for the end', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const store = memory(() => {
      resolve();
      return [];
    });
    const outlet = await outletFor(store);
    await outlet.push(entries(3));
    await promise;
    expect((await deliver(outlet, 0)).accepted).toBe(3);
  });

  it('is not offered what the user does not want there, and skips what it cannot hold', async () => {
    const store = memory();
    const outlet = await outletFor({ ...store, accepts: { timestamps: { pastMs: 1000 } } });
    const [first, second, third] = entries(3) as [Entry, Entry, Entry];
    await outlet.push([
      { ...first, point: { ...first.point, measurement: 'others' } },
      { ...second, point: { ...second.point, fields: { words: 'no number' } } },
      { ...third, point: { ...third.point, time: new Date(clock.now().getTime() - 5000) } },
      ...entries(1, 'run-1', 9),
    ]);
    expect(await deliver(outlet, 0)).toMatchObject({ offered: 1, accepted: 1, skipped: 2 });
    expect(ids(store.stored)).toEqual([9]);
  });
});

describe('a sink that fails', () => {
  it('is told of, backlog and all, before the run tells of itself', async () => {
    const outlet = await outletFor({ sink: { write: () => Promise.reject(new PermanentError('closed')) } });
    await outlet.push(entries(5));
    await outlet.finish();
    expect(outlet.report()).toMatchObject({ status: 'pending', pending: 5, backlog: 5 });
    await outlet.close(entries(1), never);
    expect(outlet.report()).toMatchObject({ pending: 5, backlog: 6 });
  });

  it('for a while, gets the batch again', async () => {
    const store = memory((_, call) => {
      if (call < 4) throw new TransientError('busy', { retryAfterMs: 700 });
      return [];
    });
    const before = clock.elapsed();
    expect(await deliver(await outletFor(store), 10)).toMatchObject({ status: 'ok', accepted: 10 });
    expect([store.calls, clock.elapsed() - before]).toEqual([4, 700 + 1000 + 2000]);
  });

  it('for good, leaves its points in the outbox', async () => {
    const store = memory((_, call) => {
      if (call > 2) throw new PermanentError('the disk is full', { kind: 'unavailable' });
      return [];
    });
    const outlet = await outletFor(store);
    expect(await deliver(outlet, 60)).toMatchObject({ status: 'pending', offered: 60, accepted: 20, pending: 40, backlog: 40 });
    expect(await pendingIds()).toEqual(range(60).slice(20));
    expect(outlet.problems).toMatchObject([{ kind: 'unavailable', message: 'the disk is full' }]);
  });

  it('and asks for more patience than a run has, leaves its points in the outbox at once', async () => {
    const store = memory(() => {
      throw new TransientError('too many', { kind: 'rate-limited', retryAfterMs: 3_600_000 });
    });
    expect(await deliver(await outletFor(store), 10)).toMatchObject({ status: 'pending', pending: 10 });
    expect(store.calls).toBe(1);
  });

  it('in a way that it should not, is not asked again', async () => {
    const store = memory(() => {
      throw new RangeError('a defect');
    });
    const outlet = await outletFor(store);
    expect(await deliver(outlet, 10)).toMatchObject({ status: 'pending', pending: 10 });
    expect([store.calls, outlet.problems[0]?.kind]).toEqual([1, 'defect']);
  });

  it('to open, leaves its points in the outbox', async () => {
    const outlet = await outletFor({
      sink: async () => {
        throw new PermanentError('no such table', { kind: 'unavailable' });
      },
    });
    expect(await deliver(outlet, 60)).toMatchObject({ status: 'pending', offered: 60, pending: 60, backlog: 60 });
    expect(await pendingIds()).toEqual(range(60));
  });

  it('neither it nor the disk takes the points: they are lost, and counted', async () => {
    const full = await openOutbox(join(dir, 'full'), { maxBytes: 1, clock });
    const store = memory((_, call) => {
      if (call > 1) throw new PermanentError('gone');
      return [];
    });
    const outlet = await outletFor({ ...store, outbox: full });
    expect(await deliver(outlet, 30)).toMatchObject({ status: 'failed', offered: 30, accepted: 10, pending: 0, lost: 20 });
    expect(outlet.problems.map((problem) => problem.message).join('\n')).toContain('outbox.maxBytes');
    full.close();
  });
});

describe('what a store refuses', () => {
  it('is kept with the reason', async () => {
    const store = memory((batch) =>
      batch.flatMap((entry, index) => (Number(entry.point.tags.id) % 10 === 3 ? [{ index, reason: 'odd' }] : [])),
    );
    const outlet = await outletFor(store);
    expect(await deliver(outlet, 30)).toMatchObject({
      status: 'partial',
      offered: 30,
      accepted: 27,
      rejected: 3,
      backlog: 0,
      problemCount: 3,
    });
    expect(await outbox.counts()).toMatchObject([{ sink: 'store', pending: 0, rejected: 3, reasons: [{ reason: 'odd', entries: 3 }] }]);
    expect(outlet.problems[0]).toMatchObject({ kind: 'rejected', item: 'numbers 3', message: 'odd' });
  });

  it('of a batch too large, is found by halving', async () => {
    const store = memory((batch) => {
      if (batch.some((entry) => entry.point.tags.id === '7')) throw new SplitError('it does not say which');
      return [];
    });
    expect(await deliver(await outletFor(store), 10)).toMatchObject({ offered: 10, accepted: 9, rejected: 1 });
    expect(ids(store.stored).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9]);
  });
});

describe('a stuck sink', () => {
  it('does not hold up the run: what it does not take waits in the outbox', async () => {
    const store = memory(() => new Promise<never>(() => {}));
    const outlet = await outletFor({ ...store, clock: systemClock });
    expect(await deliver(outlet, 100)).toMatchObject({ status: 'pending', offered: 100, accepted: 0, pending: 100, backlog: 100 });
    expect(await pendingIds()).toEqual(range(100));
    expect(outlet.problems).toMatchObject([{ kind: 'timeout' }]);
  });

  it('that comes back gets everything, in order', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly Rejection[]>();
    const store = memory((_, call) => (call === 1 ? promise : []));
    const outlet = await outletFor({ ...store, clock: systemClock, patience: { writeMs: 10_000 } });
    for (let from = 0; from < 100; from += 25) await outlet.push(entries(25, 'run-1', from));
    expect(await pendingIds()).toEqual(range(100));
    resolve([]);
    expect(await deliver(outlet, 0)).toMatchObject({ status: 'ok', offered: 100, accepted: 100, backlog: 0 });
    expect(ids(store.stored)).toEqual(range(100));
  });

  it('that waits out a pause between tries is stuck as well', async () => {
    const store = memory((_, call) => {
      if (call === 1) throw new TransientError('busy');
      return [];
    });
    expect(await deliver(await outletFor({ ...store, patience: { stuckMs: 0 } }), 100)).toMatchObject({ status: 'ok', accepted: 100 });
    expect(ids(store.stored)).toEqual(range(100));
  });
});

describe('a slow sink', () => {
  it('slows the run, and memory stays small', async () => {
    let most = 0;
    let pushed = 0;
    const store = memory(async () => {
      most = Math.max(most, pushed - store.stored.length);
      await new Promise((resolve) => setImmediate(resolve));
      return [];
    });
    const outlet = await outletFor({ ...store, patience: { stuckMs: 10_000 } });
    for (; pushed < 1000; pushed += 10) await outlet.push(entries(10, 'run-1', pushed));
    expect(await deliver(outlet, 0)).toMatchObject({ status: 'ok', accepted: 1000 });
    expect(most).toBeLessThanOrEqual(50);
  });
});

describe('a lying sink', () => {
  it('that takes the batch and drops the connection gets it again: it merges', async () => {
    const rows = new Map<string, number>();
    const store = memory((batch, call) => {
      for (const entry of batch) rows.set(entry.point.tags.id as string, Number(entry.point.fields.n));
      if (call === 2) throw new TransientError('the connection was reset', { kind: 'network' });
      return [];
    });
    expect(await deliver(await outletFor(store), 50)).toMatchObject({ status: 'ok', accepted: 50, pending: 0 });
    expect([...rows.keys()].map(Number)).toEqual(range(50));
  });

  it('that takes half a batch and fails gets all of it again', async () => {
    const rows = new Set<string>();
    const store = memory((batch, call) => {
      const taken = call === 1 ? batch.slice(0, 5) : batch;
      for (const entry of taken) rows.add(entry.point.tags.id as string);
      if (call === 1) throw new TransientError('broken pipe', { kind: 'network' });
      return [];
    });
    expect(await deliver(await outletFor(store), 20)).toMatchObject({ accepted: 20 });
    expect(rows.size).toBe(20);
  });
});

describe('the outbox', () => {
  it('is drained first: what is new waits behind it', async () => {
    await outbox.append('store', entries(25, 'run-0', 1000), () => numbers);
    const store = memory();
    expect(await deliver(await outletFor(store), 30)).toMatchObject({ status: 'ok', offered: 30, accepted: 30, replayed: 25, backlog: 0 });
    expect(ids(store.stored)).toEqual([...range(25).map((id) => 1000 + id), ...range(30)]);
  });

  it('of which another run has the right is only added to', async () => {
    await outbox.append('store', entries(5, 'run-0', 1000), () => numbers);
    const store = memory();
    expect(await deliver(await outletFor({ ...store, drains: false }), 30)).toMatchObject({
      status: 'pending',
      offered: 30,
      accepted: 0,
      pending: 30,
      backlog: 35,
    });
    expect(store.stored).toEqual([]);
  });

  it('that another run drains meanwhile: what is gone from it was accepted', async () => {
    await outbox.append('store', entries(5, 'run-0', 1000), () => numbers);
    const outlet = await outletFor({ ...memory(), drains: false });
    await outlet.push(entries(30));
    const rows = await outbox.read('store', { limit: 100 });
    await outbox.reject(rows.slice(5, 7).map(({ id }) => ({ id, reason: 'odd' })));
    await outbox.acknowledge(rows.slice(7).map(({ id }) => id));
    expect(await deliver(outlet, 0)).toMatchObject({ offered: 30, accepted: 28, rejected: 2, pending: 0, lost: 0 });
  });

  it('keeps what a store refuses of it', async () => {
    await outbox.append('store', entries(5, 'run-0'), () => numbers);
    const store = memory(() => [{ index: 2, reason: 'odd' }]);
    expect(await deliver(await outletFor(store), 0)).toMatchObject({ replayed: 4, replayRejected: 1, backlog: 0, offered: 0 });
    expect(await outbox.counts()).toMatchObject([{ pending: 0, rejected: 1 }]);
  });
});

describe('an outbox that fails', () => {
  it('to forget what was delivered costs no second delivery in this run', async () => {
    await outbox.append('store', entries(25, 'run-0', 1000), () => numbers);
    let forgets = false;
    const broken: Outbox = {
      ...outbox,
      acknowledge: (given) => (forgets ? outbox.acknowledge(given) : Promise.reject(new Error('the disk is full'))),
    };
    const store = memory();
    const outlet = await outletFor({ ...store, outbox: broken });
    const report = await deliver(outlet, 30);
    expect(ids(store.stored)).toEqual([...range(25).map((id) => 1000 + id), ...range(30)]);
    expect(report).toMatchObject({ status: 'pending', offered: 30, accepted: 30, replayed: 25, pending: 0, lost: 0 });
    expect(outlet.problems[0]?.message).toBe('the disk is full');
    forgets = true;
  });

  it('and works again by the end, is brought up to date', async () => {
    await outbox.append('store', entries(25, 'run-0', 1000), () => numbers);
    let calls = 0;
    const broken: Outbox = {
      ...outbox,
      acknowledge: (given) => (++calls > 2 ? outbox.acknowledge(given) : Promise.reject(new Error('busy'))),
    };
    const report = await deliver(await outletFor({ ...memory(), outbox: broken }), 30);
    expect(report).toMatchObject({ accepted: 30, replayed: 25, pending: 0, backlog: 0 });
  });

  it('to count does not end the run', async () => {
    let counts = 0;
    const broken: Outbox = { ...outbox, counts: (filter) => (++counts > 1 ? Promise.reject(new Error('locked')) : outbox.counts(filter)) };
    expect(await deliver(await outletFor({ ...memory(), outbox: broken }), 30)).toMatchObject({
      status: 'partial',
      offered: 30,
      accepted: 30,
      pending: 0,
    });
  });

  it('to keep what a store refused says so in the report', async () => {
    const broken: Outbox = { ...outbox, rejectNew: () => Promise.reject(new Error('the outbox is full')) };
    const outlet = await outletFor({ ...memory(() => [{ index: 0, reason: 'odd' }]), outbox: broken });
    expect(await deliver(outlet, 5)).toMatchObject({ accepted: 4, rejected: 1 });
    expect(outlet.problems.map((problem) => problem.message)).toEqual(['odd', 'the outbox is full']);
  });

  it('to be added to by another run meanwhile: what is new still waits behind it', async () => {
    await outbox.append('store', entries(10, 'run-0', 1000), () => numbers);
    const first = Promise.withResolvers<readonly Rejection[]>();
    const store = memory((_, call) => (call === 1 ? first.promise : []));
    const outlet = await outletFor({ ...store, patience: { writeMs: 10_000, stuckMs: 10_000 } });
    await outbox.append('store', entries(10, 'run-9', 2000), () => numbers);
    await outlet.push(entries(10));
    first.resolve([]);
    expect(await deliver(outlet, 0)).toMatchObject({ offered: 10, accepted: 10, replayed: 20, backlog: 0 });
    expect(ids(store.stored)).toEqual([...range(10).map((id) => 1000 + id), ...range(10).map((id) => 2000 + id), ...range(10)]);
  });
});

describe('a sink that is defective', () => {
  it('and throws where it should reject is one that fails', async () => {
    const outlet = await outletFor({
      sink: {
        write() {
          throw new RangeError('at once');
        },
        close() {
          throw new RangeError('at the end');
        },
      },
    });
    expect(await deliver(outlet, 5)).toMatchObject({ status: 'pending', pending: 5 });
    expect(outlet.problems.map((problem) => problem.message)).toEqual(['at once', 'at the end']);
  });

  it('and throws when it is opened is one that cannot be', async () => {
    const sink = () => {
      throw new RangeError('no such thing');
    };
    expect(await deliver(await outletFor({ sink }), 5)).toMatchObject({ status: 'pending', pending: 5 });
  });

  it('and refuses what it was not given is not believed', async () => {
    const outlet = await outletFor(memory(() => [{ index: 99, reason: 'odd' }]));
    expect(await deliver(outlet, 5)).toMatchObject({ status: 'pending', accepted: 0, rejected: 0, pending: 5 });
    expect(outlet.problems[0]?.message).toBe('the sink refused entry 99 of 5');
  });
});

describe('the end of the run', () => {
  it('ends a drain, also between two of its batches, before the sink is closed', async () => {
    await outbox.append('store', entries(2000, 'run-0', 1000), () => numbers);
    const until = new AbortController();
    let closed = false;
    let late = 0;
    const close = async () => {
      closed = true;
    };
    const store = memory((_, call) => {
      if (call === 3) queueMicrotask(() => queueMicrotask(() => until.abort()));
      if (closed) late++;
      return [];
    });
    const outlet = await outletFor({ sink: { ...store.sink, close }, until: until.signal });
    await outlet.finish();
    await outlet.close([], until.signal);
    // Many more turns of the event loop than a batch takes that is still on its way.
    for (let turn = 0; turn < 100; turn += 1) await macrotask();
    const report = outlet.report();
    expect([late, report.replayed + report.backlog]).toEqual([0, 2000]);
    // The answer that came after the end is not relied on: its batch is delivered once more.
    expect(store.stored.length - report.replayed).toBeLessThanOrEqual(10);
    expect(store.calls).toBeLessThan(10);
  });

  it('takes its own points in batches of the sink’s size', async () => {
    const sizes: number[] = [];
    const store = memory((batch) => {
      sizes.push(batch.length);
      return [];
    });
    const outlet = await outletFor({ ...store, accepts: { batch: { entries: 2 } } });
    await outlet.finish();
    await outlet.close(entries(5), never);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('spools what was not delivered', async () => {
    const store = memory(() => new Promise<never>(() => {}));
    const until = new AbortController();
    const outlet = await outletFor({ ...store, until: until.signal, patience: { stuckMs: 60_000, writeMs: 60_000 } });
    await outlet.push(entries(15));
    const finished = outlet.finish();
    until.abort();
    await finished;
    await outlet.close([], until.signal);
    expect(outlet.report()).toMatchObject({ status: 'pending', offered: 15, pending: 15, backlog: 15 });
  });

  it('lets nobody wait for room', async () => {
    const store = memory(() => new Promise<never>(() => {}));
    const until = new AbortController();
    const outlet = await outletFor({ ...store, until: until.signal, patience: { stuckMs: 60_000, writeMs: 60_000 } });
    const pushed = outlet.push(entries(50));
    until.abort();
    await pushed;
    await outlet.push(entries(50, 'run-1', 50));
    await outlet.finish();
    await outlet.close([], until.signal);
    expect(outlet.report()).toMatchObject({ status: 'pending', offered: 100, pending: 100, lost: 0, backlog: 100 });
    expect(await pendingIds()).toEqual(range(100));
  });

  it('delivers its own points outside the counts', async () => {
    const store = memory();
    const outlet = await outletFor(store);
    await outlet.push(entries(5));
    await outlet.finish();
    await outlet.close(entries(2, 'run-1', 100), never);
    expect(outlet.report()).toMatchObject({ status: 'ok', offered: 5, accepted: 5, backlog: 0 });
    expect(ids(store.stored)).toEqual([0, 1, 2, 3, 4, 100, 101]);
  });

  it('keeps its own points when the sink is gone', async () => {
    const store = memory(() => {
      throw new PermanentError('gone');
    });
    const outlet = await outletFor(store);
    await outlet.push(entries(5));
    await outlet.finish();
    await outlet.close(entries(2, 'run-1', 100), never);
    expect(outlet.report()).toMatchObject({ status: 'pending', offered: 5, pending: 5, lost: 0, backlog: 7 });
  });

  it('does not wait for a sink that does not close', async () => {
    const outlet = await outletFor({ sink: { write: async () => [], close: () => new Promise(() => {}) } });
    expect(await deliver(outlet, 5)).toMatchObject({ status: 'ok', accepted: 5 });
  });
});
