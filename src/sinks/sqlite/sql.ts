import type { FieldKind, Measurement } from '../../sdk/measurement.ts';

/** A table as it is: the tags that it has columns for (the config's included), and its fields. */
export interface Table {
  readonly name: string;
  readonly tags: readonly string[];
  readonly fields: Measurement['fields'];
}

/** Columns that every table has, in this order, the tags and fields standing after `time`. */
export const ownColumns = ['series', 'time', 'run_id', 'collected_at', 'provisional'] as const;

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export const createCatalogue = `create table if not exists kpi_measurement (
  name text primary key,
  declaration text not null, -- JSON
  tags text not null, -- JSON: the tags that its table has columns for, the config's included
  hash text not null, -- of the declaration: the first 16 hex digits of its SHA-256
  updated_at text not null
) strict, without rowid`;

export function createTable({ name, tags, fields }: Table): string {
  const columns = [
    'series text not null',
    'time text not null',
    ...tags.map(tagColumn),
    ...Object.entries(fields).map(([field, { kind }]) => fieldColumn(field, kind)),
    'run_id text not null',
    'collected_at text not null',
    'provisional integer not null',
    'primary key (series, time)',
  ];
  return `create table ${quoted(name)} (\n  ${columns.join(',\n  ')}\n) strict, without rowid`;
}

export function tagColumn(tag: string): string {
  return `${quoted(tag)} text not null default ''`;
}

export function fieldColumn(field: string, kind: FieldKind): string {
  return `${quoted(field)} ${columnType(kind)}`;
}

function columnType(kind: FieldKind): 'real' | 'integer' | 'text' {
  if (kind === 'flag') return 'integer';
  return isNumeric(kind) ? 'real' : 'text';
}

/**
 * Writes one row, field by field: of an entry that is as new as the row or newer, the fields it has; of an older one, only those that
 * the row lacks. At the same moment the later written wins. Parameters: series, time, the tags, the fields, run_id, collected_at,
 * provisional.
 */
export function upsert({ name, tags, fields }: Table): string {
  const values = Object.keys(fields).map(quoted);
  const columns = ['series', 'time', ...tags.map(quoted), ...values, 'run_id', 'collected_at', 'provisional'];
  const newer = 'excluded.collected_at >= collected_at';
  const merged = values.map((f) => `${f} = case when ${newer} then coalesce(excluded.${f}, ${f}) else coalesce(${f}, excluded.${f}) end`);
  const followed = ['run_id', 'provisional', 'collected_at'].map((c) => `${c} = case when ${newer} then excluded.${c} else ${c} end`);
  const fills = values.map((f) => `${f} is null and excluded.${f} is not null`);
  return `insert into ${quoted(name)} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})
on conflict (series, time) do update set
  ${[...merged, ...followed].join(',\n  ')}
where ${[newer, ...fills].join('\n  or ')}`;
}

/**
 * One row for each numeric field of each row of each table. One term per measurement: a compound select has at most 500
 * (https://www.sqlite.org/limits.html#max_compound_select).
 */
export function createView(tables: readonly Table[]): string {
  const terms = tables.map(viewTerm).filter((term) => term !== undefined);
  const nothing = 'select null, null, null, null, null, null where false';
  return `create view kpi_series (measurement, field, series, tags, time, value) as\n${terms.join('\nunion all\n') || nothing}`;
}

function viewTerm({ name, tags, fields }: Table): string | undefined {
  const numeric = Object.keys(fields).filter((field) => isNumeric((fields[field] as { kind: FieldKind }).kind));
  if (numeric.length === 0) return undefined;
  const names = numeric.map((field) => `('${field}')`).join(', ');
  const cases = numeric.map((field) => `when '${field}' then t.${quoted(field)}`).join(' ');
  const pairs = tags.map((tag) => `'${tag}', nullif(t.${quoted(tag)}, '')`).join(', ');
  // A merge patch drops the members that are null: the tags that a series does not have (https://www.sqlite.org/json1.html#jpatch).
  return `select * from (select '${name}', f.column1, t.series, json_patch('{}', json_object(${pairs})), t.time,
  case f.column1 ${cases} end as value
from ${quoted(name)} as t, (values ${names}) as f) where value is not null`;
}

/** True for kinds whose values are numbers. */
function isNumeric(kind: FieldKind): boolean {
  return kind !== 'flag' && kind !== 'moment' && kind !== 'text' && kind !== 'name';
}
