import { formatDuration, roughly } from '../../sdk/time.ts';
import type { ProviderInstance } from '../config/config.ts';
import type { Done } from '../due/done.ts';
import { periodMs } from '../period.ts';

export type Judgement = 'ok' | 'warning' | 'error';

/** How old the data of one provider is, and what is to be thought of that. Times are ISO 8601, those of runs their `at`. */
export interface ProviderFreshness {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly status: Judgement;
  /** The last run in which all of it was collected without a problem. */
  readonly whole: string | null;
  /** The last run in which it brought anything. */
  readonly some: string | null;
  /** Of what it brought last. */
  readonly ageMs: number | null;
  readonly warnMs: number | null;
  readonly errorMs: number | null;
  /** What is wrong, or why nothing can be said. */
  readonly message?: string;
}

export interface Limits {
  readonly warnMs: number | undefined;
  readonly errorMs: number | undefined;
}

/** What the config allows; else two and three periods: one that was missed is worth a look, two are a failure. */
export function limitsOf({ every, freshness }: Pick<ProviderInstance, 'every' | 'freshness'>, now: Date): Limits {
  const period = every && periodMs(every, now);
  const warn = freshness?.warn ?? (period && period * 2);
  const error = freshness?.error ?? (period && period * 3);
  if (warn === undefined || error === undefined || warn <= error) return { warnMs: warn, errorMs: error };
  // Only one of them is the user's, or both would be in order: that one wins.
  return freshness?.warn === undefined ? { warnMs: error, errorMs: error } : { warnMs: warn, errorMs: warn };
}

/** Judges by the last run that brought anything; one that was not whole for too long is a warning, since the rest is fresh. */
export function freshnessOf(instance: ProviderInstance, done: Done, now: Date): ProviderFreshness {
  const limits = limitsOf(instance, now);
  const age = (at: string | undefined) => (at === undefined ? undefined : Math.max(0, now.getTime() - Date.parse(at)));
  const told = judge(limits, done, age(done.some), age(done.whole));
  return {
    name: instance.name,
    type: instance.type,
    required: instance.required,
    status: told.status,
    whole: done.whole ?? null,
    some: done.some ?? null,
    ageMs: age(done.some) ?? null,
    warnMs: limits.warnMs ?? null,
    errorMs: limits.errorMs ?? null,
    ...(told.message !== undefined && { message: told.message }),
  };
}

function judge(
  { warnMs, errorMs }: Limits,
  done: Done,
  someMs: number | undefined,
  wholeMs: number | undefined,
): { readonly status: Judgement; readonly message?: string } {
  if (someMs === undefined) return { status: 'error', message: 'no run has brought its present data yet' };
  const old = `has brought nothing for ${formatDuration(roughly(someMs))}`;
  if (errorMs !== undefined && someMs > errorMs) return { status: 'error', message: `${old}; ${formatDuration(errorMs)} is an error` };
  if (warnMs !== undefined && someMs > warnMs) return { status: 'warning', message: `${old}; ${formatDuration(warnMs)} is a warning` };
  if (warnMs === undefined && errorMs === undefined) return { status: 'ok', message: 'not judged: set every, or freshness' };
  const limit = warnMs ?? errorMs ?? 0;
  if (wholeMs !== undefined && wholeMs <= limit) return { status: 'ok' };
  // The first run that was not whole is no alarm: it has its own exit code.
  if (wholeMs === undefined && done.tried !== undefined && done.tried.times < 3) return { status: 'ok' };
  const since = done.whole === undefined ? 'has never come without a problem' : `has come with problems since ${minute(done.whole)}`;
  return { status: 'warning', message: `${since}: see kpi runs` };
}

function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')}Z`;
}
