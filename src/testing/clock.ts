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

/** Turns of the event loop before time goes on: what is to be done at one moment takes a few. */
const turns = 4;

/**
 * A clock whose time goes on by itself, from one event to the next: the end of a sleep or of a timer. Sleeps and time limits cost no time,
 * and come in one order, however busy the machine is.
 */
export function createEventClock(start = '2026-11-21T20:00:00.000Z'): Clock {
  const startMs = new Date(start).getTime();
  const events = new Set<{ readonly due: number; readonly call: () => void }>();
  let passed = 0;
  let goesOn = false;

  async function goOn(): Promise<void> {
    goesOn = true;
    while (events.size > 0) {
      for (let turn = 0; turn < turns; turn += 1) await macrotask();
      const [next] = [...events].sort((one, other) => one.due - other.due);
      if (next === undefined) break;
      events.delete(next);
      passed = Math.max(passed, next.due);
      next.call();
    }
    goesOn = false;
  }

  function timer(ms: number, call: () => void): () => void {
    const event = { due: passed + Math.max(0, ms), call };
    events.add(event);
    if (!goesOn) void goOn();
    return () => void events.delete(event);
  }

  return {
    now: () => new Date(startMs + passed),
    elapsed: () => passed,
    timer,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = () => reject(signal?.reason);
      const callOff = timer(ms, resolve);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await promise;
      } finally {
        callOff();
        signal?.removeEventListener('abort', abort);
      }
    },
  };
}
