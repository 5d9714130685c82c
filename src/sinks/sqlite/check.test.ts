import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findingsOf } from '../../testing/contract/check.ts';
import { createSinkContext } from '../../testing/contract/sink.ts';
import { sqlite } from './index.ts';

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
  path = join(dir, 'kpi.db');
});
afterEach(() => rmSync(dir, { recursive: true }));

function checked(at = path, autoInit = true) {
  return findingsOf(sqlite.check?.({ path: at }, createSinkContext({ measurements: [], autoInit, instance: 'local' })));
}

it('writes, reads and takes back, and leaves no trace', async () => {
  const db = new DatabaseSync(path);
  db.exec('pragma journal_mode = wal; create table mine (a); insert into mine values (1)');
  db.close();
  const before = readFileSync(path);
  expect(await checked()).toEqual({
    findings: [{ check: 'access', status: 'ok', message: 'a row was written, read and taken back' }],
    error: undefined,
  });
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(dir)).toEqual(['kpi.db']);
});

it('makes no database', async () => {
  expect((await checked()).findings).toMatchObject([{ status: 'ok', message: expect.stringContaining('is made by the first run') }]);
  expect((await checked(path, false)).findings).toMatchObject([{ status: 'error', mend: 'kpi db init --sinks local' }]);
  expect(existsSync(path)).toBe(false);
});

it('says how to make the directory', async () => {
  const { findings } = await checked(join(dir, 'no', 'kpi.db'));
  expect(findings).toMatchObject([{ status: 'error', mend: `mkdir -p ${join(dir, 'no')}` }]);
  const spaced = await checked(join(dir, 'my dir', 'kpi.db'));
  expect(spaced.findings).toMatchObject([{ status: 'error', mend: `mkdir -p '${join(dir, 'my dir')}'` }]);
});

it('misses no directory that the run makes, unless the database must be made before', async () => {
  const at = join(dir, '.kpi', 'kpi.db');
  const context = (autoInit: boolean) => createSinkContext({ measurements: [], autoInit, made: [join(dir, '.kpi')] });
  expect((await findingsOf(sqlite.check?.({ path: at }, context(true)))).findings).toEqual([
    { check: 'access', status: 'ok', message: `${at} is made by the first run` },
  ]);
  expect(await sqlite.status?.({ path: at }, [], context(true))).toEqual({ measurements: [], bytes: 0, problems: [] });
  expect((await findingsOf(sqlite.check?.({ path: at }, context(false)))).findings).toMatchObject([{ status: 'error' }]);
  expect(existsSync(join(dir, '.kpi'))).toBe(false);
});

it('throws what a database says that cannot be used', async () => {
  writeFileSync(path, 'no database at all '.repeat(100));
  expect((await checked()).error).toMatchObject({ message: expect.stringContaining('is not a SQLite database') });
});

it('throws where another process writes for long', async () => {
  const other = new DatabaseSync(path);
  other.exec('create table mine (a); begin immediate');
  expect((await checked()).error).toMatchObject({ name: 'TransientError', message: expect.stringContaining('locked') });
  other.close();
});

it.skipIf(process.getuid?.() === 0)('sees a directory that cannot be written', async () => {
  chmodSync(dir, 0o500);
  expect((await checked()).findings).toMatchObject([{ status: 'error', message: expect.stringContaining('cannot be made') }]);
  chmodSync(dir, 0o700);
});
