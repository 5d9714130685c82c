/** Half-open `[from, to)`, milliseconds. */
export type Range = readonly [from: number, to: number];
/** Apart from each other, ascending. */
export type Ranges = readonly Range[];

/** With one range more. */
export function withRange(ranges: Ranges, [from, to]: Range): Ranges {
  if (from >= to) return ranges;
  const last = ranges.at(-1);
  // What comes in order is put at the end, without a look at all that is there.
  if (last && from >= last[0] && from <= last[1]) return to <= last[1] ? ranges : ranges.with(-1, [last[0], to]);
  const before = ranges.filter((one) => one[1] < from);
  const after = ranges.filter((one) => one[0] > to);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const joined: Range = [Math.min(from, ...touched.map((one) => one[0])), Math.max(to, ...touched.map((one) => one[1]))];
  return [...before, joined, ...after];
}

/** What of a range is in none of the others. */
export function without([from, to]: Range, others: Ranges): Ranges {
  const left: Range[] = [];
  let at = from;
  for (const [begin, end] of others) {
    if (end <= at) continue;
    if (begin >= to) break;
    if (begin > at) left.push([at, begin]);
    at = Math.max(at, end);
  }
  if (at < to) left.push([at, to]);
  return left;
}

/** One range over all that are no further from each other than that. */
export function joined(ranges: Ranges, nearMs: number): Ranges {
  const near: Range[] = [];
  for (const range of ranges) {
    const last = near.at(-1);
    if (last && range[0] - last[1] <= nearMs) near[near.length - 1] = [last[0], range[1]];
    else near.push(range);
  }
  return near;
}
