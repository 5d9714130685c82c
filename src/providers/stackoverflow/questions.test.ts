import { expect, it } from 'vitest';
import { daysOf } from './questions.ts';

function days(from: string, to: string): readonly string[] {
  return daysOf({ from: new Date(from), to: new Date(to) }).map((day) => day.toISOString().slice(5, 10));
}

it('asks for each date that a window touches, the newest first', () => {
  expect(days('2026-02-27T00:00:00Z', '2026-03-01T20:00:00Z')).toEqual(['03-01', '02-28', '02-27']);
  expect(days('2028-02-28T12:00:00Z', '2028-03-01T00:00:00.001Z')).toEqual(['03-01', '02-29', '02-28']);
});

it('leaves out the date at whose midnight a window ends', () => {
  expect(days('2026-02-27T00:00:00Z', '2026-02-28T00:00:00Z')).toEqual(['02-27']);
});

it('asks for nothing in an empty window', () => {
  expect(days('2026-02-28T00:00:00Z', '2026-02-28T00:00:00Z')).toEqual([]);
});
