import { type Period, parsePeriod, periodMs, periodStart } from '../../src/engine/period.ts';
import type { History } from '../../src/sdk/measurement.ts';
import { formatDuration } from '../../src/sdk/time.ts';
import type { ShopFault } from './shop.ts';
import type { Calendar, Unit, Upstream } from './upstream.ts';

const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Pacific/Kiritimati',
  'Pacific/Apia',
  'Etc/GMT+12',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
] as const;

/** Days before something happens to the calendar. */
const eves = [
  '2024-02-26', // a leap day
  '2026-02-25',
  '2026-03-05', // New York puts its clocks forward on the 8th
  '2026-03-26', // Berlin on the 29th
  '2026-04-02', // Lord Howe puts them back by half an hour on the 5th
  '2026-10-01', // and forward on the 4th
  '2026-10-22', // Berlin puts them back on the 25th
  '2026-10-29', // New York on the 1st of November
  '2026-11-27',
  '2026-12-28',
  '2011-12-27', // Samoa leaves out the 30th
] as const;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** One run of a schedule. */
export interface Step {
  /** On the clock. */
  readonly when: number;
  /** What the run stands for, where that is not the clock. */
  readonly at?: number | undefined;
  readonly fault?: ShopFault | 'store' | 'death' | undefined;
  readonly slowMs: number;
}

export interface Schedule {
  readonly upstream: Upstream;
  readonly history: History;
  /** By the config, before the declaration's. */
  readonly settleMs?: number | undefined;
  readonly every?: Period | undefined;
  readonly tellsAll: boolean;
  readonly start: number;
  readonly steps: readonly Step[];
}

/** A schedule as it might be: runs that are late, missed, failed or repeated. The last is a good one, and on nobody's behalf but the clock's. */
export function drawSchedule(seed: number, random: () => number, calendar: Calendar): Schedule {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const chance = (part: number) => random() < part;
  const unit: Unit = chance(0.75) ? 'day' : 'month';
  const isAccount = chance(0.5);
  const own = Array.from({ length: isAccount ? 3 : 2 }, () => pick(zones));
  const accounts = isAccount ? own : own.map(() => own[0] as string);
  const settleMs = pick([0, 5 * hourMs, dayMs, 2 * dayMs, 3 * dayMs, 14 * dayMs]);
  const depthMs = chance(0.4) ? pick(unit === 'day' ? [2, 5, 14, 30] : [40, 70, 180]) * dayMs : undefined;
  const isOverridden = chance(0.2);
  const upstream: Upstream = { calendar, seed, unit, zones: accounts, settleMs, depthMs };
  const history: History = {
    zone: isAccount ? 'account' : (accounts[0] as string),
    ...(!isOverridden && { settle: formatDuration(settleMs || 1000).replace(/^1s$/, '0s') }),
    ...(depthMs !== undefined && { depth: formatDuration(depthMs) }),
    ...(chance(0.6) && { first: `${pick(unit === 'day' ? [1, 7, 30] : [60, 200])}d` }),
  };
  const text = pick(['', '15m', '1h', '4h', '12h', '1d', '1d', '2d', '1w', '1mo']);
  const every = text === '' ? undefined : parsePeriod(text);
  const start = Date.parse(`${pick(eves)}T00:00:00Z`) + Math.floor(random() * 2 * dayMs);

  const steps: Step[] = [];
  let clock = start;
  const count = 6 + Math.floor(random() * 12);
  for (let number = 0; number < count; number += 1) {
    // Now and then periods are missed, by hours or by weeks.
    const missed = chance(0.25) ? random() * pick([5 * hourMs, 60 * hourMs, 20 * dayMs]) : 0;
    clock = next(every, clock + missed, random) + lateness(every, clock, random, pick, chance);
    // At times just before or after a period becomes final.
    if (every === undefined && chance(0.3)) clock = nearEnd(upstream, clock, random);
    steps.push({
      when: clock,
      at: chance(0.2) ? clock - Math.floor(random() * pick([2 * dayMs, 10 * dayMs, 60 * dayMs])) : undefined,
      fault: chance(0.3) ? pick(['connect', 'shop', 'period', 'store', 'death'] as const) : undefined,
      slowMs: chance(0.2) ? Math.floor(random() * 20 * minuteMs) : 0,
    });
    clock += hourMs;
  }
  const last = next(every, clock, random) + lateness(every, clock, random, pick, chance);
  steps.push({ when: every === undefined && chance(0.5) ? nearEnd(upstream, last, random) : last, slowMs: 0 });
  return { upstream, history, every, start, steps, tellsAll: chance(0.3), ...(isOverridden && { settleMs }) };
}

/** Within three quarters of an hour of the moment at which a day of the first account is final. */
function nearEnd({ calendar, zones: [zone = 'UTC'], settleMs }: Upstream, after: number, random: () => number): number {
  const date = new Date(after + 2 * dayMs - settleMs).toISOString().slice(0, 10);
  return calendar.startIn(zone, date) + settleMs + Math.floor((random() - 0.5) * 1.5 * hourMs);
}

/** When the next run is due. */
function next(every: Period | undefined, clock: number, random: () => number): number {
  const now = new Date(Math.ceil(clock));
  if (every === undefined) return now.getTime() + Math.floor(random() * 30 * hourMs);
  return periodStart(every, now).getTime() + periodMs(every, now);
}

/** Mostly minutes, at times hours. */
function lateness(
  every: Period | undefined,
  clock: number,
  random: () => number,
  pick: (list: readonly number[]) => number,
  chance: (part: number) => boolean,
): number {
  if (chance(0.1)) return 0;
  if (chance(0.6)) return Math.floor(random() * 10 * minuteMs);
  const period = every === undefined ? dayMs : periodMs(every, new Date(clock));
  return Math.floor(random() * pick([5 * hourMs, period, Math.min(2 * period, 40 * hourMs)]));
}
