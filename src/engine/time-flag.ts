import { durationMs, utcDay } from '../sdk/time.ts';

const dayMs = 86_400_000;

/**
 * A time as people write it on the command line, UTC: ISO 8601 (`2026-11-21`, `2026-11-21T20:00`, with `Z` or an offset), `-7d`,
 * `now`, `today`, `yesterday`. Undefined for anything else.
 */
export function parseTime(text: string, now: Date): Date | undefined {
  const written = text.trim();
  if (written === 'now') return now;
  if (written === 'today') return utcDay(now);
  if (written === 'yesterday') return new Date(utcDay(now).getTime() - dayMs);
  if (written.startsWith('-')) {
    const ms = durationMs(written.slice(1));
    return ms === undefined ? undefined : new Date(now.getTime() - ms);
  }
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(written);
  if (!match) return undefined;
  const [, date, clock = '00:00', zone = 'Z'] = match;
  const time = new Date(`${date}T${clock}${zone}`);
  if (Number.isNaN(time.getTime())) return undefined;
  // 2026-02-30 is no date, although Date makes one of it.
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date as string) ? time : undefined;
}
