/** Half-open range of time `[from, to)`, UTC. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds of `90s`, `10m`, `4h`, `3d` or `1w`; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d|w)$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** A duration for people, in the largest unit that divides it: `90s`, `10m`, `4h`, `3d`; below a second `250ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`;
  }
  return `${Math.round(ms / 100) / 10}s`;
}

/** A duration rounded down to what people ask for: to the minute, from six hours on to the hour. */
export function roughly(ms: number): number {
  const unit = ms >= 6 * unitMs.h ? unitMs.h : unitMs.m;
  return Math.floor(ms / unit) * unit;
}

/** 00:00Z of the calendar date that holds `time` in UTC. */
export function utcDay(time: Date): Date {
  return new Date(Math.floor(time.getTime() / unitMs.d) * unitMs.d);
}

/** True for `2026-11-21T20:00:00.000Z`: the one form in which a moment travels. */
export function isMoment(text: string): boolean {
  return readMoment(text) !== undefined;
}

/** The time that a moment in its one form says; undefined for anything else. */
export function readMoment(text: string): Date | undefined {
  if (!momentForm.test(text)) return undefined;
  const time = new Date(text);
  // Of a day that its month does not have, and of 24:00, Date makes another day.
  return time.getUTCDate() === Number(text.slice(8, 10)) ? time : undefined;
}

const momentForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
