import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePeriod } from '../period.ts';
import { cronLines } from './cron.ts';

function lines(period: string, seed = '/home/ada/kpi') {
  const parsed = parsePeriod(period);
  return parsed && cronLines(parsed, seed);
}

/** The minutes of a day at which lines of the forms that we make start a run. */
function startsOf(cron: readonly string[]): readonly number[] {
  const starts = cron.flatMap((line) => {
    const [minutes = '', hours = ''] = line.split(' ');
    const all = Array.from({ length: 24 }, (_, hour) => hour);
    const step = Number(/^\*\/(\d+)$/.exec(hours)?.[1] ?? 1);
    const of = hours.startsWith('*') ? all.filter((hour) => hour % step === 0) : hours.split(',').map(Number);
    return of.flatMap((hour) => minutes.split(',').map((minute) => hour * 60 + Number(minute)));
  });
  return starts.sort((a, b) => a - b);
}

describe('cronLines', () => {
  it.each([
    ['4h', /^\d+ \*\/4 \* \* \*$/],
    ['1h', /^\d+ \* \* \* \*$/],
    ['15m', /^\d+,\d+,\d+,\d+ \* \* \* \*$/],
    ['12h', /^\d+ \*\/12 \* \* \*$/],
    ['1d', /^\d+ [2-5] \* \* \*$/],
    ['3d', /^\d+ [2-5] \* \* \*$/],
    ['1w', /^\d+ [2-5] \* \* 1$/],
    ['1mo', /^\d+ [2-5] 1 \* \*$/],
  ])('%s is one line', (period, pattern) => {
    expect(lines(period)).toEqual([expect.stringMatching(pattern)]);
  });

  it('starts one run in each period of the day, at odd minutes of its own, never at a full or a half hour', () => {
    const day = 24 * 60;
    const minutes = Array.from({ length: day - 4 }, (_, index) => index + 5).filter((step) => day % step === 0 && step < day);
    fc.assert(
      fc.property(fc.constantFrom(...minutes), fc.string(), (step, seed) => {
        const starts = startsOf(lines(`${step}m`, seed) ?? []);
        expect(starts.map((start) => Math.floor(start / step))).toEqual(Array.from({ length: day / step }, (_, index) => index));
        for (const start of starts) expect([0, 30]).not.toContain(start % 60);
      }),
    );
  });

  it('is the same for the same folder, and not for all folders', () => {
    expect(lines('1d', '/a')).toEqual(lines('1d', '/a'));
    expect(new Set(Array.from({ length: 20 }, (_, index) => lines('1d', `/folder ${index}`)?.[0])).size).toBeGreaterThan(10);
  });

  it('makes none for what GitHub would not start', () => {
    expect(lines('4m')).toBeUndefined();
    expect(lines('30s')).toBeUndefined();
    expect(lines('90s')).toBeUndefined();
  });
});
