import { setTimeout as wait } from 'node:timers/promises';

/** Time, as the engine takes it. Tests give it another. */
export interface Clock {
  now(): Date;
  /** Milliseconds, monotonic; only differences mean something. */
  elapsed(): number;
  /** Rejects with the signal's reason when that is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after so many milliseconds of real time, a time limit; the returned function calls it off. */
  timer(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
  timer(ms, call) {
    const timeout = setTimeout(call, ms);
    return () => clearTimeout(timeout);
  },
};

/** Resolves after so many milliseconds, or with `sooner`; true when the time was up first. */
export async function within(clock: Clock, ms: number, sooner: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.timer(ms, () => resolve(true));
  try {
    return await Promise.race([promise, sooner.then(() => false)]);
  } finally {
    cancel();
  }
}
