import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gauge, type History, type Measurement, measurement } from '../sdk/measurement.ts';
import type { Window } from '../sdk/time.ts';
import { createCheck } from './check.ts';
import { parsePeriod } from './period.ts';
import { planInstance } from './plan.ts';
import { createRedactor } from './redact.ts';
import { startOfDate } from './zone.ts';

const fields = { n: gauge() };
const tags = { a: '' };
const stars = measurement('stars', { help: '', time: 'snapshot', tags, fields });
const visits = measurement('visits', { help: '', time: 'day', tags, fields, history: { depth: '14d', first: '10d', settle: '3d' } });
const checks = measurement('checks', { help: '', time: 'event', tags, fields });
const now = new Date('2026-11-21T20:17:03.250Z');

function plan(
  declared: readonly Measurement[],
  more: Partial<Parameters<typeof planInstance>[2]> & { every?: string; only?: readonly string[] } = {},
) {
  const { every, only, ...options } = more;
  const instance = { name: 'i', only, every: every === undefined ? undefined : parsePeriod(every) };
  return planInstance(instance, declared, { at: now, now, ends: {}, ...options });
}

describe('the time of a run', () => {
  it('is the start, to the second', () => {
    expect(plan([stars]).at.toISOString()).toBe('2026-11-21T20:17:03.000Z');
  });
  it.each([
    ['4h', '2026-11-21T20:00:00.000Z'],
    ['1d', '2026-11-21T00:00:00.000Z'],
    ['1w', '2026-11-16T00:00:00.000Z'],
    ['1mo', '2026-11-01T00:00:00.000Z'],
  ])('with every %s is the start of the period', (every, at) => {
    expect(plan([checks], { every }).at.toISOString()).toBe(at);
  });
});

describe('snapshots', () => {
  it('are not taken of a time that is over', () => {
    const dayAgo = new Date(now.getTime() - 86_400_000 - 2000);
    expect(plan([stars, checks], { at: dayAgo })).toMatchObject({ measurements: [{ name: 'checks' }], tooOld: ['stars'] });
    expect(plan([stars], { at: new Date(dayAgo.getTime() + 4000) }).tooOld).toEqual([]);
  });
  it('are taken up to two periods late', () => {
    expect(plan([stars], { every: '4h', at: new Date('2026-11-21T16:30Z') }).tooOld).toEqual([]);
    expect(plan([stars], { every: '4h', at: new Date('2026-11-21T13:00Z') }).tooOld).toEqual(['stars']);
  });
});

describe('windows', () => {
  it('begin at the first time where nothing was collected yet', () => {
    expect(plan([visits, stars]).windows).toEqual({
      visits: { from: new Date('2026-11-11T00:00Z'), to: new Date('2026-11-21T20:17:03Z') },
    });
  });
  it('go back over what may still change', () => {
    expect(plan([visits], { ends: { visits: { to: new Date('2026-11-21T16:00Z') } } }).windows.visits?.from).toEqual(
      new Date('2026-11-18T00:00Z'),
    );
  });
  it('go back over what was not final at the end of the last run that collected all', () => {
    expect(plan([visits], { ends: { visits: { to: new Date('2026-11-15T16:00Z') } } }).windows.visits?.from).toEqual(
      new Date('2026-11-12T00:00Z'),
    );
  });
  it('go back no further for an end that is ahead, as in a run for an earlier time', () => {
    const at = new Date('2026-11-18T09:00Z');
    expect(plan([visits], { at, ends: { visits: { to: new Date('2026-11-21T16:00Z') } } }).windows.visits).toEqual({
      from: new Date('2026-11-15T00:00Z'),
      to: at,
    });
  });
  it('go back over 31 days at most where every run since the last full one had a problem, and say what is left out', () => {
    const endless = measurement('visits', { help: '', time: 'day', tags, fields, history: { settle: '3d' } });
    const to = new Date('2026-08-01T00:00Z');
    const recent = plan([endless], { ends: { visits: { to, heldSince: new Date('2026-10-21T21:00Z') } } });
    expect([recent.windows.visits?.from, recent.givenUp]).toEqual([new Date('2026-07-29T00:00Z'), {}]);
    const long = plan([endless], { ends: { visits: { to, heldSince: new Date('2026-10-21T20:00Z') } } });
    expect(long.windows.visits?.from).toEqual(new Date('2026-10-18T00:00Z'));
    expect(long.givenUp).toEqual({ visits: { from: new Date('2026-07-29T00:00Z'), to: new Date('2026-10-18T00:00Z') } });
  });
  it('never end ahead of the clock: what is still to come was not collected', () => {
    const at = new Date(now.getTime() + 50_000);
    expect(plan([visits], { at }).windows.visits?.to).toEqual(now);
  });
  it('begin with the whole month, and on the date that may not be over in a zone', () => {
    const ends = { m: { to: new Date('2026-11-03T20:00Z') } };
    const from = (time: 'day' | 'month', zone?: string) =>
      plan([measurement('m', { help: '', time, tags, fields, history: { ...(zone && { zone }) } })], { ends }).windows.m?.from;
    expect(from('month')).toEqual(new Date('2026-11-01T00:00Z'));
    expect(from('day')).toEqual(new Date('2026-11-03T00:00Z'));
    expect(from('day', 'America/Los_Angeles')).toEqual(new Date('2026-11-03T00:00Z'));
    ends.m = { to: new Date('2026-11-01T12:00Z') };
    expect(from('month')).toEqual(new Date('2026-11-01T00:00Z'));
    expect(from('day', 'America/Los_Angeles')).toEqual(new Date('2026-10-31T00:00Z'));
    expect(from('month', 'account')).toEqual(new Date('2026-10-01T00:00Z'));
  });
  it.each([
    ['day', '14d', '2026-11-08T00:00:00.000Z'],
    ['month', '60d', '2026-10-01T00:00:00.000Z'],
    ['month', '31d', '2026-11-01T00:00:00.000Z'],
    ['event', '14d', '2026-11-07T20:17:03.250Z'],
  ] as const)('of a %s are not older than the depth %s, nor begin in the middle of a period', (time, depth, from) => {
    const m = measurement('m', { help: '', time, tags, fields, history: { depth, first: '900d' } });
    expect(plan([m]).windows.m?.from.toISOString()).toBe(from);
    expect(plan([m], { ends: { m: { to: new Date('2020-01-01T00:00Z') } } }).windows.m?.from.toISOString()).toBe(from);
  });
  it('are not older than the depth by the clock, however late the run is or long ago what it stands for', () => {
    const m = measurement('m', { help: '', time: 'day', tags, fields, history: { depth: '14d', first: '900d' } });
    expect(plan([m], { every: '1mo' }).windows.m).toEqual({ from: new Date('2026-11-01T00:00Z'), to: new Date('2026-11-01T00:00Z') });
    expect(plan([m], { every: '1w' }).windows.m?.from).toEqual(new Date('2026-11-08T00:00Z'));
    expect(plan([m], { at: new Date('2026-11-15T12:00Z') }).windows.m?.from).toEqual(new Date('2026-11-08T00:00Z'));
  });
  it('are ranges of time, whatever the durations', () => {
    const odd = measurement('m', { help: '', time: 'month', tags, fields, history: { first: '999999999w', settle: '999999999w' } });
    expect(plan([odd]).windows.m?.from.getTime()).toBe(0);
    const short = { ...odd, history: { depth: '1d' } };
    const { from, to } = plan([short], { every: '1d' }).windows.m as Window;
    expect(from).toEqual(to);
  });
});

describe('every period becomes final', () => {
  const zones = [
    'UTC',
    'Etc/GMT+12',
    'America/Los_Angeles',
    'America/Havana',
    'America/Sao_Paulo',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Pacific/Auckland',
    'Pacific/Chatham',
    'Pacific/Kiritimati',
    '-14:00',
    '+14:00',
  ];
  const hour = 3_600_000;

  interface Simulated {
    readonly measurement: Measurement;
    readonly sessionZone: string;
    readonly every?: string | undefined;
    readonly start: string;
    readonly runs: readonly { readonly afterHours: number; readonly lateMs: number; readonly complete: boolean }[];
  }

  /**
   * Runs one after the other, of an upstream that tells of all times; one that is not complete gets every second point. Gives what was
   * stored after each: for each time, whether it is provisional.
   */
  function* simulate({ measurement: one, sessionZone, every, start, runs }: Simulated) {
    const stored = new Map<number, boolean>();
    const step = one.time === 'event' ? 5 * hour : 24 * hour;
    const times: number[] = [];
    let clock = Date.parse(start);
    let end: Date | undefined;
    for (let time = clock - 100 * 24 * hour; time <= clock + 900 * 24 * hour; time += step) {
      if (one.time !== 'month' || new Date(time).getUTCDate() === 1) times.push(time);
    }
    for (const { afterHours, lateMs, complete } of runs) {
      clock += afterHours * hour;
      const now = new Date(clock + lateMs);
      const instance = { name: 'i', every: every === undefined ? undefined : parsePeriod(every) };
      const made = planInstance(instance, [one], { at: new Date(clock), now, ends: end ? { [one.name]: { to: end } } : {} });
      const window = made.windows[one.name] as Window;
      const check = createCheck(one, { at: made.at, tags: {}, window, redactor: createRedactor(), now: () => now });
      for (const [index, time] of times.entries()) {
        if (time >= window.to.getTime()) break;
        if (!complete && index % 2 === 0) continue;
        const checked = check({ measurement: one.name, tags: { a: 'x' }, fields: { n: 1 }, time: new Date(time) }, sessionZone);
        if (checked && 'invalid' in checked) throw new Error(checked.invalid);
        if (checked) stored.set(time, checked.provisional);
      }
      if (complete) end = window.to;
      yield { stored, now, complete };
    }
  }

  /** When the period of a point is over: an event's at once. */
  function overAt(measurementTime: Measurement['time'], stamp: number, zone: string): number {
    const date = new Date(stamp);
    if (measurementTime === 'event') return stamp;
    if (measurementTime === 'day') return startOfDate(date, 1, zone).getTime();
    return startOfDate(new Date(date.setUTCMonth(date.getUTCMonth() + 1)), 0, zone).getTime();
  }

  const runs = fc.array(
    fc.record({
      afterHours: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.integer({ min: 1, max: 70 * 24 })),
      // A clock that is behind `at` by up to a minute, and runners that are hours late.
      lateMs: fc.oneof(fc.integer({ min: -60_000, max: 60_000 }), fc.integer({ min: 0, max: 9 * hour })),
      complete: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  );
  const setting = fc.record({
    zone: fc.constantFrom(...zones),
    isAccount: fc.boolean(),
    settleHours: fc.constantFrom(0, 1, 5, 24, 72, 400),
    firstDays: fc.option(fc.integer({ min: 0, max: 90 }), { nil: undefined }),
    every: fc.option(fc.constantFrom('15m', '4h', '1d', '2d', '1w', '1mo'), { nil: undefined }),
    startDay: fc.integer({ min: 1, max: 400 }),
    runs,
  });

  it.each(['day', 'month', 'event'] as const)('by the first complete run after a %s is over and settled', (time) => {
    let asked = 0;
    const property = fc.property(setting, ({ zone, isAccount, settleHours, firstDays, every, startDay, runs: drawn }) => {
      const first = firstDays === undefined ? {} : { first: `${firstDays}d` };
      const history = { settle: `${settleHours}h`, zone: isAccount ? 'account' : zone, ...first };
      const one = measurement('m', { help: '', time, tags, fields, history });
      const start = new Date(Date.UTC(2026, 0, startDay)).toISOString();
      const initial = { afterHours: 3, lateMs: 0, complete: true };
      for (const { stored, now, complete } of simulate({ measurement: one, sessionZone: zone, every, start, runs: [initial, ...drawn] })) {
        if (!complete) continue;
        for (const [stamp, provisional] of stored) {
          if (!provisional || overAt(time, stamp, zone) + settleHours * hour > now.getTime()) continue;
          throw new Error(`at ${now.toISOString()} the ${time} of ${new Date(stamp).toISOString()} was still provisional`);
        }
        asked += stored.size;
      }
    });
    fc.assert(property, { numRuns: 100 });
    expect(asked).toBeGreaterThan(100);
  });

  it.each<[Measurement['time'], History, string, number, Record<string, boolean>]>([
    [
      'day',
      { first: '1d', zone: 'America/Los_Angeles' },
      '2026-11-10',
      16,
      { '2026-11-09': false, '2026-11-10': false, '2026-11-11': false, '2026-11-12': true },
    ],
    [
      'month',
      { first: '40d' },
      '2026-09-20',
      6 * 76,
      { '2026-08-01': false, '2026-09-01': false, '2026-10-01': false, '2026-11-01': false, '2026-12-01': true },
    ],
  ])('a %s of %o, by a run every 4 h', (time, history, start, count, expected) => {
    const one = measurement('m', { help: '', time, tags, fields, history });
    const some = Array.from({ length: count }, () => ({ afterHours: 4, lateMs: 60_000, complete: true }));
    const last = [...simulate({ measurement: one, sessionZone: 'UTC', every: '4h', start, runs: some })].at(-1);
    const found = [...(last?.stored ?? [])].map(([stamp, provisional]) => [new Date(stamp).toISOString().slice(0, 10), provisional]);
    expect(Object.fromEntries(found)).toMatchObject(expected);
  });
});

it('asks for what the user selects', () => {
  expect(plan([stars, visits, checks], { only: ['s*', 'visits'], measurements: ['*s'] }).measurements.map((one) => one.name)).toEqual([
    'stars',
    'visits',
  ]);
  expect(plan([stars, visits], { measurements: ['v*'] }).measurements.map((one) => one.name)).toEqual(['visits']);
});
