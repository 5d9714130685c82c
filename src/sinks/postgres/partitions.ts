import { createHash } from 'node:crypto';
import type { Query } from './connection.ts';
import { inSchema, literal } from './sql.ts';

/** How many months ahead of the clock have a partition; `kpi db init` makes those that came nearer. */
const monthsAhead = 12;
/** PostgreSQL cuts names: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
const longestName = 63;

/** The first day of a month, UTC. */
type Month = Date;

/**
 * Makes the partitions of the last month, this one and those ahead, and of every month that the default partition holds rows of, which
 * move there. What has no partition goes to the default one, so that no row is ever refused. Returns the names of those that were made.
 */
export async function makePartitions(query: Query, schema: string, table: string, now: Date): Promise<readonly string[]> {
  const made: string[] = [];
  const there = new Set((await query(childrenOf, [inSchema(schema, table)])).map((row) => String(row.name)));
  const rest = partitionName(table, 'default');
  if (!there.has(rest)) {
    await query(`create table ${inSchema(schema, rest)} partition of ${inSchema(schema, table)} default`);
    made.push(rest);
  }
  const held = await query(
    `select distinct to_char(time at time zone 'UTC', 'YYYY-MM') as month from ${inSchema(schema, rest)} order by month`,
  );
  const due = new Map(monthsAround(now).map((month) => [nameOfMonth(month), month]));
  for (const { month } of held) {
    const first = new Date(`${month}-01T00:00:00.000Z`);
    if (!Number.isNaN(first.getTime())) due.set(nameOfMonth(first), first);
  }
  for (const [suffix, month] of [...due].sort()) {
    const name = partitionName(table, suffix);
    if (there.has(name)) continue;
    for (const sql of partitionSql(schema, table, name, rest, month)) await query(sql);
    made.push(name);
  }
  return made;
}

const childrenOf = `select c.relname as name from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
where i.inhparent = to_regclass($1)`;

/** What makes one: apart from the table first, since no partition can be made for rows that the default one holds. */
export function partitionSql(schema: string, table: string, name: string, rest: string, month: Month): readonly string[] {
  const [from, to] = [month, addMonths(month, 1)].map((time) => literal(time.toISOString()));
  const [parent, partition] = [inSchema(schema, table), inSchema(schema, name)];
  return [
    `create table ${partition} (like ${parent} including all)`,
    `with moved as (delete from ${inSchema(schema, rest)} where time >= ${from} and time < ${to} returning *)
insert into ${partition} select * from moved`,
    `alter table ${parent} attach partition ${partition} for values from (${from}) to (${to})`,
  ];
}

export function monthsAround(now: Date): readonly Month[] {
  return Array.from({ length: monthsAhead + 2 }, (_, index) => addMonths(now, index - 1));
}

/** `github_repository_2026_11`; a long name is cut, and told apart by its hash. */
export function partitionName(table: string, suffix: string): string {
  const name = `${table}_${suffix}`;
  if (name.length <= longestName) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 8);
  return `${table.slice(0, longestName - suffix.length - hash.length - 2)}_${hash}_${suffix}`;
}

function nameOfMonth(month: Month): string {
  return month.toISOString().slice(0, 7).replace('-', '_');
}

function addMonths(time: Date, months: number): Month {
  return new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + months, 1));
}
