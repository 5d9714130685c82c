/** The instant at which the calendar date of `day` (00:00Z of it) plus `days` begins in an IANA zone. Throws RangeError on an unknown zone. */
export function startOfDate(day: Date, days: number, zone: string): Date {
  const local = day.getTime() + days * 86_400_000;
  if (zone === 'UTC') return new Date(local);
  // The zone's offset at the guess may not be the one at the result, where a clock change lies between; one more step settles it.
  const guess = local - offsetMs(local, zone);
  return new Date(local - offsetMs(guess, zone));
}

/** What a wall clock in `zone` shows at `instant`, minus UTC. */
function offsetMs(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(new Date(instant));
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(instant / 1000) * 1000;
}
