import { addressOf, isAddress } from './address.ts';
import { type Column, calledOf, columnOf } from './columns.ts';
import type { BadRow, Row } from './rows.ts';
import { type Site, site } from './schema.ts';

/** Longer ones are no addresses, names or patterns that anybody wrote. */
const longest = 8192;

/** How a cell is read, and what is said of one that cannot be. */
interface Cell {
  read(value: unknown): unknown;
  readonly says: string;
}

const word: Cell = { read: (value) => text(value)?.trim(), says: `it is no text of at most ${longest} characters` };
const pattern: Cell = { ...word, read: text };
const whole: Cell = { read: wholeNumber, says: 'it is no whole number' };
const flag: Cell = { read: trueOrFalse, says: 'it is neither true nor false' };
const status: Cell = {
  read: statuses,
  says: 'not a status: write a number such as 200, a class such as 2xx, or several with spaces between them',
};

/** Any cell may be text. */
const cells: Readonly<Record<Column, Cell>> = {
  url: word,
  name: word,
  match: pattern,
  absent: pattern,
  status,
  redirects: whole,
  certificateDays: whole,
  active: flag,
};

/** A site of a source; undefined where the row says that it is not active. */
export type ReadRow = { readonly place: string; readonly site: Site | undefined } | BadRow;

/** Reads one row. Adds the names of columns that mean nothing here to `unknown`. Pure but for that. */
export function readRow(row: Row | BadRow, unknown: Set<string>): ReadRow {
  if ('fault' in row) return row;
  const { place } = row;
  const given: Partial<Record<Column, unknown>> = {};
  const names = new Map<Column, string>();
  for (const [name, value] of Object.entries(row.values)) {
    const column = columnOf(name);
    if (!column) {
      unknown.add(name);
      continue;
    }
    const twin = names.get(column);
    if (twin !== undefined) return { place, fault: `it has one column twice (${calledOf([twin, name])})` };
    names.set(column, name);
    const read = isEmpty(value) ? undefined : cells[column].read(value);
    if (read === undefined && !isEmpty(value)) return { place, fault: `${column}: ${cells[column].says}` };
    given[column] = read;
  }
  const { active = true, ...rest } = given;
  if (!active) return { place, site: undefined };
  if (typeof rest.url !== 'string') return { place, fault: 'it has no url' };
  // What is in a config's address is kept out of everything that is written; this one came too late for that.
  if (isAddress(rest.url) && addressOf(rest.url).login) {
    return { place, fault: 'url: it holds a user name or password; a site with a secret belongs into "sites"' };
  }
  const parsed = site.safeParse(rest);
  if (parsed.success) return { place, site: parsed.data };
  const [issue] = parsed.error.issues;
  return { place, fault: `${String(issue?.path[0] ?? 'url')}: ${issue?.message ?? 'it is not valid'}` };
}

/**
 * A row as it is kept until all are there: what the unknown columns hold is let go, and what is too long for any cell is a fault already.
 */
export function slim({ place, values }: Row): Row | BadRow {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const column = columnOf(name);
    if (column && typeof value === 'string' && value.length > longest) return { place, fault: `${column}: ${cells[column].says}` };
    kept[name] = column ? value : undefined;
  }
  return { place, values: kept };
}

/** An empty cell says nothing. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

// Each gives undefined for what it cannot read.

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= longest ? value : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return /^\d{1,9}$/.test(String(value).trim()) ? Number(value) : undefined;
}

function trueOrFalse(value: unknown): boolean | undefined {
  const said = String(value).trim().toLowerCase();
  if (['true', 't', 'yes', 'y', 'on', '1'].includes(said)) return true;
  return ['false', 'f', 'no', 'n', 'off', '0'].includes(said) ? false : undefined;
}

function statuses(value: unknown): readonly (number | string)[] | undefined {
  const words = (
    Array.isArray(value)
      ? value
      : String(value)
          .trim()
          .split(/[\s,;|]+/)
  ).map((one) => String(one).trim().toLowerCase());
  const good = words.filter((one) => /^([1-5]\d\d|[1-5]xx)$/.test(one));
  return good.length > 0 && good.length === words.length ? good.map((one) => (one.endsWith('x') ? one : Number(one))) : undefined;
}
