import type { RunReport } from '../sdk/report.ts';
import type { RunOptions } from './run.ts';

/** Where a run asks for less than all that its providers were to bring at its time. */
export function partOf({
  again,
  backfill,
  measurements,
}: Pick<RunOptions, 'again' | 'backfill' | 'measurements'>): Pick<RunReport, 'asked'> {
  if (again) return { asked: 'failed' };
  if (backfill) return { asked: 'range' };
  return measurements ? { asked: 'measurements' } : {};
}
