import type { Window } from '../../sdk/time.ts';

/** Half-open ranges of time in milliseconds, in order, none touching another. */
export type Spans = readonly (readonly [from: number, to: number])[];

/** The spans and one more range of time. */
export function withSpan(spans: Spans, { from, to }: Window): Spans {
  let [start, end] = [from.getTime(), to.getTime()];
  if (start >= end) return spans;
  const before: [number, number][] = [];
  const after: [number, number][] = [];
  for (const [first, last] of spans) {
    if (last < start) before.push([first, last]);
    else if (first > end) after.push([first, last]);
    else [start, end] = [Math.min(start, first), Math.max(end, last)];
  }
  return [...before, [start, end], ...after];
}

/** The spans without a range of time. */
export function withoutSpan(spans: Spans, { from, to }: Window): Spans {
  const [start, end] = [from.getTime(), to.getTime()];
  if (start >= end) return spans;
  return spans.flatMap(([first, last]) =>
    [[first, Math.min(last, start)] as const, [Math.max(first, end), last] as const].filter(([left, right]) => left < right),
  );
}

/** From the first moment of a window that the spans do not have to the last; undefined where they have all of it. */
export function missingIn(spans: Spans, { from, to }: Window): Window | undefined {
  let [start, end] = [from.getTime(), to.getTime()];
  for (const [first, last] of spans) if (first <= start && last > start) start = last;
  for (const [first, last] of spans.toReversed()) if (first < end && last >= end) end = first;
  return start < end ? { from: new Date(start), to: new Date(end) } : undefined;
}
