import type { Finding, SinkContext } from '../../sdk/index.ts';
import { readCatalogue } from './catalogue.ts';
import { type Connection, connectionTo } from './connection.ts';
import { requireVersion } from './migrations.ts';
import type { Settings } from './settings.ts';
import { inSchema } from './sql.ts';

/** A record of kpi's memory that no run has. */
const sentinel = 'a row of kpi doctor';

/** Whether rows can be written and read: in a transaction that is taken back, so that nothing is left. Makes nothing. */
export async function* check(settings: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const connection = connectionTo(settings, context);
  try {
    yield await found(connection, context);
  } finally {
    await connection.close();
  }
}

async function found(connection: Connection, context: SinkContext): Promise<Finding> {
  const { schema, where, user } = connection;
  const access = { check: 'access' } as const;
  const names = context.measurements.map(({ name }) => name);
  const { version, tables } = await readCatalogue(connection.query, schema, names);
  requireVersion(schema, version);
  if (version === 0) {
    if (context.autoInit)
      return { ...access, status: 'ok', message: `${where} lets ${user} in; the schema ${schema} is made by the first run` };
    return {
      ...access,
      status: 'error',
      message: `the schema ${schema} has no tables of kpi in ${where}`,
      mend: `kpi db init --sinks ${context.instance}`,
    };
  }
  const missing = names.filter((name) => !tables.has(name));
  if (missing.length > 0 && !context.autoInit) {
    const message = `${missing.length === 1 ? 'a table is' : `${missing.length} tables are`} missing in the schema ${schema}: ${missing.join(', ')}`;
    return { ...access, status: 'error', message, mend: `kpi db init --sinks ${context.instance}` };
  }
  const closed = await closedTables(connection, [...tables.keys()]);
  if (closed.length > 0) {
    const message = `${user} may not write to ${closed.join(', ')} in the schema ${schema}`;
    return { ...access, status: 'error', message, mend: `grant ${schema}_writer to ${user}` };
  }
  if ((await roundTrip(connection)) === sentinel) return { ...access, status: 'ok', message: 'a row was written, read and taken back' };
  return { ...access, status: 'error', message: `${where} did not give back the row that was written`, mend: 'restore it from a backup' };
}

/** The tables that this user may not write to. */
async function closedTables({ query, schema }: Connection, names: readonly string[]): Promise<readonly string[]> {
  const rows = await query(
    `select w.t as name from unnest($1::text[], $2::text[]) as w (t, full_name)
    where not (has_table_privilege(full_name, 'insert') and has_table_privilege(full_name, 'update') and has_table_privilege(full_name, 'select'))
    order by w.t`,
    [names, names.map((name) => inSchema(schema, name))],
  );
  return rows.map(({ name }) => String(name));
}

/** What tells its end from a failure: nothing of it is to stay. */
const takenBack = Symbol('taken back');

async function roundTrip({ transaction, schema }: Connection): Promise<unknown> {
  const table = inSchema(schema, 'kpi_state');
  let read: unknown;
  try {
    await transaction(async (query) => {
      await query(`insert into ${table} (kind, key, version, value) values ('doctor', $1, 0, to_json($1::text))`, [sentinel]);
      const [row] = await query(`select value from ${table} where kind = 'doctor' and key = $1`, [sentinel]);
      read = row?.value;
      throw takenBack;
    });
  } catch (error) {
    if (error !== takenBack) throw error;
  }
  return read;
}
