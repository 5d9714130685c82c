import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../sdk/errors.ts';
import { createTestClock } from '../testing/clock.ts';
import { systemClock } from './clock.ts';
import { openDatabase, StorageError } from './database.ts';

const migrations = ['create table note (words text) strict'];
let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-database-'));
  path = join(dir, 'deep', 'notes.db');
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function open(options: { readonly migrations?: readonly string[]; readonly patienceMs?: number } = {}) {
  return openDatabase({ path, clock: systemClock, migrations, ...options });
}

async function refusal(): Promise<string> {
  const error = await open().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  const { message, problems } = error as ConfigError;
  expect(problems[0]?.path).toBe(path);
  expect(message).toContain(path);
  expect(message).not.toContain('\n');
  return message;
}

describe('openDatabase', () => {
  it('makes the folder and the file, durable and in WAL', async () => {
    const database = await open();
    const pragma = (name: string) => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('auto_vacuum')).toBe(2);
    expect(pragma('user_version')).toBe(1);
    expect(pragma('busy_timeout')).toBeGreaterThan(0);
    expect(pragma('busy_timeout')).toBeLessThanOrEqual(100);
    database.close();
    database.close();
  });

  it('brings an older file to the format it knows, and keeps what is in it', async () => {
    const first = await open();
    await first.write(() => first.prepare(`insert into note values ('kept')`).run());
    first.close();
    const second = await open({ migrations: [...migrations, `alter table note add column colour text default 'red'`] });
    expect(second.prepare('select * from note').all()).toEqual([{ words: 'kept', colour: 'red' }]);
    second.close();
  });

  it('leaves an older file as it was when a migration fails', async () => {
    (await open()).close();
    await expect(open({ migrations: [...migrations, 'create table other (a) strict; nonsense'] })).rejects.toThrow();
    const database = await open();
    expect(database.prepare('select name from sqlite_schema').all()).toEqual([{ name: 'note' }]);
    database.close();
  });

  it('refuses a file that a newer kpi wrote, in one sentence', async () => {
    (await open({ migrations: [...migrations, 'create table later (a)'] })).close();
    expect(await refusal()).toMatch(/was written by a newer kpi \(format 2, this one knows 1\): use that kpi/);
  });

  it('refuses a database of another program', async () => {
    mkdirSync(join(dir, 'deep'));
    const foreign = new DatabaseSync(path);
    foreign.exec('create table theirs (a)');
    foreign.close();
    expect(await refusal()).toMatch(/is a database that kpi did not make/);
  });

  it('refuses a file that is no database, and one that is damaged', async () => {
    mkdirSync(join(dir, 'deep'));
    writeFileSync(path, 'this is not a database, and long enough to be seen as none. '.repeat(20));
    expect(await refusal()).toMatch(/is damaged \(file is not a database\): move it away/);

    rmSync(path);
    const database = await open();
    await database.write(() => {
      for (let n = 0; n < 500; n++) database.prepare('insert into note values (?)').run('x'.repeat(200));
    });
    database.close();
    const whole = new DatabaseSync(path);
    const root = Number(whole.prepare(`select rootpage from sqlite_schema where name = 'note'`).get()?.rootpage);
    whole.close();
    const bytes = Buffer.alloc(4096, 0xff);
    const file = openSync(path, 'r+');
    writeSync(file, bytes, 0, bytes.length, (root - 1) * 4096);
    closeSync(file);
    const again = await open();
    await expect(again.read(() => again.prepare('select count(*) from note').get())).rejects.toMatchObject({
      name: 'StorageError',
      fault: 'damaged',
      message: expect.stringContaining(`${path} is damaged (database disk image is malformed): move it away`),
    });
    again.close();
  });

  it('names the path where the folder cannot be made, or a folder is in the way', async () => {
    writeFileSync(join(dir, 'deep'), '');
    expect(await refusal()).toMatch(/cannot be written .*: check its permissions/);
    rmSync(join(dir, 'deep'));
    mkdirSync(path, { recursive: true });
    expect(await refusal()).toMatch(/cannot be written \(unable to open database file\): check its permissions/);
  });

  it.runIf(existsSync('/proc/self'))('ends where a folder can never be made', async () => {
    path = '/proc/kpi/notes.db';
    expect(await refusal()).toMatch(/cannot be written \(ENOENT: .*\): check its permissions/);
  });

  it('names the path where permissions are missing', async () => {
    (await open()).close();
    const script = fileURLToPath(new URL('../../test/children/storage.ts', import.meta.url));
    chmodSync(dir, 0o755);
    // Permissions do not bind root: the child is somebody else.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const attempt = (name: string) => spawnSync(process.execPath, [script, 'open', name], { encoding: 'utf8', ...nobody });

    chmodSync(join(dir, 'deep'), 0o555);
    chmodSync(path, 0o444);
    const readOnly = attempt(path);
    expect(readOnly.stdout, readOnly.stderr).toMatch(/^ConfigError: .*notes\.db cannot be written \(.*\): check its permissions/);
    const missing = attempt(join(dir, 'deep', 'other.db'));
    expect(missing.stdout, missing.stderr).toMatch(/^ConfigError: .*other\.db cannot be written \(.*\): check its permissions/);
    expect(existsSync(join(dir, 'deep', 'other.db'))).toBe(false);
    chmodSync(join(dir, 'deep'), 0o755);
  }, 30_000);

  it('waits for a lock without keeping the thread, and goes on when it is gone', async () => {
    const database = await open();
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const clock = createTestClock();
    const waiting = await openDatabaseSoon(clock, other);
    await waiting.write(() => waiting.prepare(`insert into note values ('after')`).run());
    expect(clock.sleeps.length).toBeGreaterThan(0);
    expect(await database.read(() => database.prepare('select words from note').all())).toEqual([{ words: 'after' }]);
    for (const one of [database, waiting, other]) one.close();
  });

  /** The lock goes with the first pause: it would not go at all if the wait kept the thread. */
  function openDatabaseSoon(clock: ReturnType<typeof createTestClock>, other: DatabaseSync) {
    const releasing = {
      ...clock,
      async sleep(ms: number) {
        if (other.isTransaction) other.exec('rollback');
        await clock.sleep(ms);
      },
    };
    return openDatabase({ path, clock: releasing, migrations });
  }

  it('gives up after its patience, and says that the file is locked', async () => {
    const database = await open({ patienceMs: 0 });
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const write = database.write(() => {});
    await expect(write).rejects.toBeInstanceOf(StorageError);
    await expect(write).rejects.toMatchObject({
      fault: 'locked',
      message: expect.stringMatching(/notes\.db is locked by another process/),
    });
    await expect(open({ patienceMs: 0 })).rejects.toThrow(/is locked by another process/);
    other.close();
    database.close();
  });

  it('undoes a transaction that throws', async () => {
    const database = await open();
    const mistake = new RangeError('mine');
    const write = database.write(() => {
      database.prepare(`insert into note values ('gone')`).run();
      throw mistake;
    });
    await expect(write).rejects.toBe(mistake);
    expect(database.prepare('select * from note').all()).toEqual([]);
    database.close();
  });
});
