import type { Measurement } from '../sdk/measurement.ts';
import { durationMs, utcDay, type Window } from '../sdk/time.ts';
import { matchesAny } from './patterns.ts';
import { type Period, periodMs, periodStart } from './period.ts';

/** What the plan needs to know of an instance. */
export interface PlanInstance {
  readonly name: string;
  readonly only?: readonly string[] | undefined;
  readonly every?: Period | undefined;
  readonly settleMs?: number | undefined;
}

export interface InstancePlan {
  readonly at: Date;
  /** The measurements to collect, a subset of the declared. */
  readonly measurements: readonly Measurement[];
  readonly windows: Readonly<Record<string, Window>>;
  /** Snapshots that are too old to be taken: today's numbers are never stamped into the past. */
  readonly tooOld: readonly string[];
}

const dayMs = 86_400_000;

/**
 * What one instance is asked for. Pure. `at` is the run's time, which the instance rounds down to its own period; `ends` tells, for
 * each measurement with a past, the end of the last window that was collected in full.
 */
export function planInstance(
  instance: PlanInstance,
  declared: readonly Measurement[],
  options: {
    readonly at: Date;
    readonly now: Date;
    readonly measurements?: readonly string[] | undefined;
    readonly ends: Readonly<Record<string, Date>>;
  },
): InstancePlan {
  const at = instance.every ? periodStart(instance.every, options.at) : wholeSecond(options.at);
  const oldest = options.now.getTime() - 2 * (instance.every ? periodMs(instance.every, at) : dayMs / 2);
  const tooOld: string[] = [];
  const measurements: Measurement[] = [];
  const windows: Record<string, Window> = {};
  for (const measurement of declared) {
    if (instance.only && !matchesAny(instance.only, measurement.name)) continue;
    if (options.measurements && !matchesAny(options.measurements, measurement.name)) continue;
    if (measurement.time === 'snapshot' && at.getTime() < oldest) {
      tooOld.push(measurement.name);
      continue;
    }
    measurements.push(measurement);
    if (measurement.history) windows[measurement.name] = windowOf(measurement, at, instance.settleMs, options.ends[measurement.name]);
  }
  return { at, measurements, windows, tooOld };
}

/** `[midnight of min(end of the last full window, at − settle), at)`, not older than `depth`; the first time from `at − first`. */
function windowOf(measurement: Measurement, at: Date, settleMs: number | undefined, end: Date | undefined): Window {
  const history = measurement.history ?? {};
  const settle = settleMs ?? ms(history.settle) ?? 0;
  const first = ms(history.first) ?? settle;
  const depth = ms(history.depth);
  const wanted = end ? Math.min(end.getTime(), at.getTime() - settle) : at.getTime() - first;
  const oldest = depth === undefined ? Number.NEGATIVE_INFINITY : at.getTime() - depth;
  return { from: utcDay(new Date(Math.max(wanted, oldest))), to: at };
}

function ms(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
