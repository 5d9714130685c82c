import fc from 'fast-check';
import { expect } from 'vitest';
import { createComparison } from '../../src/engine/compare/comparison.ts';
import {
  type AnySink,
  counter,
  type Entry,
  type Fields,
  flag,
  gauge,
  measurement,
  moment,
  type Point,
  seriesText,
  type Tags,
  text,
} from '../../src/sdk/index.ts';
import { createTestClock } from '../../src/testing/clock.ts';
import { createSinkContext, type SinkPlace } from '../../src/testing/contract/sink.ts';

const fields = { level: gauge(), total: counter(), up: flag(), seen_at: moment(), note: text() };
const declared = [
  measurement('daily', { help: '', time: 'day', tags: { city: '', kind: '' }, fields, history: {} }),
  measurement('stand', { help: '', time: 'snapshot', tags: { city: '' }, fields }),
];
const base = Date.UTC(2026, 10, 1);

/** Few values, times and series, so that many meet; of ages that make an entry newer than another, older, or of the same moment. */
const entries = fc
  .array(
    fc.record({
      isDaily: fc.boolean(),
      city: fc.constantFrom('Riga', 'Oslo', "o'Hare"),
      day: fc.integer({ min: 0, max: 3 }),
      collected: fc.integer({ min: 0, max: 3 }),
      provisional: fc.boolean(),
      values: fc.record(
        {
          level: fc.constantFrom(0, -0, 0.1 + 0.2, 1),
          total: fc.constantFrom(5, 9_007_199_254_740_991),
          up: fc.boolean(),
          seen_at: fc.constantFrom('2026-11-20T07:08:09.000Z', '2026-11-20T07:08:09.001Z'),
          note: fc.constantFrom('a', 'ünïcode 🚀'),
        },
        { requiredKeys: [] },
      ),
    }),
    { maxLength: 25 },
  )
  .map((all) =>
    all
      .filter(({ values }) => Object.keys(values).length > 0)
      .map(({ isDaily, city, day, collected, provisional, values }): Omit<Entry, 'runId'> => {
        const tags = (isDaily ? { city, kind: 'x' } : { city }) as Tags;
        const time = new Date(base + day * 86_400_000);
        const point = { measurement: isDaily ? 'daily' : 'stand', tags, fields: values as Fields, time };
        return { point, collectedAt: new Date(base + collected * 60_000), provisional };
      }),
  );

/**
 * Writes entries to a store, compares others with it, and then writes those too: what the comparison counted must be what the store's own
 * rows, read past the sink, say became of them. The comparison itself must change nothing.
 */
export async function comparesAsItWrites(
  sink: AnySink,
  start: () => Promise<Pick<SinkPlace, 'settings' | 'read' | 'close'>>,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(entries, entries, async (first, second) => {
      const place = await start();
      try {
        const settings = sink.settings.parse(place.settings);
        const context = createSinkContext({ measurements: declared, autoInit: true });
        const write = async (batch: readonly Entry[]) => {
          const open = await sink.open(settings, context);
          expect(await open.write(batch)).toEqual([]);
          await open.close();
        };
        if (first.length > 0) await write(first.map((one) => ({ ...one, runId: 'first' })));
        const before = valuesOf(await place.read());
        const comparison = createComparison({
          name: 'store',
          accepts: sink.accepts(settings),
          wants: () => true,
          measurement: context.measurement,
          ask: async () => await (sink.ask as NonNullable<AnySink['ask']>)(settings, context),
          until: context.signal,
          clock: createTestClock(),
          tally: { add: (problem) => expect(problem).toBeUndefined() },
          redact: (one) => one,
        });
        const given = second.map((one) => ({ ...one, runId: 'second' }));
        for (let from = 0; from < given.length; from += 4) await comparison.take(given.slice(from, from + 4));
        await comparison.finish();
        expect(valuesOf(await place.read())).toEqual(before);
        if (given.length > 0) await write(given);
        const after = valuesOf(await place.read());
        expect(comparison.changes().map(({ samples, ...counts }) => counts)).toEqual(countsOf(before, after, given));
        const changed = comparison.changes().reduce((sum, one) => sum + one.added + one.changed, 0);
        expect(comparison.found).toBe(changed > 0);
      } finally {
        await place.close();
      }
    }),
    { numRuns, seed: 6 },
  );
}

type Values = ReadonlyMap<string, Fields>;

/** The values of all rows by identity; not who collected them, and when. */
function valuesOf(rows: readonly Point[]): Values {
  return new Map(rows.map((row) => [identity(row), row.fields]));
}

function identity({ measurement: name, tags, time }: Point): string {
  return `${name} ${seriesText(name, tags)} ${time.toISOString()}`;
}

/** What the store itself says of what was written to it. */
function countsOf(before: Values, after: Values, given: readonly Entry[]) {
  const touched = new Set(given.map(({ point }) => identity(point)));
  const counts = new Map<string, { measurement: string; added: number; changed: number; left: number; values: number }>();
  for (const key of [...touched].sort()) {
    const [name = ''] = key.split(' ');
    const one = counts.get(name) ?? { measurement: name, added: 0, changed: 0, left: 0, values: 0 };
    counts.set(name, one);
    const old = before.get(key);
    const differing = Object.keys(fields).filter((field) => old?.[field] !== after.get(key)?.[field]).length;
    if (old === undefined) one.added++;
    else if (differing === 0) one.left++;
    else {
      one.changed++;
      one.values += differing;
    }
  }
  for (const [key, values] of before) if (!touched.has(key)) expect(after.get(key)).toEqual(values);
  expect(after.size).toBe(new Set([...before.keys(), ...touched]).size);
  return [...counts.values()];
}
