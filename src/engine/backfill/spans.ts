import type { Window } from '../../sdk/time.ts';
import { type Ranges, without, withRange } from '../ranges.ts';

/** Half-open ranges of time in milliseconds, in order, none touching another. */
export type Spans = Ranges;

/** The spans and one more range of time. */
export function withSpan(spans: Spans, { from, to }: Window): Spans {
  return withRange(spans, [from.getTime(), to.getTime()]);
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
export function missingIn(spans: Spans, { from, to }: Window): readonly Window[] {
  const missing = without([from.getTime(), to.getTime()], spans);
  return missing.map(([first, last]) => ({ from: new Date(first), to: new Date(last) })).toReversed();
}
