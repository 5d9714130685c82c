import { closeSync, existsSync, fdatasync, fstatSync, ftruncateSync, lstatSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzipSync } from 'node:zlib';
import type { SinkContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Entry } from '../../sdk/point.ts';
import type { OpenSink } from '../../sdk/sink.ts';
import { type Columns, columnsFor, columnsIn, csvEnd, headerText, rowsText } from './csv.ts';
import { gzipFrame } from './gzip.ts';
import { openLock, tryLock } from './lock.ts';
import { meaning, meaningLater } from './output.ts';
import { plainFrame } from './plain.ts';
import { appendAll, type End, type Frame, type FrameOptions, readAt } from './tail.ts';
import { checkMakeable, openThere } from './there.ts';

export interface FolderOptions {
  /** As the user spelt it, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly gzip: boolean;
}

/** A file that is open, with its columns. */
interface CsvFile {
  readonly file: number;
  readonly columns: Columns;
  readonly endOf: End;
}

interface Chosen extends Pick<CsvFile, 'file' | 'columns'> {
  readonly left: readonly number[];
}

/** A header is far shorter. */
const headerBytes = 65_536;

/**
 * A folder with a file of CSV for each measurement. A file's columns never change: where entries need another one, a new file is begun. One
 * lock guards the folder; as elsewhere, a batch is appended whole or not at all, and what a crash left unfinished is cut off.
 */
export async function openFolder({ name, path, gzip }: FolderOptions, context: SinkContext): Promise<OpenSink> {
  makeFolder(name, path);
  const shown = { name, log: context.log };
  const frame = frameOf(gzip, shown);
  const lock = await openLock(name, `${path}.lock`);
  const files = new Map<string, CsvFile>();
  let closed = false;

  async function fileFor(measurement: string, needed: Columns): Promise<CsvFile> {
    const known = files.get(measurement);
    if (known && fstatSync(known.file).nlink > 0 && holds(known.columns, needed)) return known;
    if (known) closeSync(known.file);
    files.delete(measurement);
    const header = await frame.encode(headerText(needed));
    const { file, columns, left } = lock.hold(() => meaning(name, () => chooseFile(measurement, needed, header)));
    const found = { file, columns, endOf: await frame.endOf(file) };
    files.set(measurement, found);
    for (const one of left) await mend(one);
    return found;
  }

  /** Nobody may ever write to a file again that was left for a newer one: what a crash left unfinished in it is cut off now. */
  async function mend(file: number): Promise<void> {
    try {
      const endOf = await frame.endOf(file);
      lock.hold(() => meaning(name, () => endOf(file)));
    } finally {
      closeSync(file);
    }
  }

  /** The newest file that has these columns; else a new one, and those that are left for it. */
  function chooseFile(measurement: string, needed: Columns, header: Uint8Array): Chosen {
    const { fits, names, left, newest, begun } = look({ path, gzip }, { measurement, needed }, (file) => openSync(file, 'a+'));
    if (fits) {
      for (const one of left) closeSync(one);
      return { ...fits, left: [] };
    }
    const file = begun === undefined ? newFile(names, measurement, newest) : openSync(join(path, fileName(measurement, begun, gzip)), 'a+');
    if (begun !== undefined) ftruncateSync(file, 0);
    appendAll(file, header, 0);
    return { file, columns: needed, left };
  }

  /** Its number is the next that no file has, behind ours: one that somebody else wrote, with whatever number, counts for nothing. */
  function newFile(names: readonly string[], measurement: string, newest: number): number {
    let number = newest + 1;
    while (names.includes(fileName(measurement, number, gzip))) number += 1;
    return openSync(join(path, fileName(measurement, number, gzip)), 'ax+');
  }

  return {
    async write(batch) {
      if (closed) throw new TypeError(`${name} is closed`);
      const parts: Part[] = [];
      for (const [measurement, entries] of byMeasurement(batch)) {
        const declared = context.measurement(measurement);
        const to = await fileFor(measurement, columnsFor(declared, context.tags, entries));
        parts.push({ to, bytes: await frame.encode(rowsText(to.columns, declared, entries)) });
      }
      lock.hold(() => meaning(name, () => appendParts(parts)));
      for (const { to } of parts) await meaningLater(name, promisify(fdatasync)(to.file));
      return [];
    },
    async close() {
      if (closed) return;
      closed = true;
      lock.close();
      for (const { file } of files.values()) closeSync(file);
    },
  };
}

function frameOf(gzip: boolean, shown: FrameOptions): Frame {
  return gzip ? gzipFrame(shown) : plainFrame(csvEnd(shown), shown);
}

/**
 * Opens what a run would open in the folder, and makes and changes nothing; false where there is no folder yet. Throws what a run would be
 * told.
 */
export async function tryFolder({ name, path, gzip }: FolderOptions, context: SinkContext): Promise<boolean> {
  const isThere = hasFolder(name, path);
  await tryLock(name, `${path}.lock`);
  if (!isThere) {
    meaning(name, () => checkMakeable(path));
    return false;
  }
  const frame = frameOf(gzip, { name, log: context.log });
  for (const declared of context.measurements) {
    const wanted = { measurement: declared.name, needed: columnsFor(declared, context.tags, []) };
    const { fits, left, begun } = meaning(name, () => look({ path, gzip }, wanted, openThere));
    const files = fits ? [fits.file, ...left] : left;
    try {
      for (const file of files) await frame.endOf(file);
    } finally {
      for (const file of files) closeSync(file);
    }
    if (!fits && begun === undefined) meaning(name, () => checkMakeable(join(path, fileName(declared.name, 1, gzip))));
  }
  return true;
}

/** What a folder has for a measurement: the newest file that has the columns, those that it left for it, open, and further numbers. */
interface Looked {
  readonly fits: Pick<CsvFile, 'file' | 'columns'> | undefined;
  readonly left: readonly number[];
  readonly names: readonly string[];
  /** 0 where no file is one of ours. */
  readonly newest: number;
  /** Of a file whose header is not whole. */
  readonly begun: number | undefined;
}

function look(
  { path, gzip }: Pick<FolderOptions, 'path' | 'gzip'>,
  { measurement, needed }: { readonly measurement: string; readonly needed: Columns },
  open: (path: string) => number | undefined,
): Looked {
  const names = readdirSync(path);
  const left: number[] = [];
  let newest = 0;
  let begun: number | undefined;
  for (const number of numbersOf(names, measurement, gzip)) {
    const file = open(join(path, fileName(measurement, number, gzip)));
    if (file === undefined) continue;
    const columns = columnsIn(beginningOf(file, gzip));
    if (Array.isArray(columns) && holds(columns, needed)) return { fits: { file, columns }, left, names, newest, begun };
    if (columns !== undefined) newest = Math.max(newest, number);
    if (columns === 'begun') begun = number;
    if (Array.isArray(columns)) left.push(file);
    else closeSync(file);
  }
  return { fits: undefined, left, names, newest, begun };
}

/** The bytes in the folder's files of these measurements; undefined where it has none. */
export function folderBytes(path: string, measurements: readonly string[], gzip: boolean): number | undefined {
  if (!existsSync(path) || !statSync(path).isDirectory()) return undefined;
  const names = readdirSync(path);
  const files = measurements.flatMap((one) => numbersOf(names, one, gzip).map((number) => fileName(one, number, gzip)));
  return files.length === 0 ? undefined : files.reduce((bytes, file) => bytes + statSync(join(path, file)).size, 0);
}

interface Part {
  readonly to: CsvFile;
  readonly bytes: Uint8Array;
}

/** All of them, or none. */
function appendParts(parts: readonly Part[]): void {
  const done: { readonly file: number; readonly end: number }[] = [];
  try {
    for (const { to, bytes } of parts) {
      const end = to.endOf(to.file);
      appendAll(to.file, bytes, end);
      done.push({ file: to.file, end });
    }
  } catch (error) {
    for (const { file, end } of done) ftruncateSync(file, end);
    throw error;
  }
}

/** It is made, as any file is; the folder that it stands in is not, so that a mistake in the path is seen. */
function makeFolder(name: string, path: string): void {
  if (!hasFolder(name, path)) meaning(name, () => mkdirSync(path));
}

/** Throws where something stands in its place. */
function hasFolder(name: string, path: string): boolean {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return true;
    throw new PermanentError(`${name} is a file: with the format csv, \`path\` must be a folder`, { kind: 'unavailable' });
  }
  if (meaning(name, () => lstatSync(path, { throwIfNoEntry: false })) === undefined) return false;
  throw new PermanentError(`${name} is a link that leads nowhere: make the folder that it leads to, or remove it`, { kind: 'unavailable' });
}

function fileName(measurement: string, number: number, gzip: boolean): string {
  return `${measurement}${number === 1 ? '' : `.${number}`}.csv${gzip ? '.gz' : ''}`;
}

/** The numbers of a measurement's files, the newest first. */
function numbersOf(names: readonly string[], measurement: string, gzip: boolean): number[] {
  const form = new RegExp(`^${measurement}(?:\\.([1-9]\\d{0,14}))?\\.csv${gzip ? '\\.gz' : ''}$`);
  const numbers = names.flatMap((name) => {
    const match = form.exec(name);
    return match ? [Number(match[1] ?? 1)] : [];
  });
  return [...new Set(numbers)].filter((number) => names.includes(fileName(measurement, number, gzip))).sort((a, b) => b - a);
}

function beginningOf(file: number, gzip: boolean): string {
  const bytes = readAt(file, 0, headerBytes);
  if (!gzip) return bytes.toString();
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  } catch {
    // Not gzip: not ours.
    return '\n';
  }
}

function holds(columns: Columns, needed: Columns): boolean {
  return needed.every((column) => columns.includes(column));
}

function byMeasurement(batch: readonly Entry[]): ReadonlyMap<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of batch) {
    const group = groups.get(entry.point.measurement);
    if (group) group.push(entry);
    else groups.set(entry.point.measurement, [entry]);
  }
  return groups;
}
