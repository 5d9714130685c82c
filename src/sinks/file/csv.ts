import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Entry } from '../../sdk/point.ts';
import { type End, type FrameOptions, lookBack, readAt } from './tail.ts';

/** The names of a file's columns between `time` and `run_id`: tags and fields, which never share a name. */
export type Columns = readonly string[];

const lastColumns = 'run_id,collected_at,provisional';
const headerForm = new RegExp(`^time((?:,[a-z][a-z0-9_]*)*),${lastColumns}$`);
/** What a crash may leave of a header. */
const begunHeader = /^(t|ti|tim|time(,[a-z0-9_]*)*)?$/;

/** The columns that these entries need: what is declared, the config's tags, and what else the entries have. Each group by name. */
export function columnsFor(declared: Measurement, tags: readonly string[], batch: readonly Entry[]): Columns {
  const ofTags = new Set([...Object.keys(declared.tags), ...tags, ...batch.flatMap(({ point }) => Object.keys(point.tags))]);
  const ofFields = new Set([...Object.keys(declared.fields), ...batch.flatMap(({ point }) => Object.keys(point.fields))]);
  return [...[...ofTags].sort(), ...[...ofFields].sort()];
}

export function headerText(columns: Columns): string {
  return `${['time', ...columns, lastColumns].join(',')}\n`;
}

/** The columns of a file that begins like this; `begun` where its header is not whole; undefined where it is not one of ours. */
export function columnsIn(beginning: string): Columns | 'begun' | undefined {
  const end = beginning.indexOf('\n');
  if (end === -1) return begunHeader.test(beginning) ? 'begun' : undefined;
  const [, columns] = headerForm.exec(beginning.slice(0, end)) ?? [];
  return columns?.split(',').slice(1);
}

/**
 * Rows of CSV (https://www.rfc-editor.org/rfc/rfc4180), each ended by a line feed. Texts are quoted, always, and nothing else is; what is
 * absent is an empty cell.
 */
export function rowsText(columns: Columns, declared: Measurement, batch: readonly Entry[]): string {
  const moments = new Set(columns.filter((column) => Object.hasOwn(declared.fields, column) && declared.fields[column]?.kind === 'moment'));
  let text = '';
  for (const { point, runId, collectedAt, provisional } of batch) {
    text += point.time.toISOString();
    for (const column of columns) {
      text += ',';
      if (Object.hasOwn(point.tags, column)) text += quoted(point.tags[column] as string);
      else if (Object.hasOwn(point.fields, column)) {
        const value = point.fields[column];
        text += typeof value === 'string' && !moments.has(column) ? quoted(value) : value;
      }
    }
    text += `,${quoted(runId)},${collectedAt.toISOString()},${provisional}\n`;
  }
  return text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

const time = '[-+\\d]+-\\d\\d-\\d\\dT[\\d:.]+Z';
/**
 * The end of a row of ours. Nothing inside a text looks like it: there each quotation mark stands twice, and here are two single ones.
 */
const rowEnd = `,"[^",\\n]+",${time},(?:true|false)\\n`;
const endsInRow = new RegExp(`${rowEnd}$`);
const longestEnd = 300;

/** The end of a file whose header is whole. */
export function csvEnd({ name, log }: FrameOptions): End {
  return (file) => {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - longestEnd);
    if (endsInRow.test(readAt(file, from, size - from).toString('latin1'))) return size;
    const beginning = readAt(file, 0, size).toString('latin1');
    const header = beginning.indexOf('\n') + 1;
    if (size === header) return size;
    const cells = beginning.slice(0, header).split(',').length;
    const start = lookBack(file, { from: header, size }, endOfLastRow) ?? header;
    // A character of latin1 is a byte: what is found in it is a place in the file.
    const rest = readAt(file, start, size - start).toString('latin1');
    const torn = beginningOfTornRow(rest, cells);
    if (torn === undefined) return rest.endsWith('\n') ? size : size + writeSync(file, '\n');
    ftruncateSync(file, start + torn);
    log.warn('cut off a row that a crash had left unfinished', { file: name, bytes: rest.length - torn });
    return start + torn;
  };
}

function endOfLastRow(bytes: Buffer): number | undefined {
  let end: number | undefined;
  for (const match of bytes.toString('latin1').matchAll(new RegExp(rowEnd, 'g'))) end = match.index + match[0].length;
  return end;
}

/** Where a row of ours begins that is not whole; before it may stand lines that another program or a person wrote, which stay. */
function beginningOfTornRow(text: string, cells: number): number | undefined {
  for (let start = 0; start < text.length; ) {
    if (isTornRow(text.slice(start), cells)) return start;
    const end = text.indexOf('\n', start);
    if (end === -1) return undefined;
    start = end + 1;
  }
  return undefined;
}

const rowTime = /^(?:\d{4}|[-+]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;
const rowTimes = ['2026-11-21T20:00:00.000Z', '+012026-11-21T20:00:00.000Z'];
/** A number, a flag or a moment, or its beginning: what is not quoted. */
const bareCell = /^(?:[-+.:\deTZ]*|t(?:ru?)?|true|f(?:a(?:ls?)?)?|false)$/;

/** True for the beginning of a row of ours that is not all of it. */
function isTornRow(text: string, cells: number): boolean {
  const first = rowTime.exec(text)?.[0];
  if (first === undefined) return rowTimes.some((time) => text.length < time.length && rowTime.test(text + time.slice(text.length)));
  let count = 1;
  let last = first;
  for (let at = first.length; at < text.length; count++) {
    if (text[at] !== ',' || count === cells) return false;
    const end = text[at + 1] === '"' ? endOfText(text, at + 1) : endOfBare(text, at + 1);
    last = text.slice(at + 1, end);
    if (!last.startsWith('"') && !bareCell.test(last)) return false;
    at = end;
  }
  return count < cells || !/^(?:true|false)$/.test(last);
}

function endOfBare(text: string, from: number): number {
  const end = text.indexOf(',', from);
  return end === -1 ? text.length : end;
}

/** Behind the quotation mark that ends a text, or the end of all where there is none. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at + 1;
  }
  return text.length;
}
