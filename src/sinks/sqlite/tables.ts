import { PermanentError } from '../../sdk/errors.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Change } from '../../sdk/sink.ts';
import { declarationDrift, declarationHash, mergedDeclaration } from '../../sdk/stored.ts';
import type { Database } from './connection.ts';
import { createCatalogue, createTable, createView, fieldColumn, ownColumns, quoted, type Table, tagColumn } from './sql.ts';

export interface TableOptions {
  /** Tags beside the declared ones that there must be columns for. */
  readonly tags: readonly string[];
  /** Whether what is missing may be made. */
  readonly mayChange: boolean;
  now(): Date;
}

/** What there is of a measurement, and what there would have to be. */
export interface TablePlan {
  /** As it has to be: what is there, and what is missing. */
  readonly table: Table;
  readonly exists: boolean;
  readonly missing: readonly string[];
  /** Why the store cannot hold the measurement; undefined when it can. */
  readonly refused: string | undefined;
  /** The stored declaration with what is new in it; undefined when it stays as it is. */
  readonly declaration: Measurement | undefined;
}

interface Stored {
  readonly declaration: Measurement;
  readonly tags: readonly string[];
}

/** Makes the table of a measurement what it has to be. Inside a transaction that ends with `prepareView`. The plan that it returns is done, or refused. */
export function prepareTable(
  db: Database,
  declared: Measurement,
  options: TableOptions,
): { readonly plan: TablePlan; readonly change: Change } {
  const plan = planTable(db, declared, options.tags);
  const { table, exists, missing } = plan;
  const object = `table ${table.name}`;
  if (plan.refused !== undefined) return { plan, change: { object, action: 'ready', detail: plan.refused } };
  if (!options.mayChange && (!exists || missing.length > 0)) {
    throw new PermanentError(`${notReady(plan)}: run \`kpi db init\``, { kind: 'unavailable' });
  }
  if (exists && missing.length === 0 && !plan.declaration) return { plan, change: { object, action: 'ready' } };
  if (!options.mayChange) return { plan, change: { object, action: 'ready' } };
  // It names columns and is made anew, by `prepareView`, when all tables are as they have to be.
  db.exec('drop view if exists kpi_series');
  db.exec(createCatalogue);
  if (!exists) db.exec(createTable(table));
  else for (const column of missing) db.exec(`alter table ${quoted(table.name)} add column ${columnOf(table, column)}`);
  describeTable(db, table, plan.declaration ?? declared, options.now());
  if (!exists) return { plan, change: { object, action: 'created' } };
  if (missing.length === 0) return { plan, change: { object, action: 'ready' } };
  return { plan, change: { object, action: 'changed', detail: `new columns: ${missing.join(', ')}` } };
}

/** Makes the view over all tables, where it is missing. */
export function prepareView(db: Database): void {
  if (columnsOf(db, 'kpi_series').length > 0 || columnsOf(db, 'kpi_measurement').length === 0) return;
  db.exec(createView(storedTables(db)));
}

/** Compares a declaration with what the store holds. Reads only. */
export function planTable(db: Database, declared: Measurement, extraTags: readonly string[]): TablePlan {
  const { name } = declared;
  const stored = storedOf(db, name);
  const columns = new Set(columnsOf(db, name));
  const exists = columns.size > 0;
  const merged = stored ? mergedDeclaration(stored.declaration, declared) : declared;
  const tags = [...new Set([...Object.keys(declared.tags), ...extraTags, ...(stored?.tags ?? [])])].sort();
  const table: Table = { name, tags, fields: merged.fields };
  const missing = exists ? [...tags, ...Object.keys(merged.fields)].filter((column) => !columns.has(column)) : [];
  const described =
    stored !== undefined &&
    declarationHash(stored.declaration) === declarationHash(merged) &&
    tags.every((tag) => stored.tags.includes(tag));
  return { table, exists, missing, refused: refusalOf(), declaration: described ? undefined : merged };

  function refusalOf(): string | undefined {
    const clash = tags.find((tag) => Object.hasOwn(merged.fields, tag));
    if (clash !== undefined) return `${name} has a field ${clash}, whose name no tag of the config can have: rename the tag`;
    if (exists && ownColumns.some((column) => !columns.has(column))) return `there is a table ${name} that kpi did not make: rename it`;
    return stored && declarationDrift(stored.declaration, declared);
  }
}

/** The tables that the store describes and has, for the view. */
function storedTables(db: Database): readonly Table[] {
  const tables: Table[] = [];
  for (const row of db.prepare('select name, declaration, tags from kpi_measurement order by name').all()) {
    const { fields } = JSON.parse(String(row.declaration)) as Measurement;
    const columns = new Set(columnsOf(db, String(row.name)));
    const tags = (JSON.parse(String(row.tags)) as readonly string[]).filter((tag) => columns.has(tag));
    const held = Object.fromEntries(Object.entries(fields).filter(([field]) => columns.has(field)));
    if (columns.size > 0) tables.push({ name: String(row.name), tags, fields: held });
  }
  return tables;
}

/** What the store says of a measurement; undefined where it never held it. */
export function storedOf(db: Database, name: string): Stored | undefined {
  if (columnsOf(db, 'kpi_measurement').length === 0) return undefined;
  const row = db.prepare('select declaration, tags from kpi_measurement where name = ?').get(name);
  return row && { declaration: JSON.parse(String(row.declaration)), tags: JSON.parse(String(row.tags)) };
}

export function columnsOf(db: Database, table: string): readonly string[] {
  const rows = db.prepare('select name from pragma_table_info(?)').all(table);
  return rows.map((row) => String(row.name));
}

/** What a table lacks, in words. */
export function notReady({ table, exists, missing }: TablePlan): string {
  if (!exists) return `the table ${table.name} is missing`;
  return `the table ${table.name} has no column ${missing.join(', ')}`;
}

function describeTable(db: Database, table: Table, declaration: Measurement, now: Date): void {
  db.prepare(
    `insert into kpi_measurement (name, declaration, tags, hash, updated_at) values (?, ?, ?, ?, ?)
    on conflict (name) do update set declaration = excluded.declaration, tags = excluded.tags, hash = excluded.hash,
      updated_at = excluded.updated_at`,
  ).run(table.name, JSON.stringify(declaration), JSON.stringify(table.tags), declarationHash(declaration), now.toISOString());
}

function columnOf(table: Table, column: string): string {
  const field = table.fields[column];
  return field ? fieldColumn(column, field.kind) : tagColumn(column);
}
