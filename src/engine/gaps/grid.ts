import type { Measurement } from '../../sdk/measurement.ts';
import { type Period, periodMs, periodStart } from '../period.ts';
import { lagOf } from '../plan.ts';

/** The periods in which a series has a point each. Times are milliseconds, UTC. */
export interface Grid {
  /** The start of the period that holds a time. */
  start(time: number): number;
  /** The start of the period after the one that begins then. */
  next(start: number): number;
}

const dayMs = 86_400_000;

export function gridOf(period: Period): Grid {
  if (period.unit === 'fixed') {
    const { ms } = period;
    return { start: (time) => Math.floor(time / ms) * ms, next: (from) => from + ms };
  }
  const start = (time: number) => periodStart(period, new Date(time)).getTime();
  return { start, next: (from) => from + periodMs(period, new Date(from)) };
}

/** The periods of a measurement's points; undefined for one whose points come as they come. */
export function gridOfMeasurement({ time }: Pick<Measurement, 'time'>, every: Period | undefined): Grid | undefined {
  if (time === 'day') return gridOf({ unit: 'fixed', ms: dayMs, text: '1d' });
  if (time === 'month') return gridOf({ unit: 'month', text: '1mo' });
  return time === 'snapshot' && every ? gridOf(every) : undefined;
}

/**
 * Up to when a point is to be expected: the end of the last period that is over, and after which a scheduled run had its time. A snapshot
 * is taken at the beginning of its period.
 */
export function expectedUntil(
  grid: Grid,
  measurement: Pick<Measurement, 'time' | 'history'>,
  every: Period | undefined,
  now: number,
): number {
  if (measurement.time === 'snapshot') return grid.start(now);
  const graceMs = every ? periodMs(every, new Date(now)) : dayMs;
  return grid.start(now - lagOf(measurement) - graceMs);
}
