import type { Seen } from '../judge.ts';
import type { Kind } from '../store.ts';

export interface Size {
  /** Through one run. */
  readonly points: number;
  /** Stops, resets, or kills. */
  readonly moments: number;
  readonly seed: number;
}

export interface Trial {
  /** A row of the table, in a few words. */
  readonly what: string;
  /** Why it cannot be done here, with what brings what it needs. Absent or undefined: it can. */
  missing?(): string | undefined;
  /** Undefined where it cannot be done to this store. */
  run(kind: Kind, size: Size): Promise<Seen | undefined>;
}
