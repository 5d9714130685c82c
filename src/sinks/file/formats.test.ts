import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { type Entry, type FieldKind, type FieldValue, gauge, measurement, text } from '../../sdk/index.ts';
import { createSinkContext, entryOf, type SinkPlace, type StoredRow, sinkContract } from '../../testing/contract/sink.ts';
import { daily, grown } from '../../testing/contract/sink-model.ts';
import { parseCsv } from '../../testing/csv.ts';
import { parseLine, splitLines } from '../../testing/stand-ins/influxdb/line-protocol.ts';
import { file } from './index.ts';
import { formats, type Settings } from './schema.ts';

const kinds = new Map<string, FieldKind>(
  Object.entries({ ...grown.fields, ...daily.fields, state: text() }).map(([name, { kind }]) => [name, kind]),
);

/** Text that `zcat` reads, to be independent of what wrote it. */
function zcat(path: string): string {
  const { stdout, stderr, status } = spawnSync('zcat', [path], { encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0) throw new Error(`zcat ${path}: ${stderr}`);
  return stdout;
}

function textOf(path: string, gzip: boolean): string {
  if (!existsSync(path) || statSync(path).size === 0) return '';
  return gzip ? zcat(path) : readFileSync(path, 'utf8');
}

function ndjsonRows(text: string): StoredRow[] {
  return linesIn(text).map((line) => {
    const row = JSON.parse(line);
    return { ...row, time: new Date(row.time), collectedAt: new Date(row.collectedAt) };
  });
}

/** As InfluxDB holds them: of one identity, the last value of each field. */
function influxRows(text: string): StoredRow[] {
  const rows = new Map<string, StoredRow>();
  for (const line of splitLines(text, 'influxdb2')) {
    if (line.includes('\n')) throw new Error('a point is more than a line');
    const { measurement, tags, fields, time } = parseLine(line, 'influxdb2');
    const key = JSON.stringify([measurement, tags, time]);
    const read = Object.entries(fields).map(([name, value]) => [name, influxValue(name, value)]);
    rows.set(key, {
      measurement,
      tags,
      fields: { ...rows.get(key)?.fields, ...Object.fromEntries(read) },
      time: new Date(time ?? Number.NaN),
    });
  }
  return [...rows.values()];
}

function influxValue(name: string, value: FieldValue): FieldValue {
  if (kinds.get(name) === 'moment') return new Date(Number(value) * 1000).toISOString();
  return typeof value === 'string' ? value.replaceAll('\u241bn', '\n').replaceAll('\u241b\u241b', '\u241b') : value;
}

/** What InfluxDB 2 has of a tag with characters that line protocol cannot hold. */
function influxTag(value: string): string {
  const held = value
    .replaceAll('\u241b', '\u241b\u241b')
    .replaceAll('\t', '\u241bt')
    .replaceAll('\n', '\u241bn')
    .replaceAll('\r', '\u241br');
  return held.replace(/\\(?=[ ,=]|$)/g, '\\\u241b.');
}

function csvRows(path: string, gzip: boolean): StoredRow[] {
  const files = readdirSync(path).sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return files.flatMap((name) => {
    const [header = [], ...rows] = parseCsv(textOf(join(path, name), gzip));
    return rows.map((row) => csvRow(name.replace(/\..*/, ''), header as string[], row));
  });
}

function csvRow(measurement: string, header: readonly string[], row: readonly (string | undefined)[]): StoredRow {
  if (row.length !== header.length) throw new Error(`${row.length} cells under ${header.length} headings`);
  const cells = new Map(header.flatMap((name, index) => (row[index] === undefined ? [] : [[name, row[index] as string] as const])));
  const [time, runId, collectedAt, provisional] = ['time', 'run_id', 'collected_at', 'provisional'].map((name) => {
    const cell = cells.get(name) as string;
    cells.delete(name);
    return cell;
  });
  const tags = [...cells].filter(([name]) => !kinds.has(name));
  const fields = [...cells].filter(([name]) => kinds.has(name)).map(([name, cell]) => [name, csvValue(name, cell)] as const);
  return {
    measurement,
    tags: Object.fromEntries(tags),
    fields: Object.fromEntries(fields),
    time: new Date(time as string),
    runId: runId as string,
    collectedAt: new Date(collectedAt as string),
    provisional: provisional === 'true',
  };
}

function csvValue(name: string, cell: string): FieldValue {
  const kind = kinds.get(name);
  if (kind === 'flag') return cell === 'true';
  return kind === 'text' || kind === 'name' || kind === 'moment' ? cell : Number(cell);
}

function linesIn(text: string): string[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  return lines;
}

const readers: Readonly<Record<Settings['format'], (path: string, gzip: boolean) => StoredRow[]>> = {
  ndjson: (path, gzip) => ndjsonRows(textOf(path, gzip)),
  csv: (path, gzip) => (existsSync(path) ? csvRows(path, gzip) : []),
  'line-protocol': (path, gzip) => influxRows(textOf(path, gzip)),
};

async function startPlace(format: Settings['format'], gzip: boolean): Promise<SinkPlace> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-file-'));
  const path = join(dir, 'points');
  return {
    settings: { path, format, gzip },
    read: async () => readers[format](path, gzip),
    async interrupt() {
      const other = new DatabaseSync(`${path}.lock`);
      other.exec('begin exclusive');
      return async () => other.close();
    },
    close: async () => rmSync(dir, { recursive: true }),
  };
}

const numbers = measurement('numbers', {
  help: 'Numbers.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { level: gauge(), state: text() },
});
const now = new Date('2026-11-21T20:00:00.000Z');

/** Two points whose texts hold what ends a row, a line or a text. */
function batchOf(number: number): readonly Entry[] {
  return [0, 1].map((index) => {
    const state = `"a", \\ b,"run-1",2026-11-21T20:00:00.000Z,true\n"${number}"\n ünï=1 `;
    const fields = { level: number + index / 10, state };
    return entryOf({
      measurement: 'numbers',
      tags: { place: `a, "b" ${index}` },
      fields,
      time: new Date(now.getTime() + number),
      collectedAt: now,
    });
  });
}

describe.each(formats.flatMap((format) => [false, true].map((gzip) => ({ format, gzip }))))('$format, gzip $gzip', ({ format, gzip }) => {
  sinkContract(file, { start: () => startPlace(format, gzip), ...(format === 'line-protocol' && { tag: influxTag }) });

  // Each write is synced to a disk that other tests sync to as well.
  it('is whole again after a crash at any byte and the next write, and has all that was acknowledged', { timeout: 120_000 }, async () => {
    const place = await startPlace(format, gzip);
    const path = place.settings.path as string;
    const settings = file.settings.parse(place.settings);
    const logged: string[] = [];
    const write = async (number: number) => {
      const context = createSinkContext({ measurements: [numbers], log: (_, message) => logged.push(message) });
      const open = await file.open(settings, context);
      expect(await open.write(batchOf(number))).toEqual([]);
      await open.close();
    };
    const data = format === 'csv' ? join(path, `numbers.csv${gzip ? '.gz' : ''}`) : path;
    await write(1);
    await write(2);
    const kept = statSync(data).size;
    await write(3);
    const whole = readFileSync(data);
    for (let end = kept; end < whole.length; end++) {
      writeFileSync(data, whole.subarray(0, end));
      const told = logged.length;
      await write(4);
      const levels = (await place.read()).map(({ fields }) => fields.level);
      expect(levels.filter((level) => Math.floor(level as number) !== 3)).toEqual([1, 1.1, 2, 2.1, 4, 4.1]);
      // A batch that is one member is there whole or not at all; of lines and rows, those that are whole stay.
      expect(gzip ? [[]] : [[], [3], [3, 3.1]]).toContainEqual(levels.filter((level) => Math.floor(level as number) === 3));
      if (end > kept && gzip) expect(logged.slice(told)).toEqual(['cut off a batch that a crash had left unfinished']);
    }
    await place.close();
  });
});
