import { expect, it } from 'vitest';
import { datesOf } from './request.ts';

function dates(from: string, to: string): unknown {
  return datesOf({ from: new Date(from), to: new Date(to) });
}

it('are the dates that a window touches', () => {
  expect(dates('2026-11-18T00:00:00Z', '2026-11-21T20:00:00Z')).toEqual({ from: '2026-11-18', to: '2026-11-21' });
  // Half-open: nothing of the day at whose midnight it ends.
  expect(dates('2026-11-18T00:00:00Z', '2026-11-21T00:00:00Z')).toEqual({ from: '2026-11-18', to: '2026-11-20' });
  expect(dates('2024-02-28T00:00:00Z', '2024-03-01T00:00:00Z')).toEqual({ from: '2024-02-28', to: '2024-02-29' });
});

it('are none of an empty window, and none before the first day that Google tells of', () => {
  expect(dates('2026-11-18T00:00:00Z', '2026-11-18T00:00:00Z')).toBeUndefined();
  expect(dates('2010-01-01T00:00:00Z', '2015-08-14T00:00:00Z')).toBeUndefined();
  expect(dates('2010-01-01T00:00:00Z', '2015-08-15T00:00:00Z')).toEqual({ from: '2015-08-14', to: '2015-08-14' });
});
