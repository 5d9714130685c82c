import { existsSync } from 'node:fs';
import type { SinkContext } from '../../sdk/context.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Entry, FieldValue, Tags } from '../../sdk/point.ts';
import type { Store } from '../../sdk/sink.ts';
import { connectReadOnly, type Database, loadSqlite, meaning } from './connection.ts';
import type { Settings } from './schema.ts';
import { quoted } from './sql.ts';
import { columnsOf, storedOf } from './tables.ts';

/** The database, opened for reading only. Where there is none yet it is empty, and stays so. */
export async function openStore({ path: name }: Settings, context: SinkContext): Promise<Store> {
  const path = context.resolve(name);
  if (!existsSync(path)) return { last: nothing, history: nothing, close: async () => {} };
  const Sqlite = await loadSqlite();
  const db = connectReadOnly(Sqlite, { name, path, busyMs: 1000 });
  return {
    last({ measurement, tags, before }) {
      const until = before ? ' and time < ?' : '';
      const table = quoted(measurement);
      // From series to series by the primary key, and of each its newest row: not a look at every row.
      const from = `with recursive each (series) as (
          select min(series) from ${table}
          union all select (select min(series) from ${table} where series > each.series) from each where each.series is not null
        ) select t.* from each join ${table} as t
          on t.series = each.series and t.time = (select max(time) from ${table} where series = each.series${until})`;
      return entries(db, name, { measurement, tags, from, values: before ? [before.toISOString()] : [], order: 'series' });
    },
    history({ measurement, tags, series, window }) {
      const named = series ? ' and t.series in (select value from json_each(?))' : '';
      const from = `select t.* from ${quoted(measurement)} as t where t.time >= ? and t.time < ?${named}`;
      const values = [window.from.toISOString(), window.to.toISOString(), ...(series ? [JSON.stringify(series)] : [])];
      return entries(db, name, { measurement, tags, from, values, order: 'series, time' });
    },
    async close() {
      if (db.isOpen) db.close();
    },
  };
}

interface Question {
  readonly measurement: string;
  readonly tags: Tags | undefined;
  readonly from: string;
  readonly values: readonly string[];
  readonly order: string;
}

async function* entries(db: Database, name: string, { measurement, tags, from, values, order }: Question): AsyncGenerator<Entry> {
  const stored = meaning(name, () => storedOf(db, measurement));
  const columns = meaning(name, () => columnsOf(db, measurement));
  const wanted = Object.entries(tags ?? {});
  if (!stored || columns.length === 0 || wanted.some(([tag]) => !stored.tags.includes(tag))) return;
  const where = wanted.map(([tag]) => `${quoted(tag)} = ?`);
  const sql = `select * from (${from})${where.length > 0 ? ` where ${where.join(' and ')}` : ''} order by ${order}`;
  const rows = meaning(name, () => db.prepare(sql).iterate(...values, ...wanted.map(([, value]) => value)));
  for (;;) {
    const next = meaning(name, () => rows.next());
    if (next.done) return;
    yield entryOf(next.value, measurement, stored);
  }
}

interface Shape {
  readonly declaration: Measurement;
  readonly tags: readonly string[];
}

function entryOf(row: Readonly<Record<string, unknown>>, measurement: string, { declaration, tags: tagNames }: Shape): Entry {
  const tags: Record<string, string> = {};
  for (const tag of tagNames) if (row[tag]) tags[tag] = String(row[tag]);
  const fields: Record<string, FieldValue> = {};
  for (const [field, { kind }] of Object.entries(declaration.fields)) {
    const value = row[field];
    if (value === null || value === undefined) continue;
    fields[field] = kind === 'flag' ? value === 1 : (value as FieldValue);
  }
  return {
    point: { measurement, tags, fields, time: new Date(String(row.time)) },
    runId: String(row.run_id),
    collectedAt: new Date(String(row.collected_at)),
    provisional: row.provisional === 1,
  };
}

async function* nothing(): AsyncGenerator<Entry> {}
