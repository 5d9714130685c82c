import { setImmediate as macrotask } from 'node:timers/promises';
import { type Clock, systemClock } from '../engine/clock.ts';

/** A clock whose time moves only when somebody sleeps or `advance` is called. */
export interface TestClock extends Clock {
  /** How long each sleep was asked to be, in order. */
  readonly sleeps: readonly number[];
  advance(ms: number): void;
}

/**
 * Time at no cost: `sleep` resolves on a later macrotask, in the order of the moments at which sleepers wake, and takes the clock with
 * it. Two sleeps of one second at once take one second.
 */
export function createTestClock(start = '2026-11-21T20:00:00.000Z'): TestClock {
  const startMs = new Date(start).getTime();
  const sleeps: number[] = [];
  const sleepers = new Set<{ readonly due: number }>();
  let passed = 0;

  return {
    sleeps,
    now: () => new Date(startMs + passed),
    elapsed: () => passed,
    advance(ms) {
      passed += ms;
    },
    timer: systemClock.timer,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      const own = { due: passed + Math.max(0, ms) };
      sleepers.add(own);
      try {
        do {
          await macrotask();
          signal?.throwIfAborted();
        } while (!isFirst(own, sleepers));
      } finally {
        sleepers.delete(own);
      }
      passed = Math.max(passed, own.due);
    },
  };
}

function isFirst(own: { readonly due: number }, sleepers: Iterable<{ readonly due: number }>): boolean {
  for (const other of sleepers) {
    if (other.due < own.due) return false;
  }
  return true;
}
