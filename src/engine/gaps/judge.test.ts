import { describe, expect, it } from 'vitest';
import { type Period, parsePeriod } from '../period.ts';
import { type Grid, gridOf, gridOfMeasurement } from './grid.ts';
import { judge } from './judge.ts';

const now = Date.parse('2026-11-21T20:07:00Z');
const at = (text: string) => Date.parse(text);
const days = gridOfMeasurement({ time: 'day' }, undefined) as Grid;
const day = (depth?: string) => ({ time: 'day', history: depth === undefined ? {} : { depth } }) as const;

describe('days', () => {
  it('are lost once the upstream forgets them, the oldest first', () => {
    expect(judge([at('2026-11-01'), at('2026-11-15')], day('14d'), days, now)).toEqual([
      { range: [at('2026-11-01'), at('2026-11-08')], recoverable: undefined },
      { range: [at('2026-11-08'), at('2026-11-15')], recoverable: 'range', lostOn: at('2026-11-22') },
    ]);
    expect(judge([at('2026-11-07'), at('2026-11-08')], day('14d'), days, at('2026-11-21'))).toMatchObject([{ recoverable: 'range' }]);
    expect(judge([at('2026-10-01'), at('2026-10-05')], day('14d'), days, now)).toMatchObject([{ recoverable: undefined }]);
  });

  it('can be had at any time where it never does', () => {
    const range = [at('2020-01-01'), at('2020-01-05')] as const;
    expect(judge(range, day(), days, now)).toEqual([{ range, recoverable: 'range' }]);
    expect(judge(range, { time: 'day' }, days, now)).toEqual([{ range, recoverable: undefined }]);
  });
});

describe('months', () => {
  it('are lost with their first day', () => {
    const months = gridOfMeasurement({ time: 'month' }, undefined) as Grid;
    const parts = judge([at('2026-05-01'), at('2026-10-01')], { time: 'month', history: { depth: '90d' } }, months, now);
    expect(parts.map(({ range, recoverable }) => [new Date(range[0]).toISOString().slice(0, 7), recoverable])).toEqual([
      ['2026-05', undefined],
      ['2026-09', 'range'],
    ]);
  });
});

describe('snapshots', () => {
  const grid = gridOf(parsePeriod('4h') as Period);
  it('are lost, but for the last one while it may still be taken', () => {
    expect(judge([at('2026-11-21T08:00Z'), at('2026-11-21T20:00Z')], { time: 'snapshot' }, grid, now)).toEqual([
      { range: [at('2026-11-21T08:00Z'), at('2026-11-21T16:00Z')], recoverable: undefined },
      { range: [at('2026-11-21T16:00Z'), at('2026-11-21T20:00Z')], recoverable: 'at', lostOn: at('2026-11-22') },
    ]);
    expect(judge([at('2026-11-21T08:00Z'), at('2026-11-21T12:00Z')], { time: 'snapshot' }, grid, now)).toMatchObject([
      { recoverable: undefined },
    ]);
  });
});
