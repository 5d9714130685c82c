import { describe, expect, it } from 'vitest';
import type { ProviderInstance } from '../config/config.ts';
import type { Done } from '../due/done.ts';
import { type Period, parsePeriod } from '../period.ts';
import { freshnessOf, limitsOf } from './fresh.ts';

const now = new Date('2026-11-21T21:07:00.000Z');
const hour = 3_600_000;
const every = (text: string) => ({ every: parsePeriod(text) as Period });
const ago = (hours: number) => new Date(now.getTime() - hours * hour).toISOString();

describe('the limits', () => {
  it('are two and three periods, or what the config says', () => {
    expect(limitsOf(every('4h'), now)).toEqual({ warnMs: 8 * hour, errorMs: 12 * hour });
    expect(limitsOf(every('1mo'), now)).toEqual({ warnMs: 1440 * hour, errorMs: 2160 * hour });
    expect(limitsOf({}, now)).toEqual({ warnMs: undefined, errorMs: undefined });
    expect(limitsOf({ freshness: { warn: hour } }, now)).toEqual({ warnMs: hour, errorMs: undefined });
    expect(limitsOf({ ...every('4h'), freshness: { warn: hour, error: 2 * hour } }, now)).toEqual({ warnMs: hour, errorMs: 2 * hour });
  });

  it('are in order where the config says one of them', () => {
    expect(limitsOf({ ...every('4h'), freshness: { warn: 20 * hour } }, now)).toEqual({ warnMs: 20 * hour, errorMs: 20 * hour });
    expect(limitsOf({ ...every('4h'), freshness: { error: hour } }, now)).toEqual({ warnMs: hour, errorMs: hour });
  });
});

describe('a provider', () => {
  const judged = (done: Done, more: Partial<ProviderInstance> = every('4h')) => {
    const { status, message } = freshnessOf({ name: 'shop', type: 'shop', required: true, ...more } as ProviderInstance, done, now);
    return [status, message];
  };
  const whole = (hours: number) => ({ whole: ago(hours), some: ago(hours) });

  it('is fresh, old, or too old', () => {
    expect(judged(whole(8))).toEqual(['ok', undefined]);
    expect(judged(whole(9))).toEqual(['warning', 'has brought nothing for 9h; 8h is a warning']);
    expect(judged(whole(13))).toEqual(['error', 'has brought nothing for 13h; 12h is an error']);
    expect(judged({})).toEqual(['error', 'no run has brought its present data yet']);
  });

  it('is a warning where it has come with problems for long', () => {
    expect(judged({ whole: ago(7), some: ago(1) })).toEqual(['ok', undefined]);
    expect(judged({ whole: ago(30), some: ago(1) })).toEqual(['warning', 'has come with problems since 2026-11-20 15:07Z: see kpi runs']);
    const tried = (times: number) => ({ some: ago(1), tried: { at: ago(1), times, startedAt: ago(1) } });
    expect(judged(tried(1))).toEqual(['ok', undefined]);
    expect(judged(tried(3))).toEqual(['warning', 'has never come without a problem: see kpi runs']);
  });

  it('is not judged where nothing says how often it comes', () => {
    expect(judged(whole(9000), {})).toEqual(['ok', 'not judged: set every, or freshness']);
    expect(judged(whole(9000), { freshness: { warn: hour } })[0]).toBe('warning');
  });

  it('has its age by the time that its last data stands for', () => {
    const told = freshnessOf({ name: 'a', type: 'b', required: false, ...every('4h') } as ProviderInstance, whole(1), now);
    expect(told).toEqual({
      name: 'a',
      type: 'b',
      required: false,
      status: 'ok',
      whole: ago(1),
      some: ago(1),
      ageMs: hour,
      warnMs: 8 * hour,
      errorMs: 12 * hour,
    });
  });
});
