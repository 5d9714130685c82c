import type { TransientError } from '../sdk/errors.ts';

/** How patient an outlet is. */
export interface Patience {
  /** After this long without an acknowledgement a sink is stuck: it no longer slows the run. */
  readonly stuckMs: number;
  /** A write that takes longer opens the circuit. */
  readonly writeMs: number;
  readonly closeMs: number;
  /** Waits between the tries of one batch. */
  readonly retryMs: readonly number[];
  /** A store that asks for a longer wait gets its points in another run. */
  readonly longestWaitMs: number;
  /** How long a batch that is not full waits for more. */
  readonly lingerMs: number;
}

export const usualPatience: Patience = {
  stuckMs: 5000,
  writeMs: 30_000,
  closeMs: 2000,
  retryMs: [500, 1000, 2000, 4000],
  longestWaitMs: 15_000,
  lingerMs: 200,
};

/** The wait before the next try of a write; undefined when the tries are spent, or the store asks for too much patience. */
export function waitBefore(error: TransientError, tries: number, { retryMs, longestWaitMs }: Patience): number | undefined {
  const planned = retryMs[tries - 1];
  if (planned === undefined) return undefined;
  const waitMs = Math.max(planned, error.retryAfterMs ?? 0);
  return waitMs > longestWaitMs ? undefined : waitMs;
}
