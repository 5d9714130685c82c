import { setImmediate as macrotask } from 'node:timers/promises';
import type { Entry, Tags } from '../../sdk/point.ts';
import type { Range } from '../ranges.ts';
import type { Grid } from './grid.ts';

/** How a series is looked at: by which periods, and up to when. */
export interface Expected {
  readonly grid: Grid;
  readonly until: number;
}

export interface MissingOptions {
  /** Asked once for each series; undefined: it is not judged. */
  expected(tags: Tags): Expected | undefined;
  /** A range of whole periods without a point, between the first point of a series and now. */
  found(tags: Tags, range: Range): void;
  /** A period that has a point. */
  has(start: number): void;
}

/** After so many rows signals and timers have their turn: a store may answer all of them at once. */
const rowsABreath = 1000;

/** Looks for the periods without a point, in a stream by series and time. Keeps one series' last period in mind. Tells how many series there are. */
export async function findMissing(entries: AsyncIterable<Entry>, options: MissingOptions): Promise<number> {
  let tags: Tags | undefined;
  let expected: Expected | undefined;
  let next = Number.NaN;
  let series = 0;
  let rows = 0;

  function end(): void {
    if (tags && expected && next < expected.until) options.found(tags, [next, expected.until]);
  }

  for await (const { point } of entries) {
    rows++;
    if (rows % rowsABreath === 0) await macrotask();
    if (!tags || !isSame(tags, point.tags)) {
      end();
      series++;
      tags = point.tags;
      expected = options.expected(tags);
      next = Number.NaN;
    }
    if (!expected) continue;
    const start = expected.grid.start(point.time.getTime());
    if (start > next && next < expected.until) options.found(tags, [next, Math.min(start, expected.until)]);
    options.has(start);
    next = expected.grid.next(start);
  }
  end();
  return series;
}

function isSame(one: Tags, other: Tags): boolean {
  let names = 0;
  for (const name in one) {
    if (one[name] !== other[name]) return false;
    names++;
  }
  for (const _ in other) names--;
  return names === 0;
}
