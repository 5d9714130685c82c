import type { Measurement, SinkContext, StoreStatus } from '../../sdk/index.ts';
import { readCatalogue } from './catalogue.ts';
import type { Connection } from './connection.ts';
import { requireVersion, schemaVersion } from './migrations.ts';
import { lackOf, planTable } from './plan.ts';
import { inSchema } from './sql.ts';

/** What the schema holds of each measurement, and what is missing or has drifted from its declaration. */
export async function statusOf(
  { query, schema, where }: Connection,
  measurements: readonly Measurement[],
  { tags, autoInit }: Pick<SinkContext, 'tags' | 'autoInit'>,
): Promise<StoreStatus> {
  const catalogue = await readCatalogue(
    query,
    schema,
    measurements.map(({ name }) => name),
  );
  requireVersion(schema, catalogue.version);
  const problems: string[] = [];
  if (!autoInit && catalogue.version === 0) problems.push(`the schema ${schema} has no tables of kpi in ${where}: run \`kpi db init\``);
  else if (!autoInit && catalogue.version < schemaVersion)
    problems.push(`the schema ${schema} is of version ${catalogue.version}, not ${schemaVersion}: run \`kpi db init\``);
  const found: StoreStatus['measurements'][number][] = [];
  for (const declared of measurements) {
    const plan = planTable(schema, catalogue, declared, tags);
    const lack = lackOf(plan);
    const own = plan.refused !== undefined ? [plan.refused] : !autoInit && lack !== undefined ? [`${lack}: run \`kpi db init\``] : [];
    const isReadable = plan.exists && catalogue.tables.get(declared.name)?.columns.has('time') === true;
    found.push({ name: declared.name, ...(isReadable ? await rowsOf(query, schema, declared.name) : { rows: 0 }), problems: own });
  }
  return { measurements: found, bytes: await bytesOf(query, schema), problems };
}

async function rowsOf(query: Connection['query'], schema: string, name: string) {
  const [held] = await query(
    `select count(*) as rows, round(extract(epoch from min(time)) * 1000) as first, round(extract(epoch from max(time)) * 1000) as last
    from ${inSchema(schema, name)}`,
  );
  const range = held && held.first !== null ? { from: new Date(Number(held.first)), to: new Date(Number(held.last)) } : {};
  return { rows: Number(held?.rows), ...range };
}

/** Of all tables of the schema, their partitions and indexes. */
async function bytesOf(query: Connection['query'], schema: string): Promise<number> {
  const [size] = await query(
    `select coalesce(sum(pg_total_relation_size(c.oid)), 0) as bytes
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'`,
    [schema],
  );
  return Number(size?.bytes);
}
