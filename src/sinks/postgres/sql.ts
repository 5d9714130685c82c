import type { Field, FieldKind } from '../../sdk/index.ts';

/** A table as it is, or has to be: the tags that it has columns for (the config's included), and its fields. */
export interface Table {
  readonly name: string;
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, Field>>;
}

type ColumnType = 'double precision' | 'boolean' | 'timestamp with time zone' | 'text';

/** Columns that every table has, with what they are; the tags and fields stand after `time`. */
export const ownColumns: Readonly<Record<string, ColumnType>> = {
  series: 'text',
  time: 'timestamp with time zone',
  run_id: 'text',
  collected_at: 'timestamp with time zone',
  provisional: 'boolean',
};

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return text.includes('\\') ? `E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/** `"kpi"."github_repository"` */
export function inSchema(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

export function columnType(kind: FieldKind): ColumnType {
  if (kind === 'flag') return 'boolean';
  if (kind === 'moment') return 'timestamp with time zone';
  return isNumeric(kind) ? 'double precision' : 'text';
}

export function tagColumn(tag: string): string {
  return `${quoted(tag)} text not null default ''`;
}

export function fieldColumn(field: string, kind: FieldKind): string {
  return `${quoted(field)} ${columnType(kind)}`;
}

/** Series are compared by byte: other collations are slower, and mean nothing for what is a hash. */
export function createTable(schema: string, { name, tags, fields }: Table, isPartitioned: boolean): string {
  const columns = [
    'series text collate "C" not null',
    'time timestamptz not null',
    ...tags.map(tagColumn),
    ...Object.entries(fields).map(([field, { kind }]) => fieldColumn(field, kind)),
    'run_id text not null',
    'collected_at timestamptz not null',
    'provisional boolean not null',
    'primary key (series, time)',
  ];
  return `create table ${inSchema(schema, name)} (\n  ${columns.join(',\n  ')}\n)${isPartitioned ? ' partition by range (time)' : ''}`;
}

/**
 * Writes rows, field by field: of an entry that is as new as the row or newer, the fields it has; of an older one, only those that the row
 * lacks. At the same moment the later written wins. A row that would stay as it is is not written. Parameters, each an array: series,
 * time, the tags, the fields, run_id, collected_at, provisional; no two rows of one identity. In the order of the key, so that two who
 * write the same rows wait for each other, and do not end up each waiting for the other.
 */
export function upsert(schema: string, { name, tags, fields }: Table): string {
  const values = Object.keys(fields).map(quoted);
  const types = [
    'text',
    'timestamptz',
    ...tags.map(() => 'text'),
    ...Object.values(fields).map(({ kind }) => columnType(kind)),
    'text',
    'timestamptz',
    'boolean',
  ];
  const columns = ['series', 'time', ...tags.map(quoted), ...values, 'run_id', 'collected_at', 'provisional'];
  const newer = 'excluded.collected_at >= t.collected_at';
  const merged = values.map(
    (f) => `${f} = case when ${newer} then coalesce(excluded.${f}, t.${f}) else coalesce(t.${f}, excluded.${f}) end`,
  );
  const followed = ['run_id', 'provisional', 'collected_at'].map((c) => `${c} = case when ${newer} then excluded.${c} else t.${c} end`);
  const fills = values.map((f) => `t.${f} is null and excluded.${f} is not null`);
  const changes = ['excluded.run_id <> t.run_id', 'excluded.provisional <> t.provisional', ...values.map((f) => `excluded.${f} <> t.${f}`)];
  return `insert into ${inSchema(schema, name)} as t (${columns.join(', ')})
select * from unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')}) as u (own_series, own_time)
order by own_series collate "C", own_time
on conflict (series, time) do update set
  ${[...merged, ...followed].join(',\n  ')}
where excluded.collected_at > t.collected_at
  or ${fills.join('\n  or ')}
  or excluded.collected_at = t.collected_at and (${changes.join(' or ')})`;
}

/** One row for each numeric field of each row of each table; one term per measurement. */
export function seriesView(schema: string, tables: readonly Table[]): string {
  const terms = tables.map((table) => viewTerm(schema, table)).filter((term) => term !== undefined);
  const nothing = 'select null::text, null::text, null::text, null::jsonb, null::timestamptz, null::double precision where false';
  return `create or replace view ${inSchema(schema, 'kpi_series')} (measurement, field, series, tags, time, value) as\n${terms.join('\nunion all\n') || nothing}`;
}

function viewTerm(schema: string, { name, tags, fields }: Table): string | undefined {
  const numeric = Object.keys(fields).filter((field) => isNumeric((fields[field] as Field).kind));
  if (numeric.length === 0) return undefined;
  const names = numeric.map((field) => `(${literal(field)}, t.${quoted(field)})`).join(', ');
  const objects = chunks(tags).map((some) => {
    const pairs = some.map((tag) => `${literal(tag)}, nullif(t.${quoted(tag)}, '')`).join(', ');
    return `jsonb_strip_nulls(jsonb_build_object(${pairs}))`;
  });
  return `select ${literal(name)}::text, f.field, t.series::text, ${objects.join(' || ') || "'{}'::jsonb"}, t.time, f.value
from ${inSchema(schema, name)} as t cross join lateral (values ${names}) as f (field, value) where f.value is not null`;
}

/** A function takes at most 100 arguments: https://www.postgresql.org/docs/current/limits.html */
function chunks(tags: readonly string[]): readonly (readonly string[])[] {
  const all: (readonly string[])[] = [];
  for (let from = 0; from < tags.length; from += 50) all.push(tags.slice(from, from + 50));
  return all;
}

/** True for kinds whose values are numbers. */
function isNumeric(kind: FieldKind): boolean {
  return kind !== 'flag' && kind !== 'moment' && kind !== 'text' && kind !== 'name';
}
