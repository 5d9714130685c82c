import { beforeEach, describe, expect, it } from 'vitest';
import { counter, type Guard, gauge, measurement } from '../../sdk/measurement.ts';
import type { Entry } from '../../sdk/point.ts';
import type { Problem } from '../../sdk/report.ts';
import type { StateRecord, StateStore } from '../../sdk/sink.ts';
import { seededRandom } from '../../testing/random.ts';
import { createTally } from '../tally.ts';
import { createGuards } from './guards.ts';
import { createGuardMemory, type GuardMemory } from './kept.ts';
import { rulesOf } from './rules.ts';

const strict: Guard = { maxDrop: 0, min: 1, then: 'hold' };
const packages = measurement('package', {
  help: '',
  time: 'snapshot',
  tags: { id: '' },
  fields: { total: counter('{download}', '', { guard: strict }), versions: gauge() },
});

let store: StateStore;
let memory: GuardMemory;

beforeEach(() => {
  store = stateInMemory();
  memory = createGuardMemory(store);
});

/** A state without versions, which costs no disk. */
function stateInMemory(): StateStore {
  const records = new Map<string, StateRecord>();
  return {
    read: async (kind, key) => records.get(`${kind} ${key}`),
    async list(kind, { prefix = '' } = {}) {
      const found = [...records.values()].filter((one) => one.kind === kind && one.key.startsWith(prefix));
      return found.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async change(changes) {
      for (const { kind, key, value } of changes) {
        if (value === undefined) records.delete(`${kind} ${key}`);
        else records.set(`${kind} ${key}`, { kind, key, value: JSON.parse(JSON.stringify(value)), version: 1 });
      }
      return true;
    },
    async close() {},
  };
}

interface Reads {
  /** An hour; the run's `at`. */
  readonly at: number;
  readonly values: Readonly<Record<string, number | undefined>>;
  /** It was killed before its end. */
  readonly killed?: boolean;
  readonly config?: { readonly guards?: Readonly<Record<string, Guard>>; readonly deltas?: readonly string[] };
}

const hour = 3_600_000;
const timeOf = (at: number) => new Date(Date.UTC(2026, 0, 1) + at * hour);

/** One run over packages, as the engine does it; `sink` keeps fields by package and hour. */
async function runOnce(sink: Map<string, object>, { at, values, killed = false, config = { deltas: ['total'] } }: Reads) {
  const problems: Problem[] = [];
  const recalled = await memory.recall('feed');
  if (config.deltas) await memory.begin('feed', recalled, timeOf(at).getTime());
  const rules = rulesOf([packages], config);
  const tally = createTally(
    (text) => text,
    (one) => problems.push(one),
  );
  const guards = createGuards({ instance: 'feed', rules, recalled: await memory.recall('feed'), at: timeOf(at), runId: 'r', tally });
  const entries = Object.entries(values).map(([id, total]): Entry => {
    const point = packages.of({ tags: { id }, fields: { total, versions: 3 }, time: timeOf(at) });
    return { point, runId: 'r', collectedAt: timeOf(at), provisional: false };
  });
  for (const { point } of guards.pass(entries)) {
    const key = `${point.tags.id} ${(point.time.getTime() - timeOf(0).getTime()) / hour}`;
    sink.set(key, { ...sink.get(key), ...point.fields });
  }
  guards.end();
  if (!killed) await memory.change(guards.changes());
  return { guards, problems, held: guards.held };
}

async function runs(...all: readonly Reads[]) {
  const sink = new Map<string, object>();
  const results = [];
  for (const one of all) results.push(await runOnce(sink, one));
  return { sink: Object.fromEntries(sink), results, last: results.at(-1) };
}

describe('values that are held', () => {
  it('do not reach a sink; the rest of their point does', async () => {
    const { sink, last } = await runs({ at: 1, values: { a: 100, b: 7 } }, { at: 2, values: { a: 0, b: 8 } });
    expect(sink).toEqual({
      'a 1': { total: 100, versions: 3 },
      'b 1': { total: 7, versions: 3 },
      'a 2': { versions: 3 },
      'b 2': { total: 8, versions: 3, total_delta: 1 },
    });
    expect(last?.held).toBe(1);
    expect(last?.problems).toEqual([
      {
        severity: 'error',
        kind: 'held',
        item: 'package.total id=a: 100 → 0',
        message: 'held, since it is under 1: kpi quarantine accept releases it',
      },
    ]);
  });

  it('go on at their own times once two later readings agree, with the differences', async () => {
    const fall = [100, 50, 50, 55].map((a, index) => ({ at: index + 1, values: { a } }));
    const { sink, last } = await runs(...fall);
    expect(sink).toEqual({
      'a 1': { total: 100, versions: 3 },
      'a 2': { total: 50, versions: 3 },
      'a 3': { total: 50, versions: 3, total_delta: 0 },
      'a 4': { total: 55, versions: 3, total_delta: 5 },
    });
    expect(last?.problems).toMatchObject([{ severity: 'notice', item: 'package.total id=a: 50, 50' }]);
    expect((await memory.recall('feed')).counters.get([...(await memory.recall('feed')).counters.keys()][0] ?? '')).toMatchObject({
      held: [],
    });
  });

  it('are dropped, and said to be, when the upstream is back', async () => {
    const { sink, last } = await runs(...[100, 0, 101].map((a, index) => ({ at: index + 1, values: { a } })));
    expect(sink).toMatchObject({ 'a 2': { versions: 3 }, 'a 3': { total: 101, total_delta: 1 } });
    expect(sink).not.toHaveProperty(['a 2', 'total']);
    expect(last?.problems).toMatchObject([{ severity: 'notice', message: expect.stringContaining('dropped') }]);
    expect(await store.list('held')).toEqual([]);
  });

  it('that nothing decides on are told of', async () => {
    const { last } = await runs({ at: 1, values: { a: 9, b: 9 } }, { at: 2, values: { a: 1 } }, { at: 3, values: { b: 9 } });
    expect(last?.held).toBe(0);
    expect(last?.problems).toMatchObject([
      { severity: 'notice', message: expect.stringContaining('1 held values of earlier runs are left') },
    ]);
  });

  it('leave no point where they were all of it', async () => {
    const sink = new Map<string, object>();
    await runOnce(sink, { at: 1, values: { a: 9 } });
    const recalled = await memory.recall('feed');
    const tally = createTally(String, () => {});
    const guards = createGuards({ instance: 'feed', rules: rulesOf([packages], {}), recalled, at: timeOf(2), runId: 'r', tally });
    const point = packages.of({ tags: { id: 'a' }, fields: { total: 1 }, time: timeOf(2) });
    expect(guards.pass([{ point, runId: 'r', collectedAt: timeOf(2), provisional: false }])).toEqual([]);
    expect([guards.held, guards.emptied]).toEqual([1, 1]);
  });

  it('are at most 20 of a series', async () => {
    const zeros = Array.from({ length: 30 }, (_, index) => ({ at: index + 2, values: { a: 0 } }));
    const { last } = await runs({ at: 1, values: { a: 5 } }, ...zeros);
    const [record] = await store.list('held');
    expect(record?.value).toHaveLength(20);
    expect(last?.problems.at(-1)?.message).toContain('1 held values were given up');
  });
});

describe('of one time', () => {
  it('a value that comes again in another batch is judged by what was before the run', async () => {
    const { sink } = await runs({ at: 1, values: { a: 100 } });
    const recalled = await memory.recall('feed');
    const tally = createTally(String, () => {});
    const guards = createGuards({ instance: 'feed', rules: rulesOf([packages], {}), recalled, at: timeOf(2), runId: 'r', tally });
    const entry = (total: number): Entry => {
      const point = packages.of({ tags: { id: 'a' }, fields: { total }, time: timeOf(2) });
      return { point, runId: 'r', collectedAt: timeOf(2), provisional: false };
    };
    expect(guards.pass([entry(110)])).toHaveLength(1);
    expect(guards.pass([entry(90)])).toEqual([]);
    expect(guards.pass([entry(105)])).toHaveLength(1);
    expect(sink).toHaveProperty(['a 1']);
    await memory.change(guards.changes());
    const [known] = [...(await memory.recall('feed')).counters.values()];
    expect(known).toMatchObject({ readings: [{ value: 100 }, { value: 105 }], held: [] });
  });

  it('a value that is good after one that was held decides on what earlier runs held', async () => {
    const { sink } = await runs({ at: 1, values: { a: 100 } }, { at: 2, values: { a: 50 } }, { at: 3, values: { a: 51 } });
    expect(sink).toHaveProperty(['a 3'], { versions: 3 });
    const problems: Problem[] = [];
    const tally = createTally(String, (one) => problems.push(one));
    const recalled = await memory.recall('feed');
    const guards = createGuards({ instance: 'feed', rules: rulesOf([packages], {}), recalled, at: timeOf(4), runId: 'r', tally });
    const entry = (total: number): Entry => {
      const point = packages.of({ tags: { id: 'a' }, fields: { total }, time: timeOf(4) });
      return { point, runId: 'r', collectedAt: timeOf(4), provisional: false };
    };
    expect(guards.pass([entry(40)])).toEqual([]);
    expect(guards.pass([entry(52)]).map(({ point }) => point.fields.total)).toEqual([50, 51, 52]);
    await memory.change(guards.changes());
    expect(await store.list('held')).toEqual([]);
    expect(problems.map((one) => [one.kind, one.item])).toEqual([
      ['held', 'package.total id=a: 100 → 40'],
      ['notice', 'package.total id=a: 40'],
      ['notice', 'package.total id=a: 50, 51'],
    ]);
  });
});

describe('differences', () => {
  it('are the same where a run was killed and is done again, as if it had not been', async () => {
    const { sink } = await runs({ at: 1, values: { a: 10 } }, { at: 2, values: { a: 15 }, killed: true }, { at: 2, values: { a: 15 } });
    expect(sink).toMatchObject({ 'a 2': { total: 15, total_delta: 5 } });
  });

  it('are none where a run before was killed: nobody knows what it delivered', async () => {
    const { sink } = await runs(
      { at: 1, values: { a: 10 } },
      { at: 2, values: { a: 15 }, killed: true },
      { at: 3, values: { a: 18 } },
      { at: 4, values: { a: 20 } },
    );
    expect(sink).toMatchObject({ 'a 2': { total_delta: 5 }, 'a 4': { total_delta: 2 } });
    expect(sink).not.toHaveProperty(['a 3', 'total_delta']);
  });

  it('of a counter that nothing guards are derived too; a fall has none', async () => {
    const config = { guards: { total: { then: 'accept' } }, deltas: ['package.total'] } as const;
    const { sink } = await runs(...[10, 4, 6].map((a, index) => ({ at: index + 1, values: { a }, config })));
    expect(sink).toEqual({
      'a 1': { total: 10, versions: 3 },
      'a 2': { total: 4, versions: 3 },
      'a 3': { total: 6, versions: 3, total_delta: 2 },
    });
  });
});

describe('over random readings', () => {
  /** A total that grows, stands still, falls for good, falls for a while, or reads 0. */
  function readings(random: () => number, length: number): number[] {
    let total = 1 + Math.floor(random() * 1000);
    let wrong = 0;
    return Array.from({ length }, () => {
      const dice = random();
      if (wrong > 0) wrong--;
      if (dice < 0.55) total += Math.floor(random() * 50);
      else if (dice < 0.65) wrong = 1 + Math.floor(random() * 4);
      else if (dice < 0.7) total = 1 + Math.floor(total * random());
      if (wrong > 0) return random() < 0.5 ? 0 : Math.floor(total * random());
      return total;
    });
  }

  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'a violating value reaches no sink before two agreeing ones, whatever runs there are (%i)',
    async (seed) => {
      const random = seededRandom(seed);
      const values = readings(random, 40);
      const sink = new Map<string, { total?: number; total_delta?: number }>();
      const clean = new Map<string, { total?: number; total_delta?: number }>();
      for (const [at, a] of values.entries()) {
        const killed = random() < 0.2;
        if (killed) await runOnce(sink, { at, values: { a }, killed });
        await runOnce(sink, { at, values: { a } });
        const before = { sink: structuredClone([...sink]), state: await memory.recall('feed') };
        if (random() < 0.3) await runOnce(sink, { at, values: { a } });
        expect([...sink]).toEqual(before.sink);
        expect((await memory.recall('feed')).counters).toEqual(before.state.counters);
        check(at);
      }
      for (const one of [...(await store.list('held')), ...(await store.list('reading'))])
        await store.change([{ kind: one.kind, key: one.key, value: undefined }]);
      for (const [at, a] of values.entries()) await runOnce(clean, { at, values: { a } });
      expect([...sink]).toEqual([...clean]);

      /** What is stored up to a time, by rules of its own. */
      function check(until: number): void {
        let last: { at: number; value: number } | undefined;
        for (let at = 0; at <= until; at++) {
          const { total, total_delta: delta } = sink.get(`a ${at}`) ?? {};
          if (total === undefined) continue;
          expect(total).toBe(values[at]);
          if (last && total < last.value) {
            // It, and two readings after it, that say the same thing.
            const [second = -1, third = -1] = values.slice(at + 1, until + 1);
            expect([total, second, third]).toEqual([total, second, third].toSorted((x, y) => x - y));
            expect(total).toBeGreaterThan(0);
            expect(delta).toBeUndefined();
          } else expect(delta).toBe(last && total - last.value);
          last = { at, value: total };
        }
      }
    },
  );

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'differences never add up to more than was added, though runs are killed, late and done again (%i)',
    async (seed) => {
      const random = seededRandom(1000 + seed);
      const sink = new Map<string, { total?: number; total_delta?: number }>();
      let total = 100;
      const started: number[] = [];
      for (let at = 0; at < 40; at++) {
        total += Math.floor(random() * 20);
        const late = random() < 0.15 ? at - 1 - Math.floor(random() * 2) : at;
        await runOnce(sink, { at: Math.max(0, late), values: { a: total }, killed: random() < 0.25 });
        started.push(late);
      }
      const rows = [...sink].map(([key, row]) => ({ at: Number(key.split(' ')[1]), ...row })).sort((a, b) => a.at - b.at);
      const added = rows.slice(1).reduce((sum, { total_delta: delta = 0 }) => sum + delta, 0);
      expect(added).toBeLessThanOrEqual(total - 100);
      expect(rows.every(({ total_delta: delta = 0 }) => delta >= 0)).toBe(true);
    },
  );
});
