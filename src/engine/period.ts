import { durationMs } from '../sdk/time.ts';

/** The period of a schedule, anchored in UTC. */
export type Period =
  /** Divides a day, or is whole days, counted from 1970-01-01T00:00Z. */
  | { readonly unit: 'fixed'; readonly ms: number; readonly text: string }
  /** From Monday. */
  | { readonly unit: 'week'; readonly text: string }
  | { readonly unit: 'month'; readonly text: string };

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** 1970-01-01 was a Thursday: the Monday before it. */
const mondayMs = -3 * dayMs;
/** A schedule of more than ten years is a mistake, and its next start may be no date at all. */
const longestMs = 3660 * dayMs;

/** A period of `15m`, `4h`, `2d`, `1w` or `1mo`; undefined for what neither divides 24 h nor is whole days, or is no duration. */
export function parsePeriod(text: string): Period | undefined {
  const written = text.trim();
  if (written === '1mo') return { unit: 'month', text: written };
  if (written === '1w') return { unit: 'week', text: written };
  if (written.endsWith('w')) return undefined;
  const ms = durationMs(written);
  if (ms === undefined || ms === 0 || ms > longestMs) return undefined;
  if (dayMs % ms !== 0 && ms % dayMs !== 0) return undefined;
  return { unit: 'fixed', ms, text: written };
}

/** The start of the period that holds `at`. */
export function periodStart(period: Period, at: Date): Date {
  if (period.unit === 'month') return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
  if (period.unit === 'week') return floor(at, weekMs, mondayMs);
  return floor(at, period.ms, 0);
}

/** How long the period that holds `at` is: months differ. */
export function periodMs(period: Period, at: Date): number {
  if (period.unit === 'week') return weekMs;
  if (period.unit === 'fixed') return period.ms;
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) - Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
}

function floor(at: Date, ms: number, anchor: number): Date {
  return new Date(Math.floor((at.getTime() - anchor) / ms) * ms + anchor);
}
