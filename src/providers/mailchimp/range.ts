import { utcDay, type Window } from '../../sdk/time.ts';

/** A window in a target, which is plain JSON; without bounds all there is. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
}

export function rangeOf(window: Window | undefined): Range {
  return window ? { from: window.from.toISOString(), to: window.to.toISOString() } : {};
}

/** Whether an instant is in the range. */
export function holds({ from, to }: Range, time: Date): boolean {
  return (from === undefined || time >= new Date(from)) && (to === undefined || time < new Date(to));
}

/** Whether a date that stands for a day or a month is in the range, and not ahead of the clock. */
export function holdsDate({ from, to }: Range, time: Date, now: Date): boolean {
  return time <= now && (from === undefined || time >= utcDay(new Date(from))) && (to === undefined || time < new Date(to));
}
