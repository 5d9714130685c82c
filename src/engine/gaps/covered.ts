import type { Measurement } from '../../sdk/measurement.ts';
import type { Entry } from '../../sdk/point.ts';
import { durationMs } from '../../sdk/time.ts';
import type { ProviderInstance } from '../config/config.ts';
import { periodMs } from '../period.ts';
import { lagOf, longestHeldMs } from '../plan.ts';
import { type Range, type Ranges, withRange } from '../ranges.ts';
import type { Grid } from './grid.ts';

const dayMs = 86_400_000;

/** When an instance was collected without a problem and this store was written to, as the store's own points of runs say. */
export interface Covered {
  /** Begins and ends with such a run, and no run is missing between them. */
  readonly chains: Ranges;
  /** The periods of its schedule in which such a run began. */
  readonly periods: Ranges;
}

/**
 * Reads the `kpi_provider_run` of one instance, by series and time. A run asks for all since the last that had no problem, and so what
 * lies between two of them was asked for, unless one between them went to other sinks alone: where a run is missing, nothing is claimed.
 */
export async function coveredBy(
  rows: AsyncIterable<Entry>,
  { every }: Pick<ProviderInstance, 'every'>,
  grid: Grid | undefined,
): Promise<Covered> {
  let chains: Ranges = [];
  let periods: Ranges = [];
  let before = Number.NaN;
  let lastGood = Number.NaN;
  for await (const { point } of rows) {
    const { status, asked = 'all', scheduled_at: scheduled } = point.fields;
    // It asked for a part, whatever else was to be brought.
    if (asked !== 'all') continue;
    const time = point.time.getTime();
    const apart = every ? periodMs(every, point.time) * 1.5 : dayMs * 1.5;
    // Of another shard, or with other tags: a series of its own.
    if (!(time >= before && time - before <= apart)) lastGood = Number.NaN;
    before = time;
    if (status !== 'ok') continue;
    const at = typeof scheduled === 'string' ? Date.parse(scheduled) : time;
    if (grid) periods = withRange(periods, [grid.start(at), grid.next(grid.start(at))]);
    // A rerun of an earlier time.
    if (at <= lastGood) continue;
    if (at - lastGood <= longestHeldMs) chains = withRange(chains, [lastGood, at]);
    lastGood = at;
  }
  return { chains, periods };
}

/** Whole periods of a measurement that were collected without a problem: a series that has no point in one had none to give. */
export function coveredPeriods(
  { chains, periods }: Covered,
  finished: Ranges,
  measurement: Pick<Measurement, 'time' | 'history'>,
  grid: Grid,
  settleMs: number | undefined,
): Ranges {
  if (measurement.time === 'snapshot') return periods;
  const settle = settleMs ?? durationMs(measurement.history?.settle ?? '0s') ?? 0;
  // A run asks for whole periods: for all of the month that was not over when the last one ended.
  const asked = chains.map(([from, to]): Range => [grid.start(from - settle), to - lagOf(measurement)]);
  let covered: Ranges = [];
  for (const range of [...asked, ...finished]) covered = withRange(covered, wholePeriods(range, grid));
  return covered;
}

/** The periods that lie in a range as a whole. */
function wholePeriods([from, to]: Range, grid: Grid): Range {
  const start = grid.start(from);
  return [start >= from ? start : grid.next(start), grid.start(to)];
}
