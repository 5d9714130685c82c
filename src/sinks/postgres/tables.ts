import { createHash } from 'node:crypto';
import { type Change, declarationHash, type Measurement, PermanentError, type SinkContext } from '../../sdk/index.ts';
import { readCatalogue } from './catalogue.ts';
import type { Connection, Query } from './connection.ts';
import { migrate, schemaVersion } from './migrations.ts';
import { makePartitions } from './partitions.ts';
import { planTable, type TablePlan } from './plan.ts';
import { prepareGroups } from './roles.ts';
import type { Settings } from './settings.ts';
import { columnType, createTable, fieldColumn, inSchema, literal, quoted, seriesView, type Table, tagColumn } from './sql.ts';

export interface Prepared {
  readonly changes: readonly Change[];
  /** As the tables are now, or refused. */
  readonly plans: readonly TablePlan[];
}

/**
 * Makes schema, kpi's own tables, those of the measurements, the view and the groups of users what they have to be: in one transaction,
 * and one at a time, by a lock that ends with it. `tags`: those beside the declared ones that there must be columns for.
 */
export async function makeReady(
  connection: Connection,
  settings: Settings,
  measurements: readonly Measurement[],
  { tags, now }: Pick<SinkContext, 'tags' | 'now'>,
): Promise<Prepared> {
  const { schema } = settings;
  return await connection.transaction(async (query) => {
    await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`kpi ${schema}`]);
    // Whoever reads a table for minutes would keep it from getting a column, and all who come behind from reading it.
    await query("set local lock_timeout = '15s'");
    const names = measurements.map(({ name }) => name);
    const before = await readCatalogue(query, schema, names);
    const changes: Change[] = [];
    if (!before.hasSchema) await query(`create schema ${quoted(schema)}`);
    changes.push({ object: `schema ${schema}`, action: before.hasSchema ? 'ready' : 'created' });
    const isMigrated = await migrate(query, schema, before.version, now());
    const action = isMigrated ? (before.version === 0 ? 'created' : 'changed') : 'ready';
    changes.push({ object: `kpi's own tables`, action, detail: `version ${schemaVersion}` });
    const plans: TablePlan[] = [];
    for (const declared of measurements) {
      const plan = planTable(schema, before, declared, tags);
      plans.push(plan);
      changes.push(await makeTable(query, settings, plan, now()));
    }
    changes.push(await makeView(query, schema));
    changes.push(...(await prepareGroups(query, schema)));
    return { changes, plans };
  });
}

async function makeTable(query: Query, settings: Settings, plan: TablePlan, now: Date): Promise<Change> {
  const { schema } = settings;
  const { table, exists, missing, refused } = plan;
  const object = `table ${table.name}`;
  if (refused !== undefined) return { object, action: 'ready', detail: refused };
  if (!exists) await query(createTable(schema, table, settings.partitions === 'month'));
  for (const column of exists ? missing : []) {
    await query(`alter table ${inSchema(schema, table.name)} add column ${columnOf(table, column)}`);
  }
  if (plan.declaration) await describe(query, schema, table, plan.declaration, now);
  if (!exists && settings.timescale) await makeHypertable(query, schema, table.name);
  const isPartitioned = exists ? plan.isPartitioned : settings.partitions === 'month';
  const partitions = isPartitioned ? await makePartitions(query, schema, table.name, now) : [];
  if (!exists) return { object, action: 'created' };
  if (missing.length > 0) return { object, action: 'changed', detail: `new columns: ${missing.join(', ')}` };
  if (partitions.length > 0) return { object, action: 'changed', detail: `new partitions: ${partitions.join(', ')}` };
  if (settings.partitions === 'month' && !isPartitioned) {
    return { object, action: 'ready', detail: 'not partitioned: it was made before "partitions" was set' };
  }
  return { object, action: 'ready' };
}

function columnOf({ fields }: Table, column: string): string {
  const field = fields[column];
  return field ? fieldColumn(column, field.kind) : tagColumn(column);
}

async function describe(query: Query, schema: string, { name, tags }: Table, declaration: Measurement, now: Date): Promise<void> {
  await query(
    `insert into ${inSchema(schema, 'kpi_measurement')} (name, declaration, tags, hash, updated_at) values ($1, $2::json, $3::json, $4, $5)
    on conflict (name) do update set declaration = excluded.declaration, tags = excluded.tags, hash = excluded.hash,
      updated_at = excluded.updated_at`,
    [name, JSON.stringify(declaration), JSON.stringify(tags), declarationHash(declaration), now.toISOString()],
  );
}

/**
 * The form that all versions 2 of TimescaleDB take; the primary key holds the time, as it must.
 * https://docs.tigerdata.com/api/latest/hypertable/create_hypertable_old/
 */
async function makeHypertable(query: Query, schema: string, name: string): Promise<void> {
  const [extension] = await query(
    `select n.nspname as schema from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'timescaledb'`,
  );
  if (!extension) {
    const message = 'the database has no extension timescaledb: run `create extension timescaledb`, or remove "timescale" from the sink';
    throw new PermanentError(message, { kind: 'config' });
  }
  await query(
    `select ${inSchema(String(extension.schema), 'create_hypertable')}(${literal(inSchema(schema, name))}::regclass, 'time',
    chunk_time_interval => interval '1 month', create_default_indexes => false, if_not_exists => true)`,
  );
}

/** Over all tables that the store describes and has. Made anew only where it would be another: to replace it is to lock it. */
async function makeView(query: Query, schema: string): Promise<Change> {
  const object = 'view kpi_series';
  const { stored, tables } = await readCatalogue(query, schema);
  const held = [...stored].flatMap(([name, { declaration, tags }]): Table[] => {
    const columns = tables.get(name)?.columns;
    if (!columns) return [];
    const fields = Object.entries(declaration.fields).filter(([field, { kind }]) => columns.get(field) === columnType(kind));
    return [{ name, tags: tags.filter((tag) => columns.has(tag)), fields: Object.fromEntries(fields) }];
  });
  const sql = seriesView(schema, held);
  const comment = `Each number of each table, by series and time. Made by kpi: ${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`;
  const [there] = await query("select obj_description(to_regclass($1), 'pg_class') as comment, to_regclass($1) is not null as exists", [
    inSchema(schema, 'kpi_series'),
  ]);
  if (there?.comment === comment) return { object, action: 'ready' };
  await query(sql);
  await query(`comment on view ${inSchema(schema, 'kpi_series')} is ${literal(comment)}`);
  return { object, action: there?.exists ? 'changed' : 'created' };
}
