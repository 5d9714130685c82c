import { z } from 'zod';
import { gauge, measurement } from '../src/sdk/measurement.ts';
import type { Point } from '../src/sdk/point.ts';
import { type AnyProvider, defineProvider } from '../src/sdk/provider.ts';

/** Points of one series, one after another, as a backfill brings them. */
const perSeries = 2000;
const start = Date.UTC(2020, 0, 1);

export const numbers = measurement('numbers', {
  help: 'Five numbers of one thing.',
  time: 'event',
  tags: { repo: 'owner/name', part: 'which part' },
  fields: { a: gauge(), b: gauge(), c: gauge(), d: gauge(), e: gauge() },
});

/** The point with a number: 2,000 of each series, a second apart. */
export function point(index: number): Point {
  const series = Math.floor(index / perSeries);
  return numbers.of({
    tags: { repo: `owner/repository-${series}`, part: 'all' },
    fields: { a: index, b: index / 3, c: series, d: index % 1000, e: 1.5 },
    time: new Date(start + (index % perSeries) * 1000),
  });
}

/** A provider of so many points, made as they are asked for. */
export function generator(count: number): AnyProvider {
  return defineProvider<object, string>({
    name: 'generator',
    help: 'Points without an upstream.',
    settings: z.object({}),
    example: {},
    measurements: () => [numbers],
    limits: () => [{ name: 'none', key: ['generator'], concurrency: 1, source: 'a benchmark' }],
    targets: () => ['all'],
    label: (target) => target,
    async connect() {
      return {
        async *collect() {
          for (let index = 0; index < count; index++) yield point(index);
        },
        close: async () => {},
      };
    },
  });
}
