import {
  ConfigError,
  messageOf,
  PermanentError,
  type SinkContext,
  type StateChange,
  type StateRecord,
  type StateStore,
  TransientError,
} from '../../sdk/index.ts';
import { readCatalogue } from './catalogue.ts';
import { connectionTo, type Query, type Row } from './connection.ts';
import { requireVersion, schemaVersion } from './migrations.ts';
import type { Settings } from './settings.ts';
import { inSchema } from './sql.ts';

/**
 * Kpi's own memory, for several machines. Throws a `ConfigError` where the schema cannot hold it, and a `TransientError` where nobody answers
 * now: no run starts without its memory.
 */
export async function openState(settings: Settings, context: SinkContext): Promise<StateStore> {
  const connection = connectionTo(settings, context);
  const { query, schema, where } = connection;
  const [table, counter] = ['kpi_state', 'kpi_state_counter'].map((name) => inSchema(schema, name));
  const columns = 'kind, key, version::double precision as version, value';
  try {
    const { version } = await readCatalogue(query, schema, []);
    requireVersion(schema, version);
    if (version < schemaVersion) {
      throw new PermanentError(`the schema ${schema} of ${where} cannot hold kpi's own memory yet: run \`kpi db init\``, {
        kind: 'config',
      });
    }
  } catch (error) {
    await connection.close();
    if (error instanceof TransientError) throw error;
    throw new ConfigError(`run.state is "store", and ${messageOf(error)}`, [{ path: 'run.state', message: messageOf(error) }]);
  }

  /** Whose versions are as the changes want them; whoever writes waits here for those who do. */
  async function areAsWanted(inside: Query, changes: readonly StateChange[]): Promise<boolean> {
    const wanted = changes.filter(({ ifVersion }) => ifVersion !== undefined);
    if (wanted.length === 0) return true;
    const [{ wrong = 1 } = {}] = await inside(
      `select count(*)::integer as wrong from unnest($1::text[], $2::text[], $3::bigint[]) as w (kind, key, version)
      left join ${table} as t using (kind, key) where coalesce(t.version, 0) <> w.version`,
      [wanted.map(({ kind }) => kind), wanted.map(({ key }) => key), wanted.map(({ ifVersion }) => ifVersion)],
    );
    return wrong === 0;
  }

  return {
    async read(kind, key) {
      const [row] = await query(`select ${columns} from ${table} where kind = $1 and key = $2`, [kind, key]);
      return row && recordOf(row);
    },
    async list(kind, { prefix = '', last } = {}) {
      const matching = `from ${table} where kind = $1 and key >= $2 and starts_with(key, $2)`;
      const rows = await (last === undefined
        ? query(`select ${columns} ${matching} order by key`, [kind, prefix])
        : query(`select * from (select ${columns} ${matching} order by key desc limit $3) as t order by key`, [kind, prefix, last]));
      return rows.map(recordOf);
    },
    change: (changes) =>
      connection.transaction(async (inside) => {
        // One after the other: of what is read behind this lock nothing changes before the end.
        const [next] = await inside(`update ${counter} set version = version + $1 returning (version - $1)::double precision as version`, [
          changes.length,
        ]);
        if (!(await areAsWanted(inside, changes))) return false;
        let version = Number(next?.version);
        for (const { kind, key, value } of changes) {
          version++;
          if (value === undefined) await inside(`delete from ${table} where kind = $1 and key = $2`, [kind, key]);
          else {
            await inside(
              `insert into ${table} (kind, key, version, value) values ($1, $2, $3, $4::json)
              on conflict (kind, key) do update set version = excluded.version, value = excluded.value`,
              [kind, key, version, JSON.stringify(value)],
            );
          }
        }
        return true;
      }),
    close: () => connection.close(),
  };
}

function recordOf({ kind, key, value, version }: Row): StateRecord {
  return { kind: String(kind), key: String(key), value, version: Number(version) };
}
