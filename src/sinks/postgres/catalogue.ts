import type { Measurement } from '../../sdk/index.ts';
import type { Query } from './connection.ts';
import { inSchema } from './sql.ts';

/** A table, view or partitioned table, as the database has it. */
export interface FoundTable {
  readonly isPartitioned: boolean;
  /** Column → type, as PostgreSQL spells it. */
  readonly columns: ReadonlyMap<string, string>;
}

/** What the store says of a measurement. */
interface Stored {
  readonly declaration: Measurement;
  /** The tags that its table has columns for, the config's included. */
  readonly tags: readonly string[];
}

/** What there is in the schema. */
export interface Catalogue {
  readonly hasSchema: boolean;
  /** Of kpi's own tables; 0 where there are none. */
  readonly version: number;
  readonly tables: ReadonlyMap<string, FoundTable>;
  readonly stored: ReadonlyMap<string, Stored>;
}

/** Reads what there is of these measurements; without names, of all that the store describes. Changes nothing. */
export async function readCatalogue(query: Query, schema: string, names?: readonly string[]): Promise<Catalogue> {
  const [base] = await query(`select to_regnamespace($1) is not null as schema, to_regclass($2) is not null as migrated`, [
    `"${schema}"`,
    inSchema(schema, 'kpi_migration'),
  ]);
  if (!base?.schema || !base.migrated) {
    const tables = base?.schema && names ? await readTables(query, schema, names) : new Map<string, FoundTable>();
    return { hasSchema: base?.schema === true, version: 0, tables, stored: new Map() };
  }
  const [{ version = 0 } = {}] = await query(`select max(version) as version from ${inSchema(schema, 'kpi_migration')}`);
  const described = await query(
    `select name, declaration, tags from ${inSchema(schema, 'kpi_measurement')} ${names ? 'where name = any($1)' : ''} order by name`,
    names ? [names] : [],
  );
  const stored = new Map(
    described.map((row) => [String(row.name), { declaration: row.declaration as Measurement, tags: row.tags as readonly string[] }]),
  );
  return { hasSchema: true, version: Number(version), tables: await readTables(query, schema, names ?? [...stored.keys()]), stored };
}

async function readTables(query: Query, schema: string, names: readonly string[]): Promise<ReadonlyMap<string, FoundTable>> {
  const rows = await query(
    `select c.relname as table, c.relkind = 'p' as partitioned, a.attname as column, format_type(a.atttypid, null) as type
    from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')`,
    [schema, names],
  );
  const tables = new Map<string, { isPartitioned: boolean; columns: Map<string, string> }>();
  for (const row of rows) {
    const name = String(row.table);
    const table = tables.get(name) ?? { isPartitioned: row.partitioned === true, columns: new Map<string, string>() };
    table.columns.set(String(row.column), String(row.type));
    tables.set(name, table);
  }
  return tables;
}
