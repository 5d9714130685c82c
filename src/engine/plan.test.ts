import { describe, expect, it } from 'vitest';
import { gauge, type Measurement, measurement } from '../sdk/measurement.ts';
import { parsePeriod } from './period.ts';
import { planInstance } from './plan.ts';

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
    expect(plan([visits], { ends: { visits: new Date('2026-11-21T16:00Z') } }).windows.visits?.from).toEqual(new Date('2026-11-18T00:00Z'));
  });
  it('go back to the last run that collected all', () => {
    expect(plan([visits], { ends: { visits: new Date('2026-11-13T16:00Z') } }).windows.visits?.from).toEqual(new Date('2026-11-13T00:00Z'));
  });
  it('are not older than the upstream remembers', () => {
    expect(plan([visits], { ends: { visits: new Date('2026-01-01T00:00Z') } }).windows.visits?.from).toEqual(new Date('2026-11-07T00:00Z'));
  });
});

it('asks for what the user selects', () => {
  expect(plan([stars, visits, checks], { only: ['s*', 'visits'], measurements: ['*s'] }).measurements.map((one) => one.name)).toEqual([
    'stars',
    'visits',
  ]);
  expect(plan([stars, visits], { measurements: ['v*'] }).measurements.map((one) => one.name)).toEqual(['visits']);
});
