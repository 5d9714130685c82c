import { describe, expect, it } from 'vitest';
import {
  counter,
  declarationProblem,
  flag,
  gauge,
  type History,
  histogram,
  type Measurement,
  measurement,
  moment,
  name,
  ratio,
  summary,
  text,
} from './measurement.ts';

const repository = measurement('github_repository', {
  help: 'One repository as it stands.',
  time: 'snapshot',
  tags: { repo: 'owner/name' },
  fields: {
    stars: gauge('{star}'),
    is_archived: flag(),
    pushed_at: moment(),
    title: name(),
    note: text(),
    share: ratio(),
    downloads: counter(),
  },
});
const time = new Date('2026-11-21T20:00:00.000Z');

describe('of', () => {
  it('leaves out what is unknown', () => {
    const point = repository.of({ tags: { repo: 'a/b' }, fields: { stars: 0, is_archived: undefined, title: null }, time });
    expect(point).toEqual({ measurement: 'github_repository', tags: { repo: 'a/b' }, fields: { stars: 0 }, time });
  });

  it('gives every moment the one form', () => {
    const moments = [new Date('2021-01-19T20:44:18Z'), '2021-01-19T20:44:18Z', '2021-01-19T21:44:18+01:00'];
    for (const pushed of moments) {
      expect(repository.of({ tags: { repo: 'a/b' }, fields: { pushed_at: pushed }, time }).fields).toEqual({
        pushed_at: '2021-01-19T20:44:18.000Z',
      });
    }
  });

  it.each([
    ['2026-11-21', '2026-11-21T00:00:00.000Z'],
    ['2021-01-19T20:44:18.1234567+00:00', '2021-01-19T20:44:18.123Z'],
    ['2021-01-19T21:44:18+0100', '2021-01-19T20:44:18.000Z'],
    ['2021-01-19T20:44Z', '2021-01-19T20:44:00.000Z'],
  ])('takes a date, and a time that says its offset: %s', (given, moment) => {
    expect(repository.of({ tags: { repo: 'a/b' }, fields: { pushed_at: given }, time }).fields).toEqual({ pushed_at: moment });
  });

  it.each(['soon', '12', '2026-11-21T10:00:00', '2026-02-31', '21 Nov 2026', '2026-11-21T25:00:00Z', ''])(
    'leaves what is no moment, or one only in some zone, for the engine to refuse: %j',
    (given) => {
      expect(repository.of({ tags: { repo: 'a/b' }, fields: { pushed_at: given }, time }).fields).toEqual({ pushed_at: given });
    },
  );

  it('makes points that do not change with the objects they are made of', () => {
    const tags = { repo: 'a/b' };
    const moving = new Date(time);
    const point = repository.of({ tags, fields: { stars: 1 }, time: moving });
    tags.repo = 'c/d';
    moving.setUTCFullYear(1999);
    expect(point).toEqual({ measurement: 'github_repository', tags: { repo: 'a/b' }, fields: { stars: 1 }, time });
  });

  it('does not show in the declaration, which is plain JSON', () => {
    expect(structuredClone(repository)).toEqual(JSON.parse(JSON.stringify(repository)));
    expect(Object.keys(repository)).not.toContain('of');
  });
});

describe('lists of observations', () => {
  it('become one field for each number', () => {
    expect(Object.keys(summary('latency', [0.5, 0.99], 'ms'))).toEqual(['latency_count', 'latency_sum', 'latency_p50', 'latency_p99']);
    expect(summary('latency', [0.5], 'ms')).toMatchObject({ latency_p50: { kind: 'summary', unit: 'ms', of: 'latency', part: 'p50' } });
    expect(Object.keys(histogram('latency', [0.5, 10]))).toEqual(['latency_count', 'latency_sum', 'latency_le_0_5', 'latency_le_10']);
  });
});

describe('a declaration that the stores could not hold', () => {
  const good = { help: '', time: 'snapshot', tags: { a: '' }, fields: { b: gauge() } } as const;
  it.each([
    ['a name in capitals', () => measurement('Stars', good)],
    ['a reserved tag', () => measurement('m', { ...good, tags: { series: '' } })],
    ['a reserved field', () => measurement('m', { ...good, fields: { value: gauge() } })],
    ['a tag that is a field', () => measurement('m', { ...good, tags: { b: '' } })],
    ['no field', () => measurement('m', { ...good, fields: {} })],
    ['a snapshot with a past', () => measurement('m', { ...good, history: {} })],
  ])('%s is refused', (_, declare) => {
    expect(declare).toThrow(TypeError);
  });

  it.each<[Measurement['time'], History, string | undefined]>([
    ['day', { depth: '2y' }, 'its depth "2y" is no duration, such as 90s, 4h, 14d or 1w'],
    ['month', { first: '1mo' }, 'its first "1mo" is no duration, such as 90s, 4h, 14d or 1w'],
    ['event', { settle: '3 days' }, 'its settle "3 days" is no duration, such as 90s, 4h, 14d or 1w'],
    ['event', { settle: '' }, 'its settle "" is no duration, such as 90s, 4h, 14d or 1w'],
    ['day', { depth: '23h' }, 'its depth 23h is shorter than a day: at least 1d'],
    ['month', { depth: '30d' }, 'its depth 30d is shorter than a month: at least 31d'],
    ['month', { depth: '31d', first: '90d', settle: '0s' }, undefined],
    ['day', { depth: '1d' }, undefined],
    ['event', { depth: '1h' }, undefined],
  ])('a %s with the past %o', (time, history, problem) => {
    expect(declarationProblem({ name: 'm', ...good, time, history })).toBe(problem);
  });

  it('is told in words', () => {
    expect(declarationProblem({ name: 'm', ...good })).toBeUndefined();
    expect(declarationProblem({ name: 'm', ...good, tags: { time: '' } })).toBe('the name time is reserved');
  });
});
