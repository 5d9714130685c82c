import { expect, it } from 'vitest';
import { joined, type Range, type Ranges, without, withRange } from './ranges.ts';

it('join what touches, and nothing else', () => {
  let ranges: Ranges = [];
  for (const range of [
    [10, 20],
    [40, 50],
    [0, 5],
    [30, 30],
    [20, 25],
  ] as Range[])
    ranges = withRange(ranges, range);
  expect(ranges).toEqual([
    [0, 5],
    [10, 25],
    [40, 50],
  ]);
  expect(withRange(ranges, [4, 41])).toEqual([[0, 50]]);
});

it('are left where none of the others is', () => {
  expect(
    without(
      [0, 100],
      [
        [10, 20],
        [90, 200],
      ],
    ),
  ).toEqual([
    [0, 10],
    [20, 90],
  ]);
  expect(without([12, 18], [[10, 20]])).toEqual([]);
  expect(without([0, 5], [])).toEqual([[0, 5]]);
});

it('are one where they lie near to each other', () => {
  expect(
    joined(
      [
        [0, 10],
        [12, 20],
        [40, 50],
      ],
      5,
    ),
  ).toEqual([
    [0, 20],
    [40, 50],
  ]);
});
