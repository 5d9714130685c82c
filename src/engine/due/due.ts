import { type Period, periodMs, periodStart } from '../period.ts';
import type { Done } from './done.ts';

/** The wait after the first try of a period that did not end well; each further one waits twice as long. Below the five minutes of a cron line. */
const firstWaitMs = 4 * 60_000;

/**
 * When an instance is due next; undefined when it is due now. Its current period is brought once, and tried again where that failed, ever
 * more seldom: what fails for good would else be asked for at every call. Without a period it is always due.
 */
export function dueNext(every: Period | undefined, done: Done, now: Date): Date | undefined {
  if (!every) return undefined;
  const at = periodStart(every, now);
  const over = new Date(at.getTime() + periodMs(every, at));
  if (done.whole !== undefined && Date.parse(done.whole) >= at.getTime()) return over;
  if (done.tried === undefined || Date.parse(done.tried.at) !== at.getTime()) return undefined;
  const again = Date.parse(done.tried.startedAt) + firstWaitMs * 2 ** Math.min(done.tried.times - 1, 20);
  return again <= now.getTime() ? undefined : new Date(Math.min(again, over.getTime()));
}

/** `nothing is due; next: github at 12:00Z`. */
export function nothingDue(next: readonly { readonly name: string; readonly next: Date }[], now: Date): string {
  const [first] = next.toSorted((one, other) => one.next.getTime() - other.next.getTime());
  if (!first) return 'nothing is due';
  const others = next.filter((one) => one.next.getTime() === first.next.getTime()).map((one) => one.name);
  return `nothing is due; next: ${others.join(', ')} at ${clockTime(first.next, now)}`;
}

/** `12:00Z` of today, else with its date. */
function clockTime(time: Date, now: Date): string {
  const text = time.toISOString();
  const isToday = text.slice(0, 10) === now.toISOString().slice(0, 10);
  const seconds = text.slice(16, 19) === ':00' ? '' : text.slice(16, 19);
  return `${isToday ? '' : `${text.slice(0, 10)} `}${text.slice(11, 16)}${seconds}Z`;
}
