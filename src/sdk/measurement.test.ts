import { describe, expect, it } from 'vitest';
import { counter, declarationProblem, flag, gauge, histogram, measurement, moment, name, ratio, summary, text } from './measurement.ts';

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

  it('leaves what is no moment for the engine to refuse', () => {
    expect(repository.of({ tags: { repo: 'a/b' }, fields: { pushed_at: 'soon' }, time }).fields).toEqual({ pushed_at: 'soon' });
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

  it('is told in words', () => {
    expect(declarationProblem({ name: 'm', ...good })).toBeUndefined();
    expect(declarationProblem({ name: 'm', ...good, tags: { time: '' } })).toBe('the name time is reserved');
  });
});
