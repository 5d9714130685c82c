import { describe, expect, it } from 'vitest';
import type { Window } from '../src/sdk/time.ts';
import { createTestClock, type TestClock } from '../src/testing/clock.ts';
import { seededRandom } from '../src/testing/random.ts';
import { createPlace } from './history/place.ts';
import { type Row, rowsOf } from './history/rows.ts';
import { drawSchedule, type Schedule, type Step } from './history/schedule.ts';
import { type ShopFault, shop } from './history/shop.ts';
import { createCalendar, isFinal, isWhole, periodsBetween, tellWhole } from './history/upstream.ts';

const calendar = createCalendar();
const seeds = Array.from({ length: 12 }, (_, place) => place + 1);
const forSchedules = 6;
const dayMs = 86_400_000;

describe('what is stored at the end is what one perfect run sees', () => {
  it.each(seeds)('schedules of seed %d', async (seed) => {
    const random = seededRandom(seed);
    for (let number = 0; number < forSchedules; number += 1) {
      const schedule = drawSchedule(seed * 1000 + number, random, calendar);
      await check(schedule).catch((error: Error) => {
        error.message = `${error.message}\n${describeSchedule(seed, number, schedule)}`;
        throw error;
      });
    }
  });
});

/** Runs a schedule, and then once, elsewhere and at the same moment, all that the upstream tells. */
async function check(schedule: Schedule): Promise<void> {
  const { upstream, every, settleMs, tellsAll, start } = schedule;
  const clock = createTestClock(new Date(start).toISOString());
  using place = await createPlace(clock);
  const common = { upstream, clock, every, settleMs, tellsAll };
  const windows: Window[] = [];
  /** When each account was asked. */
  const moments = upstream.zones.map((): number[] => []);
  /** Left out for good, since runs had failed for too long. */
  const givenUp: { readonly from: string; readonly to: string }[] = [];
  /** What a good run saw when it was final, by account and period. */
  const sealed = new Set<string>();
  /** Where the first window began that the memory knows of. */
  let begin: number | undefined;

  for (const { when, at, fault, slowMs } of schedule.steps) {
    clock.advance(when - clock.now().getTime());
    const runFault = fault === 'store' || fault === 'death' ? fault : undefined;
    const shopFault = fault === 'store' || fault === 'death' ? undefined : fault;
    const answered = (account: number, now: number) => void moments[account]?.push(now);
    const asked = (window: Window) => void windows.push(window);
    const instance = shop({ ...common, history: schedule.history, fault: shopFault, slowMs, asked, answered });
    const stands = at === undefined ? {} : { at: new Date(at) };
    const { providers } = await place.run({ instance, every, ...stands, fault: runFault });
    const [{ status, problems } = { status: undefined, problems: [] }] = providers;
    expect(status, JSON.stringify(problems)).toBe(statusOf(shopFault));
    givenUp.push(...problems.flatMap(({ message }) => leftOut(message)));
    const { from, to } = windows.at(-1) as Window;
    if (fault !== 'death') begin ??= from.getTime();
    if (shopFault !== undefined) continue;
    for (const [account, asks] of moments.entries()) {
      const last = asks.at(-1) ?? 0;
      for (const period of periodsBetween(upstream.unit, from.getTime(), to.getTime())) {
        if (isFinal(upstream, account, period, last) && isWhole(upstream, account, period, last)) sealed.add(`${account} ${period}`);
      }
    }
  }

  const now = clock.now().getTime();
  const perfect = await perfectRun(schedule, clock, Math.ceil((now - (begin ?? now)) / dayMs) + 40);
  const from = Math.max(begin ?? now, perfect.from.getTime());
  const isExcluded = (period: string) => Date.parse(period) < from || givenUp.some((one) => period >= one.from && period < one.to);
  const stored = rowsOf(place.stored);
  // All that the upstream still tells is there as it tells it now, and nothing else.
  const still = (rows: ReadonlyMap<string, Row>) =>
    Object.fromEntries([...rows].filter(([, { account, period }]) => !isExcluded(period) && isWhole(upstream, account, period, now)));
  expect(still(stored)).toEqual(still(perfect.rows));
  for (const { account, period, provisional } of perfect.rows.values()) {
    expect([account, period, provisional]).toEqual([account, period, !isFinal(upstream, account, period, now)]);
  }
  // What it tells no more is there as it was when it was final, where a good run saw it then.
  for (const key of sealed) {
    const [account, period] = [Number(key.split(' ')[0]), key.split(' ')[1] ?? ''];
    const told = tellWhole(upstream, account, period, now);
    expect([key, stored.get(key)]).toEqual([key, told && { account, period, ...told, provisional: false }]);
  }
  // And what is left was told once: nothing was ever taken for the whole of a period that was a part of it.
  for (const { account, period, provisional: _, ...row } of stored.values()) {
    const told = moments[account]?.map((moment) => tellWhole(upstream, account, period, moment));
    expect(told).toContainEqual(row);
  }
}

/** What one run stores that asks for all, at the time that the clock shows. */
async function perfectRun(schedule: Schedule, clock: TestClock, days: number) {
  const { upstream, every, settleMs, tellsAll } = schedule;
  using place = await createPlace(clock);
  const history = { ...schedule.history, first: `${days}d` };
  let from = new Date(0);
  const asked = (window: Window) => {
    from = window.from;
  };
  const report = await place.run({ instance: shop({ upstream, clock, every, settleMs, tellsAll, history, asked }), every });
  expect(report.exitCode).toBe(0);
  return { from, rows: rowsOf(place.stored) };
}

function leftOut(message: string): { readonly from: string; readonly to: string }[] {
  const [, from, to] = /what is missing from (\S+) to (\S+) is not asked for any more/.exec(message) ?? [];
  return from === undefined || to === undefined ? [] : [{ from, to }];
}

function statusOf(fault: ShopFault | undefined): string {
  if (fault === undefined) return 'ok';
  return fault === 'connect' ? 'failed' : 'partial';
}

function describeSchedule(seed: number, number: number, { upstream, steps, start, ...rest }: Schedule): string {
  const { calendar: _, ...told } = upstream;
  const text = (time: number | undefined) => (time === undefined ? '' : new Date(time).toISOString());
  const line = ({ when, at, fault, slowMs }: Step) => `${text(when)} at ${text(at)} ${fault ?? ''} ${slowMs}`;
  return [`schedule ${number} of seed ${seed}`, JSON.stringify({ ...told, ...rest }), text(start), ...steps.map(line)].join('\n');
}
