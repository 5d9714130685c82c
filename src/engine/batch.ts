import type { Entry, Point } from '../sdk/point.ts';
import type { Clock } from './clock.ts';

/** Entries on their way to the outlets, merged by identity: field by field, the later wins. */
export interface Batch {
  readonly size: number;
  /** True when it should be sent on: it is large, or has waited. */
  readonly due: boolean;
  /** True when the point was new, false when it was merged into one that is here. */
  add(key: string, point: Point, provisional: boolean): boolean;
  take(): readonly Entry[];
}

const mostEntries = 1000;
const longestMs = 1000;

export function createBatch(runId: string, clock: Clock): Batch {
  let entries = new Map<string, Entry>();
  // One Date for all entries of a batch: stores spell it once. A batch is at most a second old.
  let collectedAt = clock.now();
  let since = 0;
  return {
    get size() {
      return entries.size;
    },
    get due() {
      return entries.size >= mostEntries || (entries.size > 0 && clock.elapsed() - since >= longestMs);
    },
    add(key, point, provisional) {
      if (entries.size === 0) {
        collectedAt = clock.now();
        since = clock.elapsed();
      }
      const earlier = entries.get(key);
      if (!earlier) {
        entries.set(key, { point, runId, collectedAt, provisional });
        return true;
      }
      entries.set(key, { point: { ...point, fields: { ...earlier.point.fields, ...point.fields } }, runId, collectedAt, provisional });
      return false;
    },
    take() {
      const taken = [...entries.values()];
      entries = new Map();
      return taken;
    },
  };
}
