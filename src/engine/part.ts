import type { RunReport } from '../sdk/report.ts';
import type { AskedPart } from './again/remember.ts';
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

/** What of its time a run was not to bring at all. */
export function leftOutOf({ config, measurements }: Pick<RunOptions, 'config' | 'measurements'>): AskedPart {
  return { isPart: measurements !== undefined, leavesSinks: config.sinks.some((sink) => sink.enabled && !sink.selected) };
}

/** Whether a run brings all that is still to be brought at its time: what is not due was brought before. */
export function asksAll({ again, notDue = [], ...options }: Pick<RunOptions, 'again' | 'config' | 'measurements' | 'notDue'>): boolean {
  const { isPart, leavesSinks } = leftOutOf(options);
  const isAsked = (name: string) => notDue.some((one) => one.name === name);
  return !again && !isPart && !leavesSinks && options.config.providers.every((one) => !one.enabled || one.selected || isAsked(one.name));
}
