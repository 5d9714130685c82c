import { describe, expect, it } from 'vitest';
import { type Period, parsePeriod } from '../period.ts';
import { lagOf } from '../plan.ts';
import { expectedUntil, gridOfMeasurement } from './grid.ts';

const every = (text: string) => parsePeriod(text) as Period;
const at = (text: string) => Date.parse(text);
const day = { time: 'day', history: {} } as const;
const month = { time: 'month', history: { zone: 'account' } } as const;
const snapshot = { time: 'snapshot' } as const;

describe('the periods of a measurement', () => {
  it.each([
    [day, undefined, '2026-11-21T20:07:00Z', '2026-11-21', '2026-11-22'],
    [month, every('4h'), '2026-02-10', '2026-02-01', '2026-03-01'],
    [snapshot, every('4h'), '2026-11-21T20:07:00Z', '2026-11-21T20:00Z', '2026-11-22'],
    [snapshot, every('1mo'), '2024-02-29', '2024-02-01', '2024-03-01'],
  ])('%j of %j', (measurement, period, time, start, next) => {
    const grid = gridOfMeasurement(measurement, period);
    expect(grid?.start(at(time))).toBe(at(start));
    expect(grid?.next(at(start))).toBe(at(next));
  });

  it('are none where nothing says when a point should be there', () => {
    expect(gridOfMeasurement(snapshot, undefined)).toBeUndefined();
    expect(gridOfMeasurement({ time: 'event' }, every('4h'))).toBeUndefined();
  });
});

describe('a point is to be expected', () => {
  const until = (measurement: typeof day | typeof month | typeof snapshot, period: Period | undefined, now: string) => {
    const grid = gridOfMeasurement(measurement, period);
    return grid && new Date(expectedUntil(grid, measurement, period, at(now))).toISOString().slice(0, 16);
  };
  it('once its day is over, and a scheduled run had its time', () => {
    expect(until(day, every('4h'), '2026-11-22T03:59:00Z')).toBe('2026-11-21T00:00');
    expect(until(day, every('4h'), '2026-11-22T04:00:00Z')).toBe('2026-11-22T00:00');
    expect(until(day, undefined, '2026-11-22T23:59:00Z')).toBe('2026-11-21T00:00');
  });
  it('later where its days may be those of another zone', () => {
    expect(lagOf(month)).toBe(14 * 3_600_000);
    expect(until(month, every('4h'), '2026-12-01T17:59:00Z')).toBe('2026-11-01T00:00');
    expect(until(month, every('4h'), '2026-12-01T18:00:00Z')).toBe('2026-12-01T00:00');
  });
  it('of a snapshot, once its period is over', () => {
    expect(until(snapshot, every('4h'), '2026-11-21T23:59:00Z')).toBe('2026-11-21T20:00');
  });
});
