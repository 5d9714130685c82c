import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../sdk/errors.ts';
import { gauge, measurement } from '../../sdk/measurement.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { connect, connectReadOnly, meaning } from './connection.ts';
import { sqlite } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', { help: 'Numbers.', time: 'snapshot', tags: { place: 'where' }, fields: { level: gauge() } });

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-sqlite-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function context(autoInit = true) {
  return createSinkContext({ measurements: [numbers], dir, now, autoInit });
}

function entry(place: string) {
  return entryOf({ measurement: 'numbers', tags: { place }, fields: { level: 1 }, time: now, collectedAt: now });
}

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('a database that cannot be used', () => {
  it('is a directory that is missing, and stays so', async () => {
    const failure = await sqlite.open({ path: 'none/kpi.db' }, context()).catch((error) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe('there is no directory for none/kpi.db: make it, or set `path` to another file');
    await expect(sqlite.init?.({ path: 'none/kpi.db' }, [numbers], context())).rejects.toThrow('there is no directory for none/kpi.db');
    expect(thrownBy(() => readFileSync(join(dir, 'none')))).toMatchObject({ code: 'ENOENT' });
  });

  it('is a directory itself', async () => {
    mkdirSync(join(dir, 'kpi.db'));
    const failure = await sqlite.open({ path: 'kpi.db' }, context()).catch((error) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe(
      'kpi.db cannot be written (unable to open database file): check the permissions of the file and its directory',
    );
  });

  it('is a file of another kind, which is left as it was', async () => {
    writeFileSync(join(dir, 'kpi.db'), 'not a database, but the notes of somebody');
    for (const open of [sqlite.open, sqlite.ask ?? sqlite.open]) {
      const failure = await useOf(open({ path: 'kpi.db' }, context()));
      expect(failure).toBeInstanceOf(PermanentError);
      expect(failure.message).toBe('kpi.db is not a SQLite database: move it away, or set `path` to another file');
    }
    expect(readFileSync(join(dir, 'kpi.db'), 'utf8')).toBe('not a database, but the notes of somebody');
  });

  it('is one that is missing where nothing may be made', async () => {
    const failure = await sqlite.open({ path: 'kpi.db' }, context(false)).catch((error) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe('kpi.db is missing: run `kpi db init`');
    expect(thrownBy(() => readFileSync(join(dir, 'kpi.db')))).toMatchObject({ code: 'ENOENT' });
  });

  it('is damaged', async () => {
    const path = join(dir, 'kpi.db');
    const open = await sqlite.open({ path }, context());
    await open.write(Array.from({ length: 500 }, (_, index) => entry(`place ${index}`)));
    await open.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(7, 4096));
    const again = await sqlite.open({ path: 'kpi.db' }, context());
    const failure = await again.write([entry('a')]).catch((error) => error);
    await again.close();
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe('kpi.db is damaged: move it away, or restore it from a backup');
  });

  it('may only be read', () => {
    const path = join(dir, 'kpi.db');
    connect(DatabaseSync, { name: 'kpi.db', path, busyMs: 0 }).close();
    chmodSync(path, 0o444);
    const db = connectReadOnly(DatabaseSync, { name: 'kpi.db', path, busyMs: 0 });
    const failure = thrownBy(() => meaning('kpi.db', () => db.exec('create table numbers (level real)')));
    db.close();
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toMatch(/^kpi\.db cannot be written \(attempt to write a readonly database\): check the permissions/);
  });
});

describe('a database that is only read', () => {
  function files() {
    return readdirSync(dir).map((name) => [name, statSync(join(dir, name)).mtimeMs, readFileSync(join(dir, name), 'base64')]);
  }

  it('has no more files than before, and none that was written', async () => {
    const open = await sqlite.open({ path: 'kpi.db' }, context());
    await open.write([entry('a')]);
    await open.close();
    const before = files();
    expect(before.map(([name]) => name)).toEqual(['kpi.db']);
    const db = connectReadOnly(DatabaseSync, { name: 'kpi.db', path: join(dir, 'kpi.db'), busyMs: 0 });
    expect(db.prepare('select place from numbers').all()).toEqual([{ place: 'a' }]);
    expect(() => db.exec("update numbers set level = 2, place = 'b'")).toThrow('attempt to write a readonly database');
    db.close();
    expect(files()).toEqual(before);
    expect(thrownBy(() => connectReadOnly(DatabaseSync, { name: 'gone.db', path: join(dir, 'gone.db'), busyMs: 0 }))).toBeInstanceOf(
      PermanentError,
    );
    expect(files()).toEqual(before);
  });

  it('keeps what waits in the log of another that has it open, and sees it', async () => {
    const open = await sqlite.open({ path: 'kpi.db' }, context());
    await open.write([entry('a')]);
    const waiting = statSync(join(dir, 'kpi.db-wal')).size;
    expect(waiting).toBeGreaterThan(0);
    const db = connectReadOnly(DatabaseSync, { name: 'kpi.db', path: join(dir, 'kpi.db'), busyMs: 0 });
    expect(db.prepare('select count(*) as n from numbers').get()).toEqual({ n: 1 });
    db.close();
    expect(statSync(join(dir, 'kpi.db-wal')).size).toBe(waiting);
    await open.close();
  });
});

describe('a database that cannot take anything now', () => {
  it('is full: what was written stays, what was not is undone, and it goes on when there is room', () => {
    const connection = connect(DatabaseSync, { name: 'kpi.db', path: join(dir, 'kpi.db'), busyMs: 0 });
    const insert = (rows: number) =>
      connection.write((db) => {
        for (let row = 0; row < rows; row++) db.prepare('insert into big values (?)').run('x'.repeat(2000));
      });
    const count = () => connection.read((db) => db.prepare('select count(*) as rows from big').get()?.rows);
    connection.write((db) => db.exec('create table big (text text)'));
    insert(3);
    connection.read((db) => db.exec('pragma max_page_count = 20'));
    const failure = thrownBy(() => insert(100));
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe('kpi.db cannot grow, the disk is full: make room and run again');
    expect(count()).toBe(3);
    connection.read((db) => db.exec('pragma max_page_count = 2000'));
    insert(100);
    expect(count()).toBe(103);
    connection.close();
  });

  it('is locked: it is worth another try, and holds the thread for 100 ms at most', async () => {
    const path = join(dir, 'kpi.db');
    const open = await sqlite.open({ path: 'kpi.db' }, context());
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const started = performance.now();
    const failure = await open.write([entry('a')]).catch((error) => error);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toBe('kpi.db is locked by another process that writes to it');
    other.exec('rollback');
    other.close();
    expect(await open.write([entry('a')])).toEqual([]);
    await open.close();
  });

  it('is locked while it is opened: the first write connects', async () => {
    const path = join(dir, 'kpi.db');
    const other = new DatabaseSync(path);
    other.exec('begin exclusive');
    const open = await sqlite.open({ path: 'kpi.db' }, context());
    expect(await open.write([entry('a')]).catch((error) => error)).toBeInstanceOf(TransientError);
    other.exec('rollback');
    other.close();
    expect(await open.write([entry('a')])).toEqual([]);
    await open.close();
  });
});

/** The failure of a first use, whatever it is opened for. */
async function useOf(opening: Promise<object>): Promise<Error> {
  try {
    const opened = (await opening) as { last?(query: { measurement: string }): AsyncIterable<unknown> };
    for await (const _ of opened.last?.({ measurement: 'numbers' }) ?? []);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
