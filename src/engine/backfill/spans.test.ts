import fc from 'fast-check';
import { expect, it } from 'vitest';
import { missingIn, type Spans, withoutSpan, withSpan } from './spans.ts';

const span = (from: number, to: number) => ({ from: new Date(from), to: new Date(to) });

it('joins what touches', () => {
  const some = [span(0, 10), span(20, 30), span(40, 50)].reduce<Spans>(withSpan, []);
  expect(withSpan(some, span(10, 20))).toEqual([
    [0, 30],
    [40, 50],
  ]);
  expect(withoutSpan(some, span(5, 45))).toEqual([
    [0, 5],
    [45, 50],
  ]);
});

it.each<[number, number, ...[number, number][]]>([
  [0, 30, [10, 20]],
  [0, 10],
  [5, 25, [10, 20]],
  [12, 18, [12, 18]],
  [0, 50, [30, 50], [10, 20]],
  [-5, 8, [-5, 0]],
])('of [%i, %i) misses %j %j', (from, to, ...parts) => {
  const spans: Spans = [
    [0, 10],
    [20, 30],
  ];
  expect(missingIn(spans, span(from, to))).toEqual(parts.map((part) => span(...part)));
});

it('is a set of moments, whatever is added and taken away', () => {
  const moment = fc.integer({ min: 0, max: 30 });
  const step = fc.record({ adds: fc.boolean(), from: moment, to: moment });
  const property = fc.property(fc.array(step, { maxLength: 20 }), fc.tuple(moment, moment), (steps, [from, to]) => {
    const moments = new Set<number>();
    let spans: Spans = [];
    for (const one of steps) {
      spans = one.adds ? withSpan(spans, span(one.from, one.to)) : withoutSpan(spans, span(one.from, one.to));
      for (let at = one.from; at < one.to; at++) one.adds ? moments.add(at) : moments.delete(at);
    }
    const told = Array.from({ length: 31 }, (_, at) => at).filter((at) => spans.some(([first, last]) => first <= at && at < last));
    expect(new Set(told)).toEqual(moments);
    for (const [index, [first]] of spans.entries()) if (index > 0) expect(first).toBeGreaterThan(spans[index - 1]?.[1] as number);
    const left = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index).filter((at) => !moments.has(at));
    const missing = missingIn(spans, span(from, to)).toReversed();
    const asked = missing.flatMap((part) =>
      Array.from({ length: part.to.getTime() - part.from.getTime() }, (_, index) => part.from.getTime() + index),
    );
    expect(asked).toEqual(left);
  });
  fc.assert(property, { numRuns: 500 });
});
