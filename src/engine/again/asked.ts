import type { Measurement } from '../../sdk/measurement.ts';
import type { StateChange } from '../../sdk/sink.ts';
import type { Window } from '../../sdk/time.ts';
import type { ProviderInstance } from '../config/config.ts';
import { type InstancePlan, planInstance, type WindowEnd } from '../plan.ts';

/** What an instance in which something failed had been asked for. */
export interface Asked {
  readonly type: string;
  readonly at: Date;
  /** By measurement; one without a window has no past. */
  readonly windows: Readonly<Record<string, Window | undefined>>;
  /** With what failed, all of its time is collected: no point was lost by a sink, and no measurement and no sink was left out. */
  readonly completes: boolean;
}

interface Stored {
  readonly type: string;
  readonly at: string;
  readonly windows: Readonly<Record<string, readonly [string, string] | null>>;
  readonly completes: boolean;
}

/** The record of it: beside the failed targets, under the same key. */
export function askedChange(key: string, type: string, plan: InstancePlan, completes: boolean): StateChange {
  const windows = plan.measurements.map(({ name }): [string, readonly [string, string] | null] => {
    const window = plan.windows[name];
    return [name, window ? [window.from.toISOString(), window.to.toISOString()] : null];
  });
  const value: Stored = { type, at: plan.at.toISOString(), windows: Object.fromEntries(windows), completes };
  return { kind: 'asked', key, value };
}

export function askedFrom(value: unknown): Asked | undefined {
  if (value === undefined) return undefined;
  const { type, at, windows, completes } = value as Stored;
  const read = Object.entries(windows).map(([name, range]) => [
    name,
    range ? { from: new Date(range[0]), to: new Date(range[1]) } : undefined,
  ]);
  return { type, at: new Date(at), windows: Object.fromEntries(read), completes };
}

/** The plan of an earlier run once more: its time and its windows, of the measurements that it asked for. */
export function planAgain(
  instance: ProviderInstance,
  declared: readonly Measurement[],
  asked: Asked | undefined,
  options: { readonly at: Date; readonly now: Date; readonly ends: Readonly<Record<string, WindowEnd>> },
): InstancePlan {
  const at = asked?.at ?? options.at;
  const plan = planInstance(instance, declared, { ...options, at, ...(asked && { measurements: Object.keys(asked.windows) }) });
  if (!asked) return { ...plan, givenUp: {} };
  const windows: Record<string, Window> = {};
  for (const { name } of plan.measurements) {
    const window = asked.windows[name] ?? plan.windows[name];
    if (window) windows[name] = window;
  }
  // The period of the schedule may be another since: the points of that run are at its own time.
  return { ...plan, at, windows, givenUp: {} };
}
