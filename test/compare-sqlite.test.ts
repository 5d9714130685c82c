import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { Measurement } from '../src/sdk/index.ts';
import { sqlite } from '../src/sinks/sqlite/index.ts';
import type { StoredRow } from '../src/testing/contract/sink.ts';
import { comparesAsItWrites } from './compare/property.ts';

it('what a dry run says of SQLite is what a run does to it', { timeout: 60_000 }, async () => {
  let places = 0;
  await comparesAsItWrites(
    sqlite,
    async () => {
      places++;
      const dir = mkdtempSync(join(tmpdir(), 'kpi-compare-'));
      const path = join(dir, 'kpi.db');
      return { settings: { path }, read: async () => rowsOf(path), close: async () => rmSync(dir, { recursive: true }) };
    },
    60,
  );
  expect(places).toBe(60);
});

/** Read from the tables, in the words of points. */
function rowsOf(path: string): readonly StoredRow[] {
  const db = new DatabaseSync(path);
  try {
    if (db.prepare("select 1 from sqlite_master where name = 'kpi_measurement'").all().length === 0) return [];
    return db
      .prepare('select name, declaration from kpi_measurement')
      .all()
      .flatMap(({ name, declaration }) => {
        const declared: Measurement = JSON.parse(String(declaration));
        return db
          .prepare(`select * from ${name}`)
          .all()
          .map((row) => rowOf(declared, row));
      });
  } finally {
    db.close();
  }
}

function rowOf({ name, tags, fields }: Measurement, row: Readonly<Record<string, unknown>>): StoredRow {
  const values = Object.entries(fields).flatMap(([field, { kind }]) => {
    if (row[field] === null) return [];
    return [[field, kind === 'flag' ? row[field] === 1 : row[field]]];
  });
  return {
    measurement: name,
    tags: Object.fromEntries(Object.keys(tags).map((tag) => [tag, String(row[tag])])),
    fields: Object.fromEntries(values),
    time: new Date(String(row.time)),
  };
}
