import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gauge, type Measurement, measurement } from '../../sdk/measurement.ts';
import type { Window } from '../../sdk/time.ts';
import { type Period, parsePeriod } from '../period.ts';
import { nextStart, startOf } from '../plan.ts';
import { chunksOf, chunkWindow, rangeWindow } from './chunks.ts';

const dayMs = 86_400_000;
const now = new Date('2026-11-21T20:17:03.000Z');

function declared(time: 'day' | 'month' | 'event', depth?: string): Measurement {
  return measurement('m', { help: '', time, tags: {}, fields: { n: gauge() }, history: { ...(depth !== undefined && { depth }) } });
}

function range(from: string, to: string, chunk = '1mo') {
  return { from: new Date(from), to: new Date(to), chunk: parsePeriod(chunk) as Period };
}

const text = ({ from, to }: Window) => `${from.toISOString().slice(0, 16)} ${to.toISOString().slice(0, 16)}`;

describe('chunks', () => {
  it.each([
    ['1mo', ['2026-11-01T00:00 2026-11-10T00:00', '2026-10-01T00:00 2026-11-01T00:00', '2026-09-20T12:30 2026-10-01T00:00']],
    ['30d', ['2026-11-03T00:00 2026-11-10T00:00', '2026-10-04T00:00 2026-11-03T00:00', '2026-09-20T12:30 2026-10-04T00:00']],
  ])('of %s begin where the calendar does, the newest first', (chunk, expected) => {
    expect(chunksOf(range('2026-09-20T12:30Z', '2026-11-10T00:00Z', chunk)).map(text)).toEqual(expected);
  });

  it('of a week begin on Monday', () => {
    expect(chunksOf(range('2026-11-01T00:00Z', '2026-11-10T00:00Z', '1w')).map(text)).toEqual([
      '2026-11-09T00:00 2026-11-10T00:00',
      '2026-11-02T00:00 2026-11-09T00:00',
      '2026-11-01T00:00 2026-11-02T00:00',
    ]);
  });
});

describe('what a measurement is asked for', () => {
  it.each([
    ['event', undefined, '2026-01-15T06:00 2026-03-10T18:00'],
    ['day', undefined, '2026-01-15T00:00 2026-03-11T00:00'],
    ['month', undefined, '2026-01-01T00:00 2026-04-01T00:00'],
    ['day', '300d', '2026-01-26T00:00 2026-03-11T00:00'],
    ['month', '300d', '2026-02-01T00:00 2026-04-01T00:00'],
    ['event', '300d', '2026-01-25T20:17 2026-03-10T18:00'],
  ] as const)('of a %s with depth %s is whole periods', (time, depth, expected) => {
    const window = rangeWindow(declared(time, depth), range('2026-01-15T06:00Z', '2026-03-10T18:00Z'), now);
    expect(window && text(window)).toBe(expected);
  });

  it('ends at the clock', () => {
    const window = rangeWindow(declared('month'), range('2026-10-15T00:00Z', '2026-11-21T00:00Z'), now);
    expect(window && text(window)).toBe('2026-10-01T00:00 2026-11-21T20:17');
  });

  it('is nothing where all is older than the depth', () => {
    expect(rangeWindow(declared('day', '14d'), range('2026-01-01T00:00Z', '2026-02-01T00:00Z'), now)).toBeUndefined();
  });
});

describe('any split of any range', () => {
  const asked = fc.record({
    fromHours: fc.integer({ min: 0, max: 3 * 366 * 24 }),
    lengthHours: fc.integer({ min: 1, max: 2 * 366 * 24 }),
    chunk: fc.constantFrom('1d', '2d', '7d', '30d', '100d', '1w', '1mo'),
    time: fc.constantFrom('day' as const, 'month' as const, 'event' as const),
    depthDays: fc.option(fc.integer({ min: 31, max: 900 }), { nil: undefined }),
  });

  it('is the range, whole and disjoint, the newest first, in whole periods', () => {
    let windowsSeen = 0;
    const property = fc.property(asked, ({ fromHours, lengthHours, chunk, time, depthDays }) => {
      const from = now.getTime() - 2 * 366 * dayMs - fromHours * 3_600_000;
      const one = range(
        new Date(from).toISOString(),
        new Date(Math.min(now.getTime(), from + lengthHours * 3_600_000)).toISOString(),
        chunk,
      );
      const it = declared(time, depthDays === undefined ? undefined : `${depthDays}d`);
      const whole = rangeWindow(it, one, now);
      const windows = chunksOf(one).flatMap((cell) => chunkWindow(it, cell, one, now) ?? []);
      windowsSeen += windows.length;
      expect(windows[0]?.to).toEqual(whole?.to);
      expect(windows.at(-1)?.from).toEqual(whole?.from);
      for (const [index, window] of windows.entries()) {
        expect(window.from < window.to).toBe(true);
        if (index > 0) expect(window.to).toEqual(windows[index - 1]?.from);
        if (time === 'event') continue;
        expect(startOf(it, window.from.getTime())).toBe(window.from.getTime());
        if (window.to < now) expect(nextStart(it, window.to.getTime())).toBe(window.to.getTime());
      }
    });
    fc.assert(property, { numRuns: 300 });
    expect(windowsSeen).toBeGreaterThan(1000);
  });
});
