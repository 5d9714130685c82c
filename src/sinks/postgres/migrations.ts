import { PermanentError } from '../../sdk/index.ts';
import type { Query } from './connection.ts';
import { inSchema } from './sql.ts';

/**
 * Kpi's own tables, forward only: a list that only ever grows at its end. Versions of the memory come from one counter, so that a record
 * which was deleted and made again never has a version that somebody still holds.
 */
const migrations: readonly ((own: (name: string) => string) => string)[] = [
  (own) => `create table ${own('kpi_measurement')} (
    name text primary key,
    declaration json not null,
    tags json not null,
    hash text not null,
    updated_at timestamptz not null
  );
  comment on table ${own('kpi_measurement')} is 'What kpi stores: its declarations, and the tags that each table has columns for.'`,
  (own) => `create table ${own('kpi_state_counter')} (version bigint not null);
  insert into ${own('kpi_state_counter')} values (0);
  create table ${own('kpi_state')} (
    kind text collate "C" not null,
    key text collate "C" not null,
    version bigint not null,
    value json not null,
    primary key (kind, key)
  );
  comment on table ${own('kpi_state')} is 'The memory that several machines share, where run.state is "store".'`,
];

/** The version of a schema that this kpi makes. */
export const schemaVersion = migrations.length;

/** Brings kpi's own tables to this version; inside a transaction that holds the lock. True where there was something to do. */
export async function migrate(query: Query, schema: string, version: number, now: Date): Promise<boolean> {
  requireVersion(schema, version);
  if (version === 0) {
    await query(`create table ${inSchema(schema, 'kpi_migration')} (version integer primary key, applied_at timestamptz not null)`);
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    await query(sql((name) => inSchema(schema, name)));
    await query(`insert into ${inSchema(schema, 'kpi_migration')} values ($1, $2)`, [index + 1, now.toISOString()]);
  }
  return version < schemaVersion;
}

/** Throws where a newer kpi made the schema. */
export function requireVersion(schema: string, version: number): void {
  if (version <= schemaVersion) return;
  throw new PermanentError(
    `the schema ${schema} was made by a newer kpi (version ${version}, this one knows ${schemaVersion}): use that kpi, or set "schema" to another`,
    { kind: 'config' },
  );
}
