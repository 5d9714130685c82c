import type { RunReport } from '../../sdk/report.ts';
import type { StateChange, StateStore } from '../../sdk/sink.ts';
import type { AskedPart, Ended } from '../again/remember.ts';

/** How far an instance has come, over all runs. Times are ISO 8601; those of runs are their `at`. */
export interface Done {
  /** The last one in which all of it was collected without a problem. */
  readonly whole?: string;
  /** The last one in which it brought anything. */
  readonly some?: string;
  /** The last one in which it did not end well: how often that was tried, and since when for the last time. */
  readonly tried?: { readonly at: string; readonly times: number; readonly startedAt: string };
}

const kind = 'done';

export async function doneOf(state: StateStore, instance: string): Promise<Done> {
  return ((await state.read(kind, instance))?.value as Done | undefined) ?? {};
}

/**
 * How far each instance has come with this run. A run that was asked for less than all, some measurements or some sinks, tells nothing
 * of that; nor does one of a time before the last.
 */
export async function doneChanges(
  state: StateStore,
  report: RunReport,
  ended: readonly (Ended & { readonly brought: number; readonly done?: boolean })[],
  asked: AskedPart,
): Promise<readonly StateChange[]> {
  if (asked.isPart || asked.leavesSinks) return [];
  const isKept = report.sinks.every((sink) => sink.lost === 0);
  const changes: StateChange[] = [];
  for (const { instance, plan, again, heldBy, brought, done } of ended) {
    const status = report.providers.find((one) => one.name === instance.name)?.status;
    if (heldBy !== undefined || status === undefined) continue;
    const before = await doneOf(state, instance.name);
    // What was collected, and is held back, need not be asked for again.
    const isWhole = (status === 'ok' || done === true) && isKept && (again === undefined || again.asked?.completes === true);
    const at = plan.at.toISOString();
    const value = next(before, { at, startedAt: report.startedAt, isWhole, isSome: brought > 0 && isKept, isAgain: again !== undefined });
    if (JSON.stringify(value) !== JSON.stringify(before)) changes.push({ kind, key: instance.name, value });
  }
  return changes;
}

interface Came {
  readonly at: string;
  readonly startedAt: string;
  readonly isWhole: boolean;
  readonly isSome: boolean;
  readonly isAgain: boolean;
}

function next(before: Done, { at, startedAt, isWhole, isSome, isAgain }: Came): Done {
  const whole = isWhole ? later(before.whole, at) : before.whole;
  const some = isSome ? later(before.some, at) : before.some;
  const isOver = before.tried !== undefined && isWhole && before.tried.at <= at;
  // What failed in part is tried again by whoever asks for that; the schedule tries by itself.
  const isTry = !isWhole && !isAgain && at >= (before.tried?.at ?? '');
  const times = before.tried?.at === at ? before.tried.times + 1 : 1;
  const tried = isTry ? { at, times, startedAt } : isOver ? undefined : before.tried;
  return { ...(whole !== undefined && { whole }), ...(some !== undefined && { some }), ...(tried && { tried }) };
}

function later(one: string | undefined, other: string): string {
  return one !== undefined && one > other ? one : other;
}
