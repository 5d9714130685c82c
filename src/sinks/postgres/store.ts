import type { Entry, FieldKind, FieldValue, SinkContext, Store, Tags } from '../../sdk/index.ts';
import { readCatalogue } from './catalogue.ts';
import { type Connection, connectionTo, type Row } from './connection.ts';
import type { Settings } from './settings.ts';
import { inSchema, literal, quoted } from './sql.ts';

/** Rows at once: so many of an answer are in memory. */
const rowsAtOnce = 2000;

/** The database, asked for what it holds; a schema that is not there is empty, and stays so. */
export async function openStore(settings: Settings, context: SinkContext): Promise<Store> {
  const connection = connectionTo(settings, context);
  return {
    last: ({ measurement, tags, before }) =>
      entries(connection, { measurement, tags, values: before ? [before.toISOString()] : [], page: before ? lastBefore : last }),
    history({ measurement, tags, series, window }) {
      const range = [window.from.toISOString(), window.to.toISOString()];
      return entries(connection, { measurement, tags, values: series ? [...range, series] : range, page: series ? historyOf : history });
    },
    close: () => connection.close(),
  };
}

/** SQL of the rows behind one that was read (by its series and, of a history, its time), in order; `$1` to `$3` are the question's. */
type Page = (table: string, behind: { readonly series: string; readonly time: string } | undefined) => string;

interface Question {
  readonly measurement: string;
  readonly tags: Tags | undefined;
  readonly values: readonly (string | readonly string[])[];
  readonly page: Page;
}

/**
 * From series to series by the primary key, and of each its newest row: not a look at every row.
 * https://wiki.postgresql.org/wiki/Loose_indexscan
 */
function newest(until: string): Page {
  return (table, behind) => `with recursive each (series) as (
    (select series from ${table} ${behind ? `where series > ${literal(behind.series)}` : ''} order by series limit 1)
    union all
    select (select series from ${table} where series > each.series order by series limit 1) from each where each.series is not null
  )
  select t.* from each cross join lateral (
    select * from ${table} where series = each.series ${until} order by time desc limit 1
  ) as t`;
}
const last = newest('');
const lastBefore = newest('and time < $1::timestamptz');

const historyOf: Page = (table, behind) => `${history(table, behind)} and series = any($3::text[])`;

const history: Page = (table, behind) =>
  `select * from ${table} where time >= $1::timestamptz and time < $2::timestamptz
  ${behind ? `and (series, time) > (${literal(behind.series)}, ${literal(behind.time)}::timestamptz)` : ''}`;

async function* entries(connection: Connection, { measurement, tags, values, page }: Question): AsyncGenerator<Entry> {
  const { query, schema } = connection;
  const { stored, tables } = await readCatalogue(query, schema, [measurement]);
  const { declaration, tags: tagNames } = stored.get(measurement) ?? {};
  const columns = tables.get(measurement)?.columns;
  const wanted = Object.entries(tags ?? {});
  if (!declaration || !tagNames || !columns || wanted.some(([tag]) => !tagNames.includes(tag))) return;
  const shape: Shape = {
    measurement,
    tags: tagNames.filter((tag) => columns.has(tag)),
    fields: Object.entries(declaration.fields).flatMap(([field, { kind }]) => (columns.has(field) ? [[field, kind] as const] : [])),
  };
  const where = wanted.map(([tag], index) => `t.${quoted(tag)} = $${values.length + index + 1}`).join(' and ') || 'true';
  const table = inSchema(schema, measurement);
  for (let behind: { series: string; time: string } | undefined; ; ) {
    const rows = await query(
      `select ${selected(shape)} from (${page(table, behind)}) as t where ${where} order by t.series, t.time limit ${rowsAtOnce}`,
      [...values, ...wanted.map(([, value]) => value)],
    );
    for (const row of rows) yield entryOf(row, shape);
    const end = rows.at(-1);
    if (!end || rows.length < rowsAtOnce) return;
    behind = { series: String(end.own_0), time: new Date(Number(end.own_1)).toISOString() };
  }
}

interface Shape {
  readonly measurement: string;
  readonly tags: readonly string[];
  readonly fields: readonly (readonly [name: string, kind: FieldKind])[];
}

/** Times as milliseconds: how the session spells them is its own. Columns by number: a tag may be called as anything. */
function selected({ tags, fields }: Shape): string {
  const ms = (column: string) => `round(extract(epoch from t.${column}) * 1000)::double precision`;
  const all = [
    't.series as own_0',
    `${ms('time')} as own_1`,
    't.run_id as own_2',
    `${ms('collected_at')} as own_3`,
    't.provisional as own_4',
    ...tags.map((tag, index) => `t.${quoted(tag)} as tag_${index}`),
    ...fields.map(([field, kind], index) => `${kind === 'moment' ? ms(quoted(field)) : `t.${quoted(field)}`} as field_${index}`),
  ];
  return all.join(', ');
}

function entryOf(row: Row, { measurement, tags: tagNames, fields: kinds }: Shape): Entry {
  const tags: Record<string, string> = {};
  for (const [index, tag] of tagNames.entries()) {
    const value = row[`tag_${index}`];
    if (value) tags[tag] = String(value);
  }
  const fields: Record<string, FieldValue> = {};
  for (const [index, [field, kind]] of kinds.entries()) {
    const value = row[`field_${index}`];
    if (value === null || value === undefined) continue;
    fields[field] = kind === 'moment' ? new Date(Number(value)).toISOString() : (value as FieldValue);
  }
  return {
    point: { measurement, tags, fields, time: new Date(Number(row.own_1)) },
    runId: String(row.own_2),
    collectedAt: new Date(Number(row.own_3)),
    provisional: row.own_4 === true,
  };
}
