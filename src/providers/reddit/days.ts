import type { Window } from '../../sdk/time.ts';
import { utcDay } from '../../sdk/time.ts';
import type { Listing } from './listing.ts';

const daySeconds = 86_400;

/** What was posted on one day. */
interface Day {
  readonly day: Date;
  readonly posts: number;
  readonly score: number;
  readonly comments: number;
}

export interface Days {
  readonly whole: readonly Day[];
  /** Days of the window that the list does not tell of, or not wholly. */
  readonly missing: readonly Date[];
  /** The oldest moment of which the list tells, in seconds. */
  readonly reach: number | undefined;
}

/**
 * The days of a window that a list tells of as a whole: those behind which it goes on, to a post that is older. That a list ended proves
 * nothing: it does so at some 1,000 posts, less what was removed since. A day with a post that is not well-formed is none of them.
 */
export function daysOf({ entries }: Listing, window: Window): Days {
  const reach = entries.findLast(({ post }) => post !== undefined)?.created;
  const isSpoilt = spoiltDays(entries);
  const whole: Day[] = [];
  const missing: Date[] = [];
  for (const start of startsOf(window)) {
    const day = new Date(start * 1000);
    if (reach === undefined || reach >= start) missing.push(day);
    else if (!isSpoilt(start)) whole.push({ day, ...sumOf(entries, start) });
  }
  return { whole, missing, reach };
}

/** 00:00Z of each date that the window touches, in seconds. */
function startsOf({ from, to }: Window): readonly number[] {
  const starts: number[] = [];
  const last = (to.getTime() - 1) / 1000;
  for (let start = utcDay(from).getTime() / 1000; start <= last; start += daySeconds) starts.push(start);
  return starts;
}

function sumOf(entries: Listing['entries'], start: number): Omit<Day, 'day'> {
  let [posts, score, comments] = [0, 0, 0];
  for (const { post } of entries) {
    if (post === undefined || post.isRemoved || post.created < start || post.created >= start + daySeconds) continue;
    posts += 1;
    score += post.score;
    comments += post.comments;
  }
  return { posts, score, comments };
}

/** Whether a day holds, or may hold, a post that is not well-formed: without a time that fits it lies between those beside it. */
function spoiltDays(entries: Listing['entries']): (start: number) => boolean {
  const spans: (readonly [number, number])[] = [];
  for (const [place, { post, created }] of entries.entries()) {
    if (post !== undefined) continue;
    const older = entries.slice(place + 1).find((one) => one.post !== undefined)?.created ?? Number.NEGATIVE_INFINITY;
    const newer = entries.slice(0, place).findLast((one) => one.post !== undefined)?.created ?? Number.POSITIVE_INFINITY;
    // What it says of its own time is believed where it fits.
    const fits = created !== undefined && created >= older && created <= newer;
    spans.push(fits ? [created, created] : [older, newer]);
  }
  return (start) => spans.some(([from, to]) => from < start + daySeconds && to >= start);
}
