import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StateStore } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { createLeases } from './leases.ts';
import { openLocalState } from './state.ts';

const clock = createTestClock();
let dir: string;
let store: StateStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-leases-'));
  store = await openLocalState(dir, { clock });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const leases = (runId: string) => createLeases(store, { runId, host: 'here', pid: process.pid, clock });

it('are one run’s at a time', async () => {
  const [first, second] = [leases('r1'), leases('r2')];
  expect([await first.take('instance/github'), await second.take('instance/github'), await second.take('sink/local')]).toEqual([
    undefined,
    'r1',
    undefined,
  ]);
  expect([first.holds('instance/github'), second.holds('instance/github'), first.holds('sink/local')]).toEqual([true, false, false]);
});

it('are all given back, also when one cannot be', async () => {
  const failing: StateStore = {
    ...store,
    change: (changes) =>
      changes.some((one) => one.key === 'a' && one.value === undefined) ? Promise.reject(new Error('gone')) : store.change(changes),
  };
  const first = createLeases(failing, { runId: 'r1', host: 'here', pid: process.pid, clock });
  for (const name of ['a', 'b']) await first.take(name);
  await first.release();
  expect([first.holds('a'), first.holds('b')]).toEqual([false, false]);
  const second = leases('r2');
  expect([await second.take('a'), await second.take('b')]).toEqual(['r1', undefined]);
  await second.release();
});
