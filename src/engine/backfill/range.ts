import { utcDay, type Window } from '../../sdk/time.ts';
import { type Period, parsePeriod } from '../period.ts';
import { parseTime } from '../time-flag.ts';
import { UsageError } from '../usage-error.ts';

/** The flags of `kpi collect` that make a backfill of it. */
export interface BackfillFlags {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** How much one chunk holds: `1d`, `7d`, `1w`, `1mo`. */
  readonly chunk?: string | undefined;
  /** Only tells what would be done. */
  readonly plan?: boolean | undefined;
  /** Forgets the chunks of the range that are finished. */
  readonly restart?: boolean | undefined;
}

/** What a backfill is of: `[from, to)`, in chunks that begin where the calendar's do in UTC. */
export interface Range extends Window {
  readonly chunk: Period;
}

const dayMs = 86_400_000;
const usualChunk = '1mo';
/** Flags of `kpi collect` that say what to collect, too. */
const others: Readonly<Record<string, string>> = {
  at: '--at',
  due: '--due',
  retryFailed: '--retry-failed',
  shard: '--shard',
};

/** The range that the flags name; undefined where they name none. Throws `UsageError`. */
export function rangeOf(flags: BackfillFlags, now: Date): Range | undefined {
  const { from: fromText, to: toText } = flags;
  if (fromText === undefined) {
    for (const name of ['to', 'chunk', 'plan', 'restart'] as const) {
      if (flags[name]) throw new UsageError(`--${name} needs --from, which says where a backfill begins`);
    }
    return undefined;
  }
  for (const [key, flag] of Object.entries(others)) {
    if ((flags as Readonly<Record<string, unknown>>)[key]) throw new UsageError(`--from and ${flag} exclude each other`);
  }
  const from = timeOf('--from', fromText, now);
  const to = toText === undefined ? usualEnd(from, now) : timeOf('--to', toText, now);
  if (from >= to)
    throw new UsageError(`--from ${fromText} is not before --to ${toText ?? to.toISOString()}: there is nothing between them`);
  return { from: new Date(Math.max(0, from.getTime())), to, chunk: chunkOf(flags.chunk) };
}

/** Up to the last date that is over; from today on, up to now. */
function usualEnd(from: Date, now: Date): Date {
  const today = utcDay(now);
  return from < today ? today : wholeSecond(now);
}

function timeOf(flag: string, text: string, now: Date): Date {
  const time = parseTime(text, now);
  if (!time) throw new UsageError(`${flag} ${text} is not a time: write 2026-01-01, -90d, today or yesterday`);
  if (time > now) {
    const mend = flag === '--to' ? ': leave it out for all that is over' : '';
    throw new UsageError(`${flag} ${text} is ahead of the clock, which shows ${now.toISOString()}${mend}`);
  }
  // Of days ago the date is meant, not the time of day.
  return /^-\d+[dw]$/.test(text.trim()) ? utcDay(time) : wholeSecond(time);
}

function chunkOf(text = usualChunk): Period {
  const period = parsePeriod(text);
  if (!period) throw new UsageError(`--chunk ${text} is no length of a chunk: write 1d, 7d or another number of days, 1w or 1mo`);
  if (period.unit === 'fixed' && period.ms < dayMs) throw new UsageError(`--chunk ${text} is shorter than a day: write 1d or more`);
  return period;
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
