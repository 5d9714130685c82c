import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { withWriters } from './children/sink-writers.ts';

/** Batches of which there are rows, as `writer batch`, and how many. */
function rowsByBatch(path: string): Map<string, number> {
  const db = new DatabaseSync(path);
  expect(db.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  const batches = new Map<string, number>();
  for (const { place } of db.prepare('select place from numbers').all()) {
    const batch = String(place).split(' ').slice(0, 2).join(' ');
    batches.set(batch, (batches.get(batch) ?? 0) + 1);
  }
  db.close();
  return batches;
}

describe('the sqlite sink', () => {
  it('has every acknowledged batch after kill -9, and none in part', { timeout: 60_000 }, () =>
    withWriters(async ({ dir, killed }) => {
      const path = join(dir, 'kpi.db');
      const acknowledged = await killed('sqlite', { path }, 4, 200);
      expect(acknowledged.length).toBeGreaterThan(4);
      const stored = rowsByBatch(path);
      for (const batch of acknowledged) expect(stored.get(batch), batch).toBe(200);
      expect(new Set(stored.values())).toEqual(new Set([200]));
    }),
  );

  it('loses nothing when two processes make it and write to it at once', { timeout: 60_000 }, () =>
    withWriters(async ({ dir, together }) => {
      const path = join(dir, 'kpi.db');
      await together('sqlite', { path }, 40, 50);
      const stored = rowsByBatch(path);
      expect(stored.size).toBe(80);
      expect(new Set(stored.values())).toEqual(new Set([50]));
      const db = new DatabaseSync(path);
      expect(db.prepare('select count(of_a) as a, count(of_b) as b from numbers').get()).toEqual({ a: 2000, b: 2000 });
      expect(db.prepare("select count(*) as rows from kpi_series where field in ('of_a', 'of_b')").get()).toEqual({ rows: 4000 });
      db.close();
    }),
  );
});
