import type { Entry, Point } from '../sdk/point.ts';
import type { Clock } from './clock.ts';

/** Entries on their way to the outlets, merged by identity: field by field, the later wins. */
export interface Batch {
  readonly size: number;
  /** True when it should be sent on: it is large, or has waited. */
  readonly due: boolean;
  /** True when the point was new, false when it was merged into one that is here. */
  add(series: string, point: Point, provisional: boolean): boolean;
  take(): readonly Entry[];
}

const mostEntries = 1000;
const longestMs = 1000;

export function createBatch(runId: string, clock: Clock): Batch {
  let entries: Entry[] = [];
  /** The place of each among the entries, by series and time. */
  let places = new Map<string, Map<number, number>>();
  // One Date for all entries of a batch: stores spell it once. A batch is at most a second old.
  let collectedAt = clock.now();
  let since = 0;
  return {
    get size() {
      return entries.length;
    },
    get due() {
      return entries.length >= mostEntries || (entries.length > 0 && clock.elapsed() - since >= longestMs);
    },
    add(series, point, provisional) {
      if (entries.length === 0) {
        collectedAt = clock.now();
        since = clock.elapsed();
      }
      let ofSeries = places.get(series);
      if (!ofSeries) {
        ofSeries = new Map();
        places.set(series, ofSeries);
      }
      const time = point.time.getTime();
      const place = ofSeries.get(time);
      if (place === undefined) {
        ofSeries.set(time, entries.length);
        entries.push({ point, runId, collectedAt, provisional });
        return true;
      }
      const fields = { ...entries[place]?.point.fields, ...point.fields };
      entries[place] = { point: { ...point, fields }, runId, collectedAt, provisional };
      return false;
    },
    take() {
      const taken = entries;
      entries = [];
      places = new Map();
      return taken;
    },
  };
}
