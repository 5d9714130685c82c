import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openForReading } from './doctor-database.ts';

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
  path = join(dir, 'state.db');
});
afterEach(() => rmSync(dir, { recursive: true }));

function make(sql: string): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec(sql);
  return db;
}

it('makes nothing', async () => {
  expect(await openForReading(path, 1)).toBeUndefined();
  expect(existsSync(path)).toBe(false);
});

it('asks, changes nothing, and leaves no file beside it', async () => {
  make('pragma journal_mode = wal; pragma user_version = 1; create table t (a); insert into t values (7)').close();
  const db = await openForReading(path, 2);
  if (db === undefined || 'error' in db) return expect.unreachable(db?.error);
  expect(db.format).toBe(1);
  expect(db.prepare('select a from t').get()?.a).toBe(7);
  expect(() => db.prepare('insert into t values (8)').run()).toThrow(/readonly/);
  db.close();
  expect(readdirSync(dir)).toEqual(['state.db']);
});

it('names a command that a shell takes as it stands', async () => {
  const folder = join(dir, 'my dir');
  mkdirSync(folder);
  const at = join(folder, 'state.db');
  writeFileSync(at, 'no database at all '.repeat(100));
  expect(await openForReading(at, 1)).toMatchObject({ mend: expect.stringContaining(`: mv '${at}' '${at}.damaged'`) });
});

it('takes an empty file for none: a run was ended while it made it', async () => {
  writeFileSync(path, '');
  expect(await openForReading(path, 1)).toBeUndefined();
});

it('says that another process has it', async () => {
  const other = make('pragma user_version = 1; create table t (a); begin exclusive');
  expect(await openForReading(path, 1)).toMatchObject({ error: `${path} is locked by another process`, mend: expect.any(String) });
  other.close();
});

it('says that it cannot be read', async () => {
  expect(await openForReading(dir, 1)).toMatchObject({ error: expect.stringContaining('cannot be read'), mend: expect.any(String) });
});
