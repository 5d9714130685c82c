import { declarationDrift, declarationHash, type Measurement, mergedDeclaration } from '../../sdk/index.ts';
import type { Catalogue, FoundTable } from './catalogue.ts';
import { columnType, inSchema, ownColumns, quoted, type Table } from './sql.ts';

/** What there is of a measurement, and what there would have to be. */
export interface TablePlan {
  /** As it has to be: what is there, and what is missing. */
  readonly table: Table;
  readonly exists: boolean;
  readonly isPartitioned: boolean;
  readonly missing: readonly string[];
  /** Why the store cannot hold the measurement; undefined when it can. */
  readonly refused: string | undefined;
  /** The stored declaration with what is new in it; undefined when it stays as it is. */
  readonly declaration: Measurement | undefined;
}

/** Compares a declaration, and the tags beside its own that there must be columns for, with what there is. */
export function planTable(schema: string, catalogue: Catalogue, declared: Measurement, extraTags: readonly string[]): TablePlan {
  const { name } = declared;
  const stored = catalogue.stored.get(name);
  const found = catalogue.tables.get(name);
  const merged = stored ? mergedDeclaration(stored.declaration, declared) : declared;
  const tags = [...new Set([...Object.keys(declared.tags), ...extraTags, ...(stored?.tags ?? [])])].sort();
  const table: Table = { name, tags, fields: merged.fields };
  const missing = found ? [...tags, ...Object.keys(merged.fields)].filter((column) => !found.columns.has(column)) : [];
  const described =
    stored !== undefined &&
    declarationHash(stored.declaration) === declarationHash(merged) &&
    tags.every((tag) => stored.tags.includes(tag));
  const refused = clashOf(table) ?? (found && foreign(schema, table, found)) ?? (stored && declarationDrift(stored.declaration, declared));
  return {
    table,
    exists: found !== undefined,
    isPartitioned: found?.isPartitioned === true,
    missing,
    refused: refused ?? (found && otherType(schema, table, found)),
    declaration: described ? undefined : merged,
  };
}

/** What a table lacks, in words; undefined where it lacks nothing. */
export function lackOf({ table, exists, missing }: TablePlan): string | undefined {
  if (!exists) return `the table ${table.name} is missing`;
  return missing.length > 0 ? `the table ${table.name} has no column ${missing.join(', ')}` : undefined;
}

/** https://www.postgresql.org/docs/current/ddl-system-columns.html */
const systemColumns: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

function clashOf({ name, tags, fields }: Table): string | undefined {
  const clash = tags.find((tag) => Object.hasOwn(fields, tag));
  if (clash !== undefined) return `${name} has a field ${clash}, whose name no tag of the config can have: rename the tag`;
  const reserved = [...tags, ...Object.keys(fields)].find((column) => systemColumns.has(column));
  return reserved && `every table of PostgreSQL has a column ${reserved} of its own: rename it in ${name}, or in the tags of the config`;
}

function foreign(schema: string, { name }: Table, { columns }: FoundTable): string | undefined {
  const lacks = Object.keys(ownColumns).some((column) => !columns.has(column));
  return lacks ? `there is a table ${schema}.${name} that kpi did not make: rename it, or set "schema" to another` : undefined;
}

/** A column that somebody made another: the statement that mends it is told. */
function otherType(schema: string, { name, tags, fields }: Table, { columns }: FoundTable): string | undefined {
  const due = [
    ...Object.entries(ownColumns),
    ...tags.map((tag) => [tag, 'text'] as const),
    ...Object.entries(fields).map(([field, { kind }]) => [field, columnType(kind)] as const),
  ];
  for (const [column, type] of due) {
    const is = columns.get(column);
    if (is === undefined || is === type || (type === 'text' && is === 'character varying')) continue;
    const mend = `alter table ${inSchema(schema, name)} alter column ${quoted(column)} type ${type} using ${quoted(column)}::${type}`;
    return `the column ${column} of ${schema}.${name} is ${is}, not ${type}: run \`${mend}\`, then \`kpi db init\``;
  }
  return undefined;
}
