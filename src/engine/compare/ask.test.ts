import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { counter, flag, gauge, measurement, moment, text } from '../../sdk/measurement.ts';
import type { Entry, FieldValue, Tags } from '../../sdk/point.ts';
import { sqlite } from '../../sinks/sqlite/index.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createSinkContext } from '../../testing/sink-context.ts';
import { createComparison } from './comparison.ts';

const fields = { level: gauge(), total: counter(), up: flag(), seen_at: moment(), note: text() };
const declared = [
  measurement('daily', { help: '', time: 'day', tags: { city: '', kind: '' }, fields, history: {} }),
  measurement('stand', { help: '', time: 'snapshot', tags: { city: '' }, fields }),
];
const base = Date.UTC(2026, 10, 1);

/** Few values, times and series, so that many meet; and ages, so that an entry is newer, older, or of the same moment. */
const entries = fc.array(
  fc.record({
    which: fc.integer({ min: 0, max: 1 }),
    city: fc.constantFrom('Riga', 'Oslo', "o'Hare"),
    day: fc.integer({ min: 0, max: 3 }),
    collected: fc.integer({ min: 0, max: 3 }),
    provisional: fc.boolean(),
    values: fc.record(
      {
        level: fc.constantFrom(0, -0, 0.1 + 0.2, 1),
        total: fc.constantFrom(5, 6),
        up: fc.boolean(),
        seen_at: fc.constantFrom('2026-11-20T07:08:09.000Z', '2026-11-20T07:08:09.001Z'),
        note: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: [] },
    ),
  }),
  { maxLength: 25 },
);

type Made = typeof entries extends fc.Arbitrary<infer Values> ? Values : never;

function madeOf(made: Made, runId: string): Entry[] {
  return made
    .filter(({ values }) => Object.keys(values).length > 0)
    .map(({ which, city, day, collected, provisional, values }) => ({
      point: {
        measurement: which === 0 ? 'daily' : 'stand',
        tags: (which === 0 ? { city, kind: 'x' } : { city }) as Tags,
        fields: { ...values } as Record<string, FieldValue>,
        time: new Date(base + day * 86_400_000),
      },
      runId,
      collectedAt: new Date(base + collected * 60_000),
      provisional,
    }));
}

it('says exactly what SQLite does when the same entries are written', async () => {
  await fc.assert(
    fc.asyncProperty(entries, entries, async (before, after) => {
      const dir = mkdtempSync(join(tmpdir(), 'kpi-compare-'));
      try {
        const context = createSinkContext({ measurements: declared, dir });
        const settings = { path: 'kpi.db' };
        const write = async (batch: readonly Entry[]) => {
          const open = await sqlite.open(settings, context);
          expect(await open.write(batch)).toEqual([]);
          await open.close();
        };
        if (before.length > 0) await write(madeOf(before, 'before'));
        const stored = rowsOf(join(dir, 'kpi.db'));
        const given = madeOf(after, 'after');
        const comparison = createComparison({
          name: 'local',
          accepts: sqlite.accepts(settings),
          wants: () => true,
          measurement: context.measurement,
          ask: async () => await (sqlite.ask as NonNullable<typeof sqlite.ask>)(settings, context),
          until: context.signal,
          clock: createTestClock(),
          tally: { add: (problem) => expect(problem).toBeUndefined() },
          redact: (one) => one,
        });
        for (let from = 0; from < given.length; from += 4) await comparison.take(given.slice(from, from + 4));
        await comparison.finish();
        expect(rowsOf(join(dir, 'kpi.db'))).toEqual(stored);
        await write(given);
        expect(comparison.changes().map(({ samples, ...counts }) => counts)).toEqual(countsOf(stored, rowsOf(join(dir, 'kpi.db')), given));
      } finally {
        rmSync(dir, { recursive: true });
      }
    }),
    { numRuns: 60, seed: 6 },
  );
});

type Rows = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** The values of all rows by measurement, tags and time: not by whom and when they were collected. */
function rowsOf(path: string): Rows {
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  const db = new DatabaseSync(path);
  for (const { name } of db.prepare("select name from sqlite_master where type = 'table' and name in ('daily', 'stand')").all()) {
    for (const row of db.prepare(`select * from ${name}`).all()) {
      rows.set(`${name} ${row.city} ${row.time}`, Object.fromEntries(Object.keys(fields).map((field) => [field, row[field]])));
    }
  }
  db.close();
  return rows;
}

/** What the tables themselves say, before and after. */
function countsOf(before: Rows, after: Rows, given: readonly Entry[]) {
  const touched = new Set(given.map(({ point }) => `${point.measurement} ${point.tags.city} ${point.time.toISOString()}`));
  const counts = new Map<string, { measurement: string; added: number; changed: number; left: number; values: number }>();
  for (const key of [...touched].sort()) {
    const name = key.split(' ')[0] as string;
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
  for (const key of before.keys()) if (!touched.has(key)) expect(after.get(key)).toEqual(before.get(key));
  expect(after.size).toBe(new Set([...before.keys(), ...touched]).size);
  return [...counts.values()];
}
