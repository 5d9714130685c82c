import type { Change } from '../../sdk/index.ts';
import type { Query } from './connection.ts';
import { inSchema, literal, quoted } from './sql.ts';

/** What a group of users may do with a table or view of the schema. */
type Rights = (table: string) => readonly string[];

interface Group {
  readonly name: string;
  readonly rights: Rights;
  /** A user of the group, for the statement that makes one. */
  readonly example: string;
}

/** Those beside the measurements'. What else is in the schema is somebody else's, and not ours to give away. */
const ownTables = ['kpi_measurement', 'kpi_migration', 'kpi_state', 'kpi_state_counter', 'kpi_series'];

/** Who runs kpi, and who reads it: the least that each needs. */
function groupsOf(schema: string): readonly Group[] {
  return [
    { name: `${schema}_writer`, rights: writerRights, example: 'kpi_collect' },
    { name: `${schema}_reader`, rights: readerRights, example: 'kpi_dashboard' },
  ];
}

function writerRights(table: string): readonly string[] {
  if (table === 'kpi_state') return ['select', 'insert', 'update', 'delete'];
  if (table === 'kpi_state_counter') return ['select', 'update'];
  if (['kpi_measurement', 'kpi_migration', 'kpi_series'].includes(table)) return ['select'];
  return ['select', 'insert', 'update'];
}

/** The memory of runs is nobody's to read but those who run kpi. */
function readerRights(table: string): readonly string[] {
  return table.startsWith('kpi_state') ? [] : ['select'];
}

/**
 * Makes the groups where this user may, and gives them what they lack; inside the transaction of `kpi db init`. Where it may not, the
 * change says what somebody else would run.
 */
export async function prepareGroups(query: Query, schema: string): Promise<readonly Change[]> {
  const [me] = await query(
    'select current_user as user, rolsuper or rolcreaterole as creates from pg_catalog.pg_roles where rolname = current_user',
  );
  const tables = await query(
    `select c.relname as name, pg_has_role(c.relowner, 'USAGE') as own
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relkind in ('r', 'p', 'v') and not c.relispartition
      and (c.relname = any($2::text[]) or c.relname in (select name from ${inSchema(schema, 'kpi_measurement')}))
    order by c.relname`,
    [schema, ownTables],
  );
  const changes: Change[] = [];
  for (const { name, rights, example } of groupsOf(schema)) {
    const object = `role ${name}`;
    const login = `create role ${quoted(example)} login password '…' in role ${quoted(name)}`;
    const [there] = await query('select from pg_catalog.pg_roles where rolname = $1', [name]);
    if (!there && me?.creates !== true) {
      const detail = `not made, since ${me?.user} may not make roles; as one who may: create role ${quoted(name)} nologin; then run \`kpi db init\` again`;
      changes.push({ object, action: 'ready', detail });
      continue;
    }
    if (!there) await query(createGroup(name));
    await grant(
      query,
      schema,
      name,
      tables.filter((table) => table.own === true).map((table) => String(table.name)),
      rights,
    );
    changes.push({ object, action: there ? 'ready' : 'created', detail: `a user of it: ${login}` });
  }
  return changes;
}

/** Roles belong to all databases of a server: another `kpi db init` may make it at the same moment. */
function createGroup(name: string): string {
  return `do $$ begin create role ${quoted(name)} nologin; exception when duplicate_object or unique_violation then null; end $$`;
}

/** Only what is lacking: a grant is a write, and others may be reading the catalogue. */
async function grant(query: Query, schema: string, group: string, tables: readonly string[], rights: Rights): Promise<void> {
  const [usage] = await query(
    "select has_schema_privilege($1, $2, 'usage') as has, pg_has_role(nspowner, 'USAGE') as own from pg_catalog.pg_namespace where nspname = $2",
    [group, schema],
  );
  if (usage?.has !== true && usage?.own === true) await query(`grant usage on schema ${quoted(schema)} to ${quoted(group)}`);
  const wanted = tables.flatMap((table) => rights(table).map((right) => ({ table, right })));
  const lacking = await query(
    `select w.t as table, w.r as right from unnest($1::text[], $2::text[]) as w (t, r)
    where not has_table_privilege(${literal(group)}, format('%I.%I', ${literal(schema)}, w.t), w.r)`,
    [wanted.map(({ table }) => table), wanted.map(({ right }) => right)],
  );
  for (const { table, right } of lacking) await query(`grant ${right} on ${inSchema(schema, String(table))} to ${quoted(group)}`);
}
