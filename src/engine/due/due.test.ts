import { describe, expect, it } from 'vitest';
import { type Period, parsePeriod } from '../period.ts';
import { dueNext, nothingDue } from './due.ts';

const every = (text: string) => parsePeriod(text) as Period;
const now = new Date('2026-11-21T21:07:00.000Z');
const at = '2026-11-21T20:00:00.000Z';

describe('an instance', () => {
  it('is due until its period was brought whole', () => {
    expect(dueNext(every('4h'), {}, now)).toBeUndefined();
    expect(dueNext(every('4h'), { whole: '2026-11-21T16:00:00.000Z', some: at }, now)).toBeUndefined();
    expect(dueNext(every('4h'), { whole: at }, now)).toEqual(new Date('2026-11-22T00:00:00.000Z'));
    expect(dueNext(every('1mo'), { whole: '2026-11-01T00:00:00.000Z' }, now)).toEqual(new Date('2026-12-01T00:00:00.000Z'));
    expect(dueNext(every('1w'), { whole: '2026-11-16T00:00:00.000Z' }, now)).toEqual(new Date('2026-11-23T00:00:00.000Z'));
  });

  it('is always due without a period', () => {
    expect(dueNext(undefined, { whole: now.toISOString() }, now)).toBeUndefined();
  });

  it('is tried again after a failure, ever more seldom, and in the next period at once', () => {
    const tried = (times: number, startedAt = now.toISOString()) => ({ tried: { at, times, startedAt } });
    const waits = [1, 2, 3, 4].map((times) => ((dueNext(every('4h'), tried(times), now)?.getTime() ?? 0) - now.getTime()) / 60_000);
    expect(waits).toEqual([4, 8, 16, 32]);
    expect(dueNext(every('4h'), tried(1, '2026-11-21T21:03:00.000Z'), now)).toBeUndefined();
    expect(dueNext(every('4h'), tried(90), now)).toEqual(new Date('2026-11-22T00:00:00.000Z'));
    expect(dueNext(every('4h'), tried(90), new Date('2026-11-22T00:00:00.000Z'))).toBeUndefined();
  });
});

it('says who is next', () => {
  const next = (name: string, time: string) => ({ name, next: new Date(time) });
  const both = [next('b', '2026-11-21T22:00:00Z'), next('a', '2026-11-21T21:30:00Z'), next('c', '2026-11-21T21:30:00Z')];
  expect(nothingDue(both, now)).toBe('nothing is due; next: a, c at 21:30Z');
  expect(nothingDue([next('a', '2026-11-22T00:00:00Z')], now)).toBe('nothing is due; next: a at 2026-11-22 00:00Z');
  expect(nothingDue([next('a', '2026-11-21T21:11:07Z')], now)).toBe('nothing is due; next: a at 21:11:07Z');
});
