import { expect, it } from 'vitest';
import { startOfDate } from './zone.ts';

it.each([
  ['UTC', '2026-11-21', '2026-11-21T00:00:00.000Z'],
  ['America/Los_Angeles', '2026-11-21', '2026-11-21T08:00:00.000Z'],
  ['Asia/Kolkata', '2026-11-21', '2026-11-20T18:30:00.000Z'],
  ['Pacific/Auckland', '2026-11-21', '2026-11-20T11:00:00.000Z'],
  // The day of the change to summer time, and the day after it.
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
])('in %s %s begins at %s', (zone, date, start) => {
  expect(startOfDate(new Date(`${date}T00:00Z`), 0, zone).toISOString()).toBe(start);
});

it('counts days on the calendar', () => {
  expect(startOfDate(new Date('2026-10-25T00:00Z'), 1, 'Europe/Berlin').toISOString()).toBe('2026-10-25T23:00:00.000Z');
});

it('refuses a zone that does not exist', () => {
  expect(() => startOfDate(new Date('2026-11-21T00:00Z'), 0, 'Mars/Olympus')).toThrow(RangeError);
});
