import { isUtf8 } from 'node:buffer';
import { PermanentError } from '../../sdk/errors.ts';
import { twinsOf } from './columns.ts';
import { readCsv } from './csv.ts';
import type { BadRow, Row } from './rows.ts';

export const formats = ['json', 'csv', 'lines'] as const;
export type Format = (typeof formats)[number];

/** The rows of a file. Throws a `PermanentError` where it is none that can be read at all. Pure. */
export function rowsOf(bytes: Uint8Array, format: Format): Iterable<Row | BadRow> {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) throw wrong('is UTF-16: save it as UTF-8');
  const text = new TextDecoder().decode(bytes);
  if (isUtf8(bytes)) return readers[format](text);
  if (format === 'json') throw wrong('is not UTF-8');
  return withoutBroken(readers[format](text));
}

const readers: Readonly<Record<Format, (text: string) => Iterable<Row | BadRow>>> = { json: readJson, csv: readTable, lines: readLines };

/** One address a line; empty lines and those that begin with `#` are none. */
function* readLines(text: string): Generator<Row> {
  let number = 0;
  for (const line of lines(text)) {
    number += 1;
    const url = line.trim();
    if (url !== '' && !url.startsWith('#')) yield { place: `line ${number}`, values: { url } };
  }
}

/** Without all of them in memory twice. */
function* lines(text: string): Generator<string> {
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end === -1 ? text.length : end);
    at = end === -1 ? text.length : end + 1;
  }
}

/** A list of addresses, or of objects. */
function* readJson(text: string): Generator<Row | BadRow> {
  const list = parseJson(text);
  if (!Array.isArray(list)) throw wrong('holds no list: write [{ "url": "https://…" }, …]');
  for (const [index, item] of list.entries()) {
    const place = `item ${index + 1}`;
    if (typeof item === 'string') yield { place, values: { url: item } };
    else if (typeof item === 'object' && item !== null && !Array.isArray(item)) yield { place, values: item };
    else yield { place, fault: 'it is neither an address nor an object with one' };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of V8's words may quote the file.
    const at = /position (\d+)/.exec(String(error))?.[1];
    throw wrong(`is not well-formed JSON${at === undefined ? '' : `, in line ${text.slice(0, Number(at)).split('\n').length}`}`);
  }
}

/** CSV, whose first line names the columns. */
function* readTable(text: string): Generator<Row | BadRow> {
  let names: readonly string[] | undefined;
  for (const record of readCsv(text)) {
    const place = `line ${record.line}`;
    if ('fault' in record) {
      if (!names) throw wrong(`has no first line of names that can be read: ${record.fault}`);
      yield { place, fault: record.fault };
    } else if (!names) {
      names = columnsOf(record.cells);
    } else if (record.cells.length !== names.length) {
      yield { place, fault: `it has ${record.cells.length} cells, and the first line names ${names.length}` };
    } else {
      const { cells } = record;
      yield { place, values: Object.fromEntries(names.map((name, index) => [name, cells[index]])) };
    }
  }
}

/** The names of the first line. */
function columnsOf(cells: readonly string[]): readonly string[] {
  const names = cells.map((name) => name.trim());
  if (!names.some((name) => /^url$/i.test(name)))
    throw wrong('has no column "url": its first line names the columns, with commas between them');
  const known = twinsOf(names);
  if (known) throw wrong(`names one column twice, in cells ${known.places.join(' and ')} of its first line (${known.called})`);
  // A column without a name means nothing, and may be there often.
  const twin = names.findIndex((name, index) => name !== '' && names.indexOf(name) < index);
  if (twin !== -1)
    throw wrong(`names one column twice, in cells ${names.indexOf(names[twin] ?? '') + 1} and ${twin + 1} of its first line`);
  return names;
}

/** Where bytes were no text stands a sign for it. */
function* withoutBroken(rows: Iterable<Row | BadRow>): Generator<Row | BadRow> {
  for (const row of rows) {
    const isBroken =
      'values' in row &&
      Object.entries(row.values)
        .flat()
        .some((text) => String(text).includes('\ufffd'));
    yield isBroken ? { place: row.place, fault: 'it holds bytes that are not UTF-8' } : row;
  }
}

function wrong(what: string): PermanentError {
  return new PermanentError(what, { kind: 'config' });
}
