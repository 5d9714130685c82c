import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gauge, measurement, PermanentError, type Point, pointJson, TransientError } from '../../sdk/index.ts';
import { createSinkContext, entryOf, type StoredRow } from '../../testing/contract/sink.ts';
import { file } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', { help: 'Numbers.', time: 'snapshot', tags: { place: 'where' }, fields: { level: gauge() } });

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-file-'));
  path = join(dir, 'points.ndjson');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('file', () => {
  it('writes the documented lines', async () => {
    await writeTo(path, [
      entryOf({
        measurement: 'numbers',
        tags: { place: 'a "b"' },
        fields: { level: 1.5, up: false },
        time: now,
        collectedAt: new Date('2026-11-21T20:00:01.002Z'),
      }),
      entryOf({ measurement: 'numbers', tags: {}, fields: { level: 2 }, time: now, collectedAt: now, runId: 'run"2', provisional: true }),
    ]);
    expect(readFileSync(path, 'utf8')).toBe(
      '{"measurement":"numbers","tags":{"place":"a \\"b\\""},"fields":{"level":1.5,"up":false},"time":"2026-11-21T20:00:00.000Z","runId":"run-1","collectedAt":"2026-11-21T20:00:01.002Z","provisional":false}\n' +
        '{"measurement":"numbers","tags":{},"fields":{"level":2},"time":"2026-11-21T20:00:00.000Z","runId":"run\\"2","collectedAt":"2026-11-21T20:00:00.000Z","provisional":true}\n',
    );
  });

  it('spells a point as it is spelt everywhere', async () => {
    const at = { measurement: 'numbers', collectedAt: now };
    const written = [
      entryOf({ ...at, tags: { place: '漢\u2028\ud83d', other: '\\' }, fields: { text: 'a\n"b"', none: 0, big: 1e21 }, time: now }),
      entryOf({ ...at, fields: { level: 1e-7 }, time: new Date('2026-11-21T20:00:00.001Z') }),
    ];
    await writeTo(path, written);
    const points = linesOf(path).map((line) => {
      const { runId, collectedAt, provisional, ...point } = JSON.parse(line) as Record<string, unknown>;
      return JSON.stringify(point);
    });
    expect(points).toEqual(written.map(({ point }) => pointJson(point)));
  });

  it('writes no line that is a command to the runner of GitHub', async () => {
    const tags = { place: '##[add-path]/tmp' };
    await writeTo(path, [entryOf({ measurement: 'numbers', tags, fields: { text: '::error::x\n::y::' }, time: now, collectedAt: now })]);
    const [line = '', ...more] = linesOf(path);
    expect([line.includes('##['), line.startsWith('{'), more]).toEqual([false, true, []]);
    expect(JSON.parse(line).tags).toEqual(tags);
  });

  it('gives each entry its own end', async () => {
    const later = new Date(now.getTime() + 1);
    const at = { measurement: 'numbers', fields: { level: 1 }, time: now };
    const written = [
      entryOf({ ...at, collectedAt: now }),
      entryOf({ ...at, collectedAt: later }),
      entryOf({ ...at, collectedAt: later, runId: 'run-2' }),
      entryOf({ ...at, collectedAt: later, runId: 'run-2', provisional: true }),
      entryOf({ ...at, collectedAt: now, time: later }),
    ];
    await writeTo(path, written);
    const rows = rowsOf(readFileSync(path, 'utf8'));
    expect(rows).toEqual(written.map(({ point, ...rest }) => ({ ...point, ...rest })));
  });

  it('appends to what is there', async () => {
    await writeTo(path, [numbered(1)]);
    await writeTo(path, [numbered(2)]);
    expect(levels(path)).toEqual([1, 2]);
  });

  it.each([
    ['in its name', '{"mea'],
    ['in its middle', '{"measurement":"numbers","tags":{"place":"here"},"fields":{"lev'],
    ['before its last brace', '{"measurement":"numbers","tags":{},"fields":{"level":9},"provisional":false'],
    ['after a long text', `{"measurement":"numbers","tags":{"place":"${'x'.repeat(200_000)}`],
  ])('cuts off a line that a crash left unfinished %s', async (_, torn) => {
    await writeTo(path, [numbered(1), numbered(2)]);
    appendFileSync(path, torn);
    const logged = await writeTo(path, [numbered(3)]);
    expect(levels(path)).toEqual([1, 2, 3]);
    expect(logged).toEqual(['cut off a line that a crash had left unfinished']);
  });

  it('cuts off a torn line that is the first', async () => {
    writeFileSync(path, '{"measurement":"numb');
    await writeTo(path, [numbered(1)]);
    expect(levels(path)).toEqual([1]);
  });

  it('keeps a whole line that lacks its line break only', async () => {
    await writeTo(path, [numbered(1)]);
    writeFileSync(path, readFileSync(path, 'utf8').trimEnd());
    await writeTo(path, [numbered(2)]);
    expect(levels(path)).toEqual([1, 2]);
  });

  it('never cuts what another program wrote', async () => {
    writeFileSync(path, 'my notes\nwithout a line break');
    await writeTo(path, [numbered(1)]);
    expect(readFileSync(path, 'utf8').split('\n').slice(0, 2)).toEqual(['my notes', 'without a line break']);
    expect(levels(path, 2)).toEqual([1]);
  });

  it('cuts a line that was torn while it was open: by another process that died', async () => {
    const open = await file.open(file.settings.parse({ path }), contextOf());
    await open.write([numbered(1)]);
    appendFileSync(path, '{"measurement":"numbers","ta');
    await open.write([numbered(2)]);
    await open.close();
    expect(levels(path)).toEqual([1, 2]);
  });

  it('writes to a new file where somebody removes it meanwhile', async () => {
    const open = await file.open(file.settings.parse({ path }), contextOf());
    await open.write([numbered(1)]);
    rmSync(path);
    await open.write([numbered(2)]);
    await open.close();
    expect(levels(path)).toEqual([2]);
  });

  it('says that another process writes, and tries no longer than 100 ms', async () => {
    const open = await file.open(file.settings.parse({ path }), contextOf());
    const other = new DatabaseSync(`${path}.lock`);
    other.exec('begin exclusive');
    const started = performance.now();
    const failure = await open.write([numbered(1)]).catch((error) => error);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toBe(`another process is writing to ${path}`);
    other.close();
    await open.write([numbered(1)]);
    await open.close();
    expect(levels(path)).toEqual([1]);
    expect(statSync(`${path}.lock`).size).toBe(0);
    expect(existsSync(`${path}.lock-journal`)).toBe(false);
  });

  it('says what is wrong with its path, and makes nothing', async () => {
    const failureOf = (at: string) => file.open(file.settings.parse({ path: at }), contextOf()).catch((error) => error);
    const missing = await failureOf('none/points.ndjson');
    expect(missing).toBeInstanceOf(PermanentError);
    expect(missing.message).toBe('there is no directory for none/points.ndjson: make it, or set `path` to another file');
    mkdirSync(join(dir, 'folder'));
    const folder = await failureOf('folder');
    expect(folder).toBeInstanceOf(PermanentError);
    expect(folder.message).toBe('folder is a folder: set `path` to a file, or `format` to csv');
    expect(existsSync(join(dir, 'none'))).toBe(false);
    expect(existsSync(join(dir, 'folder.lock'))).toBe(false);
  });

  it.skipIf(!existsSync('/dev/full'))('says that a disk is full', async () => {
    const open = await file.open(file.settings.parse({ path: '/dev/full' }), contextOf());
    const failure = await open.write([numbered(1)]).catch((error) => error);
    await open.close();
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe('/dev/full cannot grow, the disk is full: make room and run again');
  });

  it.each(['ndjson', 'line-protocol'])('takes no path that ends as a folder does for a file of %s', (format) => {
    const issues = file.settings.safeParse({ path: 'out/', format }).error?.issues;
    const message = `must be a file where the format is ${format}, and ends in a slash as a folder does: name a file in it`;
    expect(issues).toEqual([expect.objectContaining({ path: ['path'], message })]);
    expect(file.settings.safeParse({ path: 'out/', format: 'csv' }).success).toBe(true);
  });

  it('tells which files it writes to', () => {
    const filesOf = (at: string) => file.files?.(file.settings.parse({ path: at }));
    expect(filesOf('out.ndjson')).toEqual([{ setting: 'path', path: 'out.ndjson', beside: ['.lock'] }]);
    expect(filesOf('-')).toEqual([]);
  });

  it('says whether its data goes to standard output', () => {
    expect([file.accepts({ path: '-' }).stdout, file.accepts({ path: 'a' }).stdout]).toEqual([true, undefined]);
  });

  it('tells its size', async () => {
    const size = async (at: string) => (await file.status?.({ path: at }, [numbers], contextOf()))?.bytes;
    expect([await size('points.ndjson'), await size('-')]).toEqual([undefined, undefined]);
    await writeTo(path, [numbered(1)]);
    expect(await size('points.ndjson')).toBe(statSync(path).size);
  });
});

function contextOf(log?: (message: string) => void) {
  return createSinkContext({ measurements: [numbers], dir, log: (_, message) => log?.(message) });
}

async function writeTo(at: string, entries: readonly ReturnType<typeof entryOf>[]): Promise<readonly string[]> {
  const logged: string[] = [];
  const open = await file.open(
    file.settings.parse({ path: at }),
    contextOf((message) => logged.push(message)),
  );
  expect(await open.write(entries)).toEqual([]);
  await open.close();
  return logged;
}

function numbered(level: number) {
  return entryOf({ measurement: 'numbers', fields: { level }, time: now, collectedAt: now });
}

function linesOf(at: string): string[] {
  const lines = readFileSync(at, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  return lines;
}

function levels(at: string, skip = 0): unknown[] {
  return linesOf(at)
    .slice(skip)
    .map((line) => (JSON.parse(line) as Point).fields.level);
}

function rowsOf(text: string): StoredRow[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const row = JSON.parse(line);
    return { ...row, time: new Date(row.time), collectedAt: new Date(row.collectedAt) };
  });
}
