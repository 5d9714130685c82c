import { describe, expect, it } from 'vitest';
import { holds, holdsDate, rangeOf } from './range.ts';

const range = rangeOf({ from: new Date('2026-11-18T15:00:00Z'), to: new Date('2026-11-20T00:00:00Z') });
const now = new Date('2026-11-19T10:00:00Z');
const date = (text: string) => new Date(`${text}T00:00:00Z`);

describe('a range', () => {
  it('is plain JSON, and without bounds where no window was asked for', () => {
    expect(range).toEqual({ from: '2026-11-18T15:00:00.000Z', to: '2026-11-20T00:00:00.000Z' });
    expect(rangeOf(undefined)).toEqual({});
  });

  it.each([
    ['2026-11-18T14:59:59Z', false],
    ['2026-11-18T15:00:00Z', true],
    ['2026-11-19T23:59:59Z', true],
    ['2026-11-20T00:00:00Z', false],
  ])('is half-open: %s is in it: %s', (time, isIn) => {
    expect(holds(range, new Date(time))).toBe(isIn);
    expect(holds({}, new Date(time))).toBe(true);
  });

  it.each([
    ['2026-11-17', false],
    ['2026-11-18', true],
    ['2026-11-19', true],
    ['2026-11-20', false],
  ])('has whole dates: %s is in it: %s', (day, isIn) => {
    expect(holdsDate(range, date(day), new Date('2027-01-01T00:00:00Z'))).toBe(isIn);
  });

  it('has no date that is ahead of the clock', () => {
    expect([date('2026-11-19'), date('2026-11-20')].map((day) => holdsDate({}, day, now))).toEqual([true, false]);
  });
});
