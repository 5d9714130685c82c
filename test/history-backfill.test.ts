import { describe, expect, it } from 'vitest';
import type { BackfillFlags } from '../src/engine/backfill/range.ts';
import { UsageError } from '../src/engine/usage-error.ts';
import { PermanentError } from '../src/sdk/errors.ts';
import { createTestClock, type TestClock } from '../src/testing/clock.ts';
import { seededRandom } from '../src/testing/random.ts';
import { createPlace, type Place } from './history/place.ts';
import { rowsOf } from './history/rows.ts';
import { drawSchedule, type Schedule } from './history/schedule.ts';
import { shop } from './history/shop.ts';
import { createCalendar, isWhole, tellWhole } from './history/upstream.ts';

const dayMs = 86_400_000;
const calendar = createCalendar();
const seeds = Array.from({ length: 10 }, (_, place) => place + 1);
const forBackfills = 5;
/** From 2010 to 2020, and from then to 2030: no range has a part in two of them. */
const onePiece = '3660d';

/** One `kpi collect --from`, and what happens to it. */
interface Attempt {
  readonly afterMs: number;
  readonly flags: BackfillFlags;
  readonly fault?: 'shop' | 'interrupt' | 'store' | 'death' | undefined;
  /** At which answer of a shop; from 1. */
  readonly faultAt: number;
  /** A scheduled run comes first. */
  readonly isScheduled: boolean;
}

describe('any split of a backfill into chunks, interruptions and reruns stores what one piece does', () => {
  it.each(seeds)('backfills of seed %d', async (seed) => {
    const random = seededRandom(seed);
    for (let number = 0; number < forBackfills; number += 1) {
      const schedule = drawSchedule(seed * 1000 + number, random, calendar);
      const attempts = drawAttempts(schedule.start, random);
      await check(schedule, attempts).catch((error: Error) => {
        const { calendar: _, ...upstream } = schedule.upstream;
        const lines = [{ number, ...upstream, start: new Date(schedule.start) }, ...attempts].map((one) => JSON.stringify(one));
        error.message = [error.message, ...lines].join('\n');
        throw error;
      });
    }
  });
});

/** The last is a good one, of the first one's range. */
function drawAttempts(start: number, random: () => number): readonly Attempt[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const days = pick([3, 20, 70, 200]);
  const chunks = days > 20 ? ['7d', '1w', '1mo', '30d'] : ['1d', '3d', '1w', '1mo'];
  const iso = (time: number) => new Date(time).toISOString();
  const range = () => {
    const to = start - Math.floor(random() * pick([1, 30]) * dayMs);
    return { from: iso(to - Math.ceil((0.1 + random()) * days * dayMs)), ...(random() < 0.7 && { to: iso(to) }) };
  };
  const wanted = range();
  const attempts = Array.from({ length: 1 + Math.floor(random() * 5) }, (): Attempt => {
    const flags = { ...(random() < 0.8 ? wanted : range()), chunk: pick(chunks), restart: random() < 0.1 };
    const fault = random() < 0.8 ? pick(['shop', 'interrupt', 'store', 'death'] as const) : undefined;
    const faultAt = 1 + Math.floor(random() * pick([2, 8, 30]));
    return { afterMs: Math.floor(random() * pick([0.1, 3, 12]) * dayMs), flags, fault, faultAt, isScheduled: random() < 0.2 };
  });
  return [...attempts, { afterMs: dayMs, flags: { ...wanted, chunk: pick(chunks) }, faultAt: 0, isScheduled: false }];
}

async function check(schedule: Schedule, attempts: readonly Attempt[]): Promise<void> {
  const { upstream } = schedule;
  const clock = createTestClock(new Date(schedule.start).toISOString());
  using place = await createPlace(clock);
  /** When each account was asked. */
  const moments = upstream.zones.map((): number[] => []);
  for (const one of attempts) {
    clock.advance(one.afterMs + 1000);
    if (one.isScheduled) await collect(place, schedule, clock, undefined, (account, now) => void moments[account]?.push(now));
    clock.advance(1000);
    const finished = one.flags.restart ? [] : await place.finished();
    const again: (readonly [string, string])[] = [];
    let answers = 0;
    const status = await collect(place, schedule, clock, one, (account, now, window) => {
      answers += 1;
      again.push(...finished.filter(([from, to]) => window.from < to && from < window.to));
      if (answers === one.faultAt && one.fault === 'interrupt') place.interrupt();
      if (answers === one.faultAt && one.fault === 'shop') throw new PermanentError('the shop is closed');
      if (one.fault === 'death' && answers >= one.faultAt) throw new PermanentError('nobody is there any more');
      moments[account]?.push(now);
    });
    // What was finished before is not asked for again.
    expect(again).toEqual([]);
    if (one === attempts.at(-1)) expect(status).toMatch(/^(ok|nothing)$/);
  }

  const now = clock.now().getTime();
  const last = attempts.at(-1) as Attempt;
  using apart = await createPlace(clock);
  let window = { from: '', to: '' };
  const pieces = new Set<string>();
  const flags = { ...last.flags, chunk: onePiece };
  await collect(apart, schedule, clock, { ...last, flags }, (_account, _now, asked) => {
    window = asked;
    pieces.add(asked.from);
  });
  expect(pieces.size).toBeLessThanOrEqual(1);

  const stored = rowsOf(place.stored);
  const rows = (some: typeof stored) =>
    Object.fromEntries(
      [...some].filter(([, { account, period }]) => {
        const time = new Date(`${period}T00:00:00Z`).toISOString();
        return time >= window.from && time < window.to && isWhole(upstream, account, period, now);
      }),
    );
  expect(rows(stored)).toEqual(rows(rowsOf(apart.stored)));
  for (const { account, period, provisional: _, ...row } of stored.values()) {
    expect(moments[account]?.map((moment) => tellWhole(upstream, account, period, moment))).toContainEqual(row);
  }
}

/** Runs it; `nothing` where the range holds nothing that the upstream still tells. */
async function collect(
  place: Place,
  { upstream, history, every, settleMs, tellsAll }: Schedule,
  clock: TestClock,
  one: Attempt | undefined,
  answered: (account: number, now: number, window: { readonly from: string; readonly to: string }) => void,
): Promise<string> {
  const instance = shop({ upstream, history, every, settleMs, tellsAll, clock, asked: () => {}, answered });
  const fault = one?.fault === 'store' || one?.fault === 'death' ? one.fault : undefined;
  try {
    const [{ status, problems } = { status: '', problems: [] }] = (await place.run({ instance, every, fault, backfill: one?.flags }))
      .providers;
    return one?.fault
      ? status
      : [status, ...problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)].join(': ');
  } catch (error) {
    if (one && error instanceof UsageError) return 'nothing';
    throw error;
  }
}
