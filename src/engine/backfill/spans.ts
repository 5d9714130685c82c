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

/** The parts of a window that the spans do not have, the newest first. */
export function missingIn(spans: Spans, window: Window): readonly Window[] {
  const missing: Window[] = [];
  let end = window.to;
  for (const [first, last] of spans.toReversed()) {
    if (last <= window.from.getTime()) break;
    if (first >= end.getTime()) continue;
    if (last < end.getTime()) missing.push({ from: new Date(last), to: end });
    end = new Date(first);
  }
  if (window.from < end) missing.push({ from: window.from, to: end });
  return missing;
}
