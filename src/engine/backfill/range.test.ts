import { describe, expect, it } from 'vitest';
import { UsageError } from '../usage-error.ts';
import { type BackfillFlags, rangeOf } from './range.ts';

const now = new Date('2026-11-21T20:17:03.250Z');

describe('a range', () => {
  it.each([
    [{ from: '2026-01-01', to: '2026-07-01' }, '2026-01-01T00:00:00.000Z', '2026-07-01T00:00:00.000Z', '1mo'],
    [{ from: '-90d', chunk: '7d' }, '2026-08-23T00:00:00.000Z', '2026-11-21T00:00:00.000Z', '7d'],
    [{ from: 'yesterday', chunk: '1d' }, '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z', '1d'],
    [{ from: 'today' }, '2026-11-21T00:00:00.000Z', '2026-11-21T20:17:03.000Z', '1mo'],
    [{ from: '-4h', to: 'now', chunk: '1w' }, '2026-11-21T16:17:03.000Z', '2026-11-21T20:17:03.000Z', '1w'],
    [{ from: '1950-01-01', to: '-2w' }, '1970-01-01T00:00:00.000Z', '2026-11-07T00:00:00.000Z', '1mo'],
  ])('of %o is from %s to %s', (flags, from, to, chunk) => {
    const range = rangeOf(flags, now);
    expect([range?.from.toISOString(), range?.to.toISOString(), range?.chunk.text]).toEqual([from, to, chunk]);
  });

  it('is none without --from', () => {
    expect(rangeOf({}, now)).toBeUndefined();
  });

  it.each<[BackfillFlags & Record<string, unknown>, string]>([
    [{ to: 'today' }, '--to needs --from, which says where a backfill begins'],
    [{ chunk: '1w' }, '--chunk needs --from, which says where a backfill begins'],
    [{ plan: true }, '--plan needs --from, which says where a backfill begins'],
    [{ restart: true }, '--restart needs --from, which says where a backfill begins'],
    [{ from: '-7d', at: '-1d' }, '--from and --at exclude each other'],
    [{ from: '-7d', retryFailed: '' }, ''],
    [{ from: '-7d', retryFailed: 'r1' }, '--from and --retry-failed exclude each other'],
    [{ from: '-7d', due: true }, '--from and --due exclude each other'],
    [{ from: 'last week' }, '--from last week is not a time: write 2026-01-01, -90d, today or yesterday'],
    [{ from: '2026-02-30' }, '--from 2026-02-30 is not a time: write 2026-01-01, -90d, today or yesterday'],
    [{ from: '-7d', to: '' }, '--to  is not a time: write 2026-01-01, -90d, today or yesterday'],
    [{ from: '2026-07-01', to: '2026-01-01' }, '--from 2026-07-01 is not before --to 2026-01-01: there is nothing between them'],
    [{ from: '2026-07-01', to: '2026-07-01' }, '--from 2026-07-01 is not before --to 2026-07-01: there is nothing between them'],
    [{ from: '2027-01-01' }, '--from 2027-01-01 is ahead of the clock, which shows 2026-11-21T20:17:03.250Z'],
    [
      { from: '-7d', to: '2026-12-01' },
      '--to 2026-12-01 is ahead of the clock, which shows 2026-11-21T20:17:03.250Z: leave it out for all that is over',
    ],
    [{ from: '-7d', chunk: '0d' }, '--chunk 0d is no length of a chunk: write 1d, 7d or another number of days, 1w or 1mo'],
    [{ from: '-7d', chunk: 'month' }, '--chunk month is no length of a chunk: write 1d, 7d or another number of days, 1w or 1mo'],
    [{ from: '-7d', chunk: '4h' }, '--chunk 4h is shorter than a day: write 1d or more'],
  ])('of %o is refused in one sentence', (flags, message) => {
    if (message === '') expect(rangeOf(flags, now)).toBeDefined();
    else expect(() => rangeOf(flags, now)).toThrow(new UsageError(message));
  });
});
