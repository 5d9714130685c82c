import type { Measurement } from '../../sdk/measurement.ts';
import { durationMs } from '../../sdk/time.ts';
import type { Range } from '../ranges.ts';
import type { Grid } from './grid.ts';

/** A part of what is missing, and what can be done about it. */
export interface Part {
  readonly range: Range;
  /** `range`: a backfill brings it; `at`: a run at the period's time does, while its snapshots may still be taken. */
  readonly recoverable: 'range' | 'at' | undefined;
  /** When the oldest period of it cannot be asked for any more. */
  readonly lostOn?: number;
}

/** What of a range of missing periods can still be had. `now` is the moment from which the upstream's memory is counted. */
export function judge(range: Range, measurement: Pick<Measurement, 'time' | 'history'>, grid: Grid, now: number): readonly Part[] {
  if (measurement.time === 'snapshot') return judgeSnapshots(range, grid, now);
  if (!measurement.history) return [{ range, recoverable: undefined }];
  const { depth } = measurement.history;
  const depthMs = depth === undefined ? undefined : durationMs(depth);
  if (depthMs === undefined) return [{ range, recoverable: 'range' }];
  const oldest = grid.start(now - depthMs) >= now - depthMs ? grid.start(now - depthMs) : grid.next(grid.start(now - depthMs));
  return split(range, oldest).map(([part, isLost]): Part => {
    return isLost ? { range: part, recoverable: undefined } : { range: part, recoverable: 'range', lostOn: part[0] + depthMs };
  });
}

/** Today's numbers are never stamped into the past: of snapshots only the last period can be taken, up to two periods after its start. */
function judgeSnapshots(range: Range, grid: Grid, now: number): readonly Part[] {
  const current = grid.start(now);
  const last = grid.start(current - 1);
  const lostOn = last + 2 * (grid.next(last) - last);
  return split(range, last).map(([part, isLost]): Part => {
    return isLost || now >= lostOn ? { range: part, recoverable: undefined } : { range: part, recoverable: 'at', lostOn };
  });
}

/** What lies before a time, and the rest. */
function split([from, to]: Range, at: number): readonly (readonly [Range, boolean])[] {
  if (to <= at) return [[[from, to], true]];
  if (from >= at) return [[[from, to], false]];
  return [
    [[from, at], true],
    [[at, to], false],
  ];
}
