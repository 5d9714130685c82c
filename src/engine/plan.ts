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
  /** What is not asked for any more, by measurement: it was asked for too long, and no run brought it in full. */
  readonly givenUp: Readonly<Record<string, Window>>;
  /** Snapshots that are too old to be taken: today's numbers are never stamped into the past. */
  readonly tooOld: readonly string[];
}

/** Up to where a measurement was collected in full, and since when no run has got further. */
export interface WindowEnd {
  readonly to: Date;
  readonly heldSince?: Date | undefined;
}

const dayMs = 86_400_000;
/** For so long all days since the last full window are asked for again; then only those of so long. */
export const longestHeldMs = 31 * dayMs;

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
    readonly ends: Readonly<Record<string, WindowEnd>>;
  },
): InstancePlan {
  const at = instance.every ? periodStart(instance.every, options.at) : wholeSecond(options.at);
  const oldest = options.now.getTime() - 2 * (instance.every ? periodMs(instance.every, at) : dayMs / 2);
  const tooOld: string[] = [];
  const measurements: Measurement[] = [];
  const windows: Record<string, Window> = {};
  const givenUp: Record<string, Window> = {};
  for (const measurement of declared) {
    if (instance.only && !matchesAny(instance.only, measurement.name)) continue;
    if (options.measurements && !matchesAny(options.measurements, measurement.name)) continue;
    if (measurement.time === 'snapshot' && at.getTime() < oldest) {
      tooOld.push(measurement.name);
      continue;
    }
    measurements.push(measurement);
    if (!measurement.history) continue;
    const end = options.ends[measurement.name];
    const windowFrom = (last: Date | undefined) => windowOf(measurement, at, options.now, instance.settleMs, last);
    const whole = windowFrom(end?.to);
    const window = windowFrom(end && stillAsked(end, whole.to));
    windows[measurement.name] = window;
    if (window.from > whole.from) givenUp[measurement.name] = { from: whole.from, to: window.from };
  }
  return { at, measurements, windows, givenUp, tooOld };
}

/** The end of the last full window, or a later one: a target that fails in every run must not have the others ask for more each day. */
function stillAsked({ to, heldSince }: WindowEnd, now: Date): Date {
  if (heldSince === undefined || now.getTime() - heldSince.getTime() <= longestHeldMs) return to;
  return new Date(Math.max(to.getTime(), now.getTime() - longestHeldMs));
}

/** No zone is further from UTC than this; which one a session says is not known yet. https://www.iana.org/time-zones */
const widestLagMs = 14 * 3_600_000;

/**
 * From the start of the oldest period that was not final at the end of the last window that was collected in full: over in its zone, and
 * settled. The first time that is so of `at − first`. Never what is older than `depth`, nor a period that is so in part: a number of a
 * part would be taken for the whole. It ends at `at`, or now where that is earlier: what is still to come was not collected.
 */
function windowOf(measurement: Measurement, at: Date, now: Date, settleMs: number | undefined, end: Date | undefined): Window {
  const history = measurement.history ?? {};
  const settle = settleMs ?? ms(history.settle) ?? 0;
  const depth = ms(history.depth);
  const to = Math.min(at.getTime(), now.getTime());
  const settled = end ? Math.min(end.getTime(), to) - settle : to - (ms(history.first) ?? settle);
  const wanted = startOf(measurement, Math.max(0, settled - lagOf(measurement)));
  // The upstream forgets by its own clock, however late the run is.
  const oldest = depth === undefined ? 0 : Math.max(at.getTime(), now.getTime()) - depth;
  return { from: new Date(Math.min(to, wanted < oldest ? nextStart(measurement, oldest) : wanted)), to: new Date(to) };
}

/**
 * Up to where the periods of a measurement are final for what was collected at `now`: over in their zone, and settled.
 */
export function finalUntil(measurement: Measurement, now: Date, settleMs: number | undefined): Date {
  const settle = settleMs ?? ms(measurement.history?.settle) ?? 0;
  return new Date(startOf(measurement, Math.max(0, now.getTime() - settle - lagOf(measurement))));
}

/** For how long after its end in UTC a period may not be over in its zone. */
export function lagOf({ time, history = {} }: Pick<Measurement, 'time' | 'history'>): number {
  return time === 'event' || (history.zone ?? 'UTC') === 'UTC' ? 0 : widestLagMs;
}

/** 00:00Z of the date, or of the first of the month, whose period holds `time` in UTC. */
export function startOf(measurement: Measurement, time: number): number {
  const day = utcDay(new Date(time));
  return measurement.time === 'month' ? day.setUTCDate(1) : day.getTime();
}

/** The start of the first period that has nothing before `time`; an event lasts no time. */
export function nextStart(measurement: Measurement, time: number): number {
  if (measurement.time === 'event') return time;
  const start = startOf(measurement, time);
  if (start >= time) return start;
  return measurement.time === 'day' ? start + dayMs : new Date(start).setUTCMonth(new Date(start).getUTCMonth() + 1);
}

function ms(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : durationMs(duration);
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
