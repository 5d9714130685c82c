import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StateStore } from '../../sdk/sink.ts';
import { createTestClock } from '../../testing/clock.ts';
import { openLocalState } from '../state.ts';
import { createFinishedChunks, finishedFor } from './finished.ts';

let dir: string;
let state: StateStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-chunks-'));
  state = await openLocalState(dir, { clock: createTestClock() });
});
afterEach(async () => {
  await state.close();
  rmSync(dir, { recursive: true });
});

const day = (date: number) => new Date(Date.UTC(2026, 0, date));
const chunk = (measurement: string, from: number, to: number) => ({
  instance: 'shop',
  measurement,
  fingerprint: 'f',
  sinks: ['local'],
  window: { from: day(from), to: day(to) },
});
const spans = (...ranges: readonly [number, number][]) => ranges.map(([from, to]) => [day(from).getTime(), day(to).getTime()]);

it('keeps what is finished by instance, measurement and fingerprint', async () => {
  const chunks = createFinishedChunks(state);
  await chunks.add([chunk('a', 5, 10), chunk('b', 5, 10), { ...chunk('a', 1, 2), instance: 'shop2' }]);
  await chunks.add([chunk('a', 10, 12), chunk('a', 1, 2)]);
  expect([...(await chunks.of('shop'))]).toEqual([
    ['shop/a/f', spans([1, 2], [5, 12])],
    ['shop/b/f', spans([5, 10])],
  ]);
  await chunks.forget([chunk('a', 6, 7), chunk('b', 1, 30)]);
  expect([...(await chunks.of('shop'))]).toEqual([['shop/a/f', spans([1, 2], [5, 6], [7, 12])]]);
  await chunks.add([]);
});

it('loses nothing where two write at once', async () => {
  const some = Array.from({ length: 4 }, () => createFinishedChunks(state));
  await Promise.all(some.map((chunks, index) => chunks.add([chunk('a', index * 3 + 1, index * 3 + 2)])));
  expect((await createFinishedChunks(state).of('shop')).get('shop/a/f')).toEqual(spans([1, 2], [4, 5], [7, 8], [10, 11]));
});

it('gives up where another never stops writing', async () => {
  const never = createFinishedChunks({ ...state, change: async () => false });
  await expect(never.add([chunk('a', 1, 2)])).rejects.toThrow('another process kept changing it');
});

it('tells what was finished for a store, whatever it was asked with', async () => {
  const chunks = createFinishedChunks(state);
  await chunks.add([chunk('a', 1, 2), { ...chunk('a', 2, 4), fingerprint: 'g', sinks: ['archive', 'local'] }]);
  await chunks.add([{ ...chunk('a', 6, 9), fingerprint: 'h', sinks: ['archive'] }, chunk('b', 20, 30)]);
  const of = (store: string) => finishedFor(store, state, { instance: 'shop', measurement: 'a' });
  expect(await of('local')).toEqual(spans([1, 4]));
  expect(await of('archive')).toEqual(spans([2, 4], [6, 9]));
  expect(await of('other')).toEqual([]);
});
