/** What periods a measurement of the upstream is of. */
export type Unit = 'day' | 'month';

/**
 * An upstream whose numbers grow until a period is over in the account's zone, and are revised until it has settled: a pure function of the
 * series, the period and the moment at which it is asked.
 */
export interface Upstream {
  readonly calendar: Calendar;
  readonly seed: number;
  readonly unit: Unit;
  /** One account each, by its zone. */
  readonly zones: readonly string[];
  readonly settleMs: number;
  /** What is older is told no more; of a period that is so in part, the rest. */
  readonly depthMs?: number | undefined;
}

export interface Told {
  readonly n: number;
  /** Counted when the period is over. */
  readonly late?: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What an account tells of a period (`2026-11-21`, or the first of a month) at a moment; undefined: nothing. */
export function tell(upstream: Upstream, account: number, period: string, asked: number): Told | undefined {
  const { depthMs = Number.POSITIVE_INFINITY } = upstream;
  const { start, end } = boundsOf(upstream, account, period);
  const whole = tellWhole(upstream, account, period, asked);
  const cut = asked - depthMs - start;
  if (whole === undefined || cut <= 0) return whole;
  return cut >= end - start ? undefined : { ...whole, n: Math.floor(whole.n * (1 - cut / (end - start))) - 1 };
}

/** The same of an upstream that forgets nothing. */
export function tellWhole(upstream: Upstream, account: number, period: string, asked: number): Told | undefined {
  const { start, end } = boundsOf(upstream, account, period);
  const numberOf = (what: string | number, most: number) => hash(`${upstream.seed} ${account} ${period} ${what}`) % most;
  // Days without anything are left out, and a date that the zone left out is none.
  if (asked < start || start === end || numberOf('silent', 11) === 0) return undefined;
  const base = 10_000 + numberOf('base', 90_000);
  if (asked < end) return { n: Math.floor((base * (asked - start)) / (end - start)) };
  const revision = Math.min(asked, end + upstream.settleMs);
  return { n: base + numberOf(revision, 997), late: numberOf(`late ${revision}`, 97) };
}

/** Whether a period is over and settled. */
export function isFinal(upstream: Upstream, account: number, period: string, asked: number): boolean {
  return boundsOf(upstream, account, period).end + upstream.settleMs <= asked;
}

/** Whether nothing of a period is forgotten yet. */
export function isWhole(upstream: Upstream, account: number, period: string, asked: number): boolean {
  return boundsOf(upstream, account, period).start >= asked - (upstream.depthMs ?? Number.POSITIVE_INFINITY);
}

/** The periods that have begun somewhere on earth, the newest last. */
export function periodsBetween(unit: Unit, from: number, to: number): readonly string[] {
  const periods: string[] = [];
  for (let day = Math.floor(from / dayMs) * dayMs; day < to; day += dayMs) {
    const date = textOf(day);
    if (unit === 'day' || date.endsWith('-01')) periods.push(date);
  }
  return periods;
}

function textOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function boundsOf({ calendar, unit, zones }: Upstream, account: number, period: string): { readonly start: number; readonly end: number } {
  const zone = zones[account] ?? 'UTC';
  const day = new Date(`${period}T00:00:00Z`);
  const next = unit === 'day' ? day.getTime() + dayMs : Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1);
  return { start: calendar.startIn(zone, period), end: calendar.startIn(zone, textOf(next)) };
}

/** When dates begin, found by looking at calendars and not by offsets. */
export interface Calendar {
  /** The first moment at which a calendar in the zone shows the date, or a later one. */
  startIn(zone: string, date: string): number;
}

export function createCalendar(): Calendar {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const starts = new Map<string, number>();

  function dateIn(zone: string, time: number): string {
    const known = formats.get(zone);
    const format = known ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    if (!known) formats.set(zone, format);
    return format.format(time);
  }

  return {
    startIn(zone, date) {
      const key = `${zone} ${date}`;
      const known = starts.get(key);
      if (known !== undefined) return known;
      let before = Date.parse(date) - 2 * dayMs;
      let after = Date.parse(date) + 2 * dayMs;
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (dateIn(zone, middle) >= date) after = middle;
        else before = middle;
      }
      starts.set(key, after);
      return after;
    },
  };
}

/** FNV-1a, mixed once more: its last bits alone are no good. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
