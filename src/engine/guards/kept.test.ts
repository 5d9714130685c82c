import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../../sdk/sink.ts';
import { createTestClock } from '../../testing/clock.ts';
import { openLocalState } from '../state.ts';
import type { Known } from './judge.ts';
import { changesTo, counterKey, createGuardMemory, gapless, type Held, heldPoint } from './kept.ts';

let dir: string;
let store: StateStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-kept-'));
  store = await openLocalState(dir, { clock: createTestClock() });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const day = 86_400_000;
const at = Date.parse('2026-11-21T20:00:00Z');
const held = (id: string): Held => ({
  measurement: 'package',
  tags: { id, team: 'growth' },
  field: 'total',
  time: at,
  value: 0,
  was: 61_234_567,
  reason: 'it is under 1',
  collectedAt: at + 3000,
});
const keyOf = ({ measurement, tags, field }: Held) => counterKey(measurement, tags, field);

function counters(count: number): Map<string, Known<Held>> {
  const readings = [
    { time: at - day, value: 61_234_567.25 },
    { time: at, value: 61_234_568 },
  ];
  const all = Array.from({ length: count }, (_, index) => held(`package-${index}`));
  return new Map(all.map((one, index): [string, Known<Held>] => [keyOf(one), { readings, held: index % 3 === 0 ? [one] : [] }]));
}

describe('what is known of counters', () => {
  it('comes back as it was, of each instance its own', async () => {
    const memory = createGuardMemory(store);
    const known = counters(2500);
    await memory.change(changesTo('nuget', await memory.recall('nuget'), known, at));
    await memory.change(changesTo('nuget-2', await memory.recall('nuget-2'), counters(1), at));
    expect(new Map([...(await memory.recall('nuget')).counters].sort())).toEqual(new Map([...known].sort()));
    expect((await memory.recall('nuget-2')).counters.size).toBe(1);
    expect(await memory.instances()).toEqual(['nuget', 'nuget-2']);
  });

  it('is in records of less than 200 KB, of which only those that changed are written', async () => {
    const memory = createGuardMemory(store);
    const known = counters(2500);
    const changes = changesTo('nuget', await memory.recall('nuget'), known, at);
    for (const { value } of changes) expect(JSON.stringify(value ?? '').length).toBeLessThan(200_000);
    expect(changes.filter(({ kind }) => kind === 'reading').length).toBeGreaterThan(2);
    await memory.change(changes);
    const recalled = await memory.recall('nuget');
    const [first = ''] = [...recalled.counters.keys()].sort();
    const changed = new Map(recalled.counters).set(first, { readings: [{ time: at, value: 1 }], held: [] });
    const again = changesTo('nuget', recalled, changed);
    expect(again.filter(({ kind }) => kind === 'reading').map(({ key }) => key)).toEqual(['nuget/00000']);
  });

  it('is forgotten of a series that was not seen for 400 days, and its record is deleted', async () => {
    const memory = createGuardMemory(store);
    await memory.change(changesTo('nuget', await memory.recall('nuget'), counters(1), at));
    const recalled = await memory.recall('nuget');
    const changes = changesTo(
      'nuget',
      recalled,
      new Map([...recalled.counters].map(([key, one]) => [key, { ...one, held: [] }])),
      at + 401 * day,
    );
    await memory.change(changes);
    expect([await store.list('reading'), await store.list('held')]).toEqual([[], []]);
  });
});

describe('a run that begins to deliver differences', () => {
  it('is known until it ends, and no difference reaches over it', async () => {
    const memory = createGuardMemory(store);
    await memory.begin('nuget', await memory.recall('nuget'), at);
    await memory.begin('nuget', await memory.recall('nuget'), at);
    const recalled = await memory.recall('nuget');
    expect(recalled.open).toEqual([at]);
    const may = gapless(recalled);
    expect([may(at - 1, at + 1), may(at - 1, at), may(at, at + 1)]).toEqual([false, true, true]);
    await memory.change(changesTo('nuget', recalled, new Map(), at + 1));
    expect((await memory.recall('nuget')).open).toEqual([at]);
    await memory.change(changesTo('nuget', await memory.recall('nuget'), new Map(), at));
    expect((await memory.recall('nuget')).open).toEqual([]);
  });

  it('is one of 20 at most', async () => {
    const memory = createGuardMemory(store);
    for (let hour = 0; hour < 25; hour++) await memory.begin('nuget', await memory.recall('nuget'), at + hour);
    expect((await memory.recall('nuget')).open).toEqual(Array.from({ length: 20 }, (_, index) => at + 5 + index));
  });
});

it('a held value is a point of its own time', () => {
  expect(heldPoint(held('a'), { total_delta: 0 })).toEqual({
    measurement: 'package',
    tags: { id: 'a', team: 'growth' },
    fields: { total: 0, total_delta: 0 },
    time: new Date(at),
  });
});
