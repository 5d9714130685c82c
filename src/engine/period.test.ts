import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Period, parsePeriod, periodMs, periodStart } from './period.ts';

function period(text: string): Period {
  const parsed = parsePeriod(text);
  if (!parsed) throw new Error(`${text} is no period`);
  return parsed;
}

function start(text: string, at: string): string {
  return periodStart(period(text), new Date(at)).toISOString();
}

describe('parsePeriod', () => {
  it.each(['1s', '90s', '15m', '1h', '4h', '24h', '48h', '1d', '7d', '30d', '1w', '1mo', ' 4h '])('takes %s', (text) => {
    expect(parsePeriod(text)).toBeDefined();
  });

  it.each(['0s', '7m', '5h', '36h', '25h', '2w', '0w', '2mo', '1y', '4', 'h', '-4h', '1.5h', '', '999999999d'])('refuses "%s"', (text) => {
    expect(parsePeriod(text)).toBeUndefined();
  });
});

describe('periodStart', () => {
  it.each([
    ['4h', '2026-11-21T20:00:00.000Z', '2026-11-21T20:00:00.000Z'],
    ['4h', '2026-11-21T23:59:59.999Z', '2026-11-21T20:00:00.000Z'],
    ['15m', '2026-11-21T20:14:59.999Z', '2026-11-21T20:00:00.000Z'],
    ['90s', '2026-11-21T00:02:59.000Z', '2026-11-21T00:01:30.000Z'],
    ['1d', '2024-02-29T23:00:00.000Z', '2024-02-29T00:00:00.000Z'],
    ['2d', '1970-01-02T23:59:59.999Z', '1970-01-01T00:00:00.000Z'],
    ['2d', '1970-01-03T00:00:00.000Z', '1970-01-03T00:00:00.000Z'],
    ['7d', '2026-11-21T12:00:00.000Z', '2026-11-19T00:00:00.000Z'], // a Thursday, as 1970-01-01 was
    ['1w', '2026-11-22T23:59:59.999Z', '2026-11-16T00:00:00.000Z'], // Sunday belongs to the Monday before
    ['1w', '2026-11-23T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['1w', '1970-01-01T00:00:00.000Z', '1969-12-29T00:00:00.000Z'],
    ['1mo', '2024-02-29T23:59:59.999Z', '2024-02-01T00:00:00.000Z'],
    ['1mo', '2026-01-31T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
    ['4h', '1969-12-31T23:59:59.999Z', '1969-12-31T20:00:00.000Z'],
  ])('%s at %s starts %s', (text, at, expected) => {
    expect(start(text, at)).toBe(expected);
  });

  it('holds its moment, and its start is its own start', () => {
    const texts = fc.constantFrom('90s', '15m', '4h', '1d', '3d', '1w', '1mo');
    const times = fc.date({ min: new Date('1960-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(texts, times, (text, at) => {
        const from = periodStart(period(text), at);
        const to = from.getTime() + periodMs(period(text), at);
        expect(from.getTime()).toBeLessThanOrEqual(at.getTime());
        expect(to).toBeGreaterThan(at.getTime());
        expect(periodStart(period(text), from)).toEqual(from);
        expect(periodStart(period(text), new Date(to))).toEqual(new Date(to));
      }),
    );
  });
});

describe('periodMs', () => {
  it.each([
    ['4h', '2026-11-21T20:00:00Z', 4],
    ['1w', '2026-11-21T20:00:00Z', 7 * 24],
    ['1mo', '2026-02-10T00:00:00Z', 28 * 24],
    ['1mo', '2024-02-29T00:00:00Z', 29 * 24],
    ['1mo', '2026-12-31T23:00:00Z', 31 * 24],
  ])('of %s at %s is %d h', (text, at, hours) => {
    expect(periodMs(period(text), new Date(at))).toBe(hours * 3_600_000);
  });
});
