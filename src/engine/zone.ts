const dayMs = 86_400_000;

/** What writes dates by a zone's clock, by zone. One takes a third of a millisecond to make: who asks often keeps them. */
export type Formats = Map<string, Intl.DateTimeFormat>;

/**
 * The instant at which the calendar date of `day` (00:00Z of it) plus `days` begins in an IANA zone: the first whose wall clock shows it,
 * which is not midnight where the clock is put forward over that. Throws RangeError on an unknown zone.
 */
export function startOfDate(day: Date, days: number, zone: string, formats: Formats = new Map()): Date {
  const local = day.getTime() + days * dayMs;
  if (zone === 'UTC') return new Date(local);
  const offsetMs = offsetsIn(zone, formats);
  // The clock is changed at most once around a midnight: the offset there is that of the day before it, or of the day after it.
  const midnights = [local - dayMs, local + dayMs].map((near) => local - offsetMs(near)).sort((a, b) => a - b);
  const shown = midnights.find((instant) => instant + offsetMs(instant) === local);
  if (shown !== undefined) return new Date(shown);
  let [before, start] = midnights as [number, number];
  while (start - before > 1) {
    const middle = Math.floor((before + start) / 2);
    if (middle + offsetMs(middle) < local) before = middle;
    else start = middle;
  }
  return new Date(start);
}

/** What a wall clock in `zone` shows at an instant, minus UTC. */
function offsetsIn(zone: string, formats: Formats): (instant: number) => number {
  const format = formats.get(zone) ?? formatOf(zone);
  formats.set(zone, format);
  return (instant) => {
    const parts = format.formatToParts(new Date(instant));
    const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
    const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return shown - Math.floor(instant / 1000) * 1000;
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}
