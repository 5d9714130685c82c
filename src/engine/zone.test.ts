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

// https://www.iana.org/time-zones
it.each([
  ['America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z'],
  ['America/Santiago', '2026-09-06', '2026-09-06T04:00:00.000Z'],
  ['America/Asuncion', '2024-10-06', '2024-10-06T04:00:00.000Z'],
  ['Atlantic/Azores', '2026-03-29', '2026-03-29T01:00:00.000Z'],
  ['America/Coyhaique', '2024-09-08', '2024-09-08T04:00:00.000Z'],
  ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00.000Z'],
  // From 23:30 to 00:30.
  ['America/Toronto', '1919-03-31', '1919-03-31T04:30:00.000Z'],
  // A date that was left out begins and ends with the next.
  ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
  ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z'],
])('in %s, where it has no midnight, %s begins at %s', (zone, date, start) => {
  expect(startOfDate(new Date(`${date}T00:00Z`), 0, zone).toISOString()).toBe(start);
});

it.each([
  // Midnight comes twice.
  ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'],
  ['Atlantic/Azores', '2026-10-25', '2026-10-25T00:00:00.000Z'],
  // At midnight it is 23:00 once more.
  ['America/Santiago', '2026-04-05', '2026-04-05T04:00:00.000Z'],
  ['-14:00', '2026-04-05', '2026-04-05T14:00:00.000Z'],
])('in %s, where the clock is put back about midnight, %s begins at %s', (zone, date, start) => {
  expect(startOfDate(new Date(`${date}T00:00Z`), 0, zone).toISOString()).toBe(start);
});

it('is the first instant whose wall clock shows the date, in any zone', () => {
  let count = 0;
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    const clock = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    // The dates about which the clock of the zone is changed.
    for (const changed of changes(zone, 2026)) {
      for (const days of [0, 1]) {
        const date = new Date(changed + days * 86_400_000).toISOString().slice(0, 10);
        const start = startOfDate(new Date(`${date}T00:00Z`), 0, zone);
        const found = [clock.format(start), clock.format(start.getTime() - 1) < date];
        expect({ zone, date, found }).toEqual({ zone, date, found: [date, true] });
        count++;
      }
    }
  }
  expect(count).toBeGreaterThan(300);
});

/** The days on which the offset of a zone changes; none where it is the same in January, March, July and October. */
function changes(zone: string, year: number): readonly number[] {
  const clock = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const offset = (time: number) => clock.formatToParts(time).find((part) => part.type === 'timeZoneName')?.value;
  const found: number[] = [];
  if (new Set([0, 2, 6, 9].map((month) => offset(Date.UTC(year, month, 15)))).size === 1) return found;
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 86_400_000) {
    if (offset(day) !== offset(day + 86_400_000)) found.push(day);
  }
  return found;
}

it('counts days on the calendar', () => {
  expect(startOfDate(new Date('2026-10-25T00:00Z'), 1, 'Europe/Berlin').toISOString()).toBe('2026-10-25T23:00:00.000Z');
});

it('refuses a zone that does not exist', () => {
  expect(() => startOfDate(new Date('2026-11-21T00:00Z'), 0, 'Mars/Olympus')).toThrow(RangeError);
});
