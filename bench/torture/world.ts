import { z } from 'zod';
import { gauge, measurement } from '../../src/sdk/measurement.ts';
import type { Point } from '../../src/sdk/point.ts';
import { type AnyProvider, defineProvider } from '../../src/sdk/provider.ts';
import { identityOf } from './store.ts';

const seriesCount = 500;
const everyMs = 15_000;

export const numbers = measurement('numbers', {
  help: 'Five numbers of one thing.',
  time: 'event',
  tags: { repo: 'owner/name', part: 'which part' },
  fields: { a: gauge(), b: gauge(), c: gauge(), d: gauge(), e: gauge() },
});

/** The point with a number: of 500 series in turn, each a quarter of a minute after the one before it, so that all stores take them. */
function point(index: number, from: Date): Point {
  const series = index % seriesCount;
  return numbers.of({
    tags: { repo: `owner/repository-${series}`, part: 'all' },
    fields: { a: index, b: index / 3, c: series, d: index % 1000, e: 1.5 },
    time: new Date(from.getTime() + Math.floor(index / seriesCount) * everyMs),
  });
}

/** A provider of so many points, the same for the same beginning. */
export function generator(count: number, from: Date): AnyProvider {
  return defineProvider<object, string>({
    name: 'generator',
    help: 'Points without an upstream.',
    settings: z.strictObject({}),
    example: {},
    measurements: () => [numbers],
    limits: () => [{ name: 'none', key: ['generator'], concurrency: 1, source: 'a torture' }],
    targets: () => ['all'],
    label: (target) => target,
    async connect() {
      return {
        async *collect() {
          for (let index = 0; index < count; index++) yield point(index, from);
        },
        close: async () => {},
      };
    },
  });
}

export function identitiesOf(count: number, from: Date): ReadonlySet<string> {
  const all = new Set<string>();
  for (let index = 0; index < count; index++) {
    const { measurement: name, tags, time } = point(index, from);
    all.add(identityOf(name, tags, time));
  }
  return all;
}
