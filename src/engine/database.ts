import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ConfigError, messageOf } from '../sdk/errors.ts';
import type { Clock } from './clock.ts';

/** Why a file of kpi's own cannot be used now. */
export type StorageFault = 'locked' | 'full' | 'unwritable' | 'damaged';

/** A file of kpi's own cannot be read or written; the message names the file and says what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind = 'unavailable';
  readonly fault: StorageFault;
  constructor(fault: StorageFault, message: string, cause: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

export interface DatabaseOptions {
  readonly path: string;
  readonly clock: Clock;
  /** SQL that brings the file from format n to n + 1; as many as there are is the format that this program knows. */
  readonly migrations: readonly string[];
  /** How long to wait while another process has the file locked; default 10 s. */
  readonly patienceMs?: number | undefined;
  /** Page cache; default 2,000 KiB. */
  readonly cacheKib?: number;
  /** Of a new file; default 4,096 bytes. */
  readonly pageSize?: number;
}

/** One open SQLite file. Work is synchronous; only the wait for another process is not. */
export interface Database {
  readonly path: string;
  prepare(sql: string): StatementSync;
  /** Runs `work`, again for as long as the file is locked. Rejects with a `StorageError` where the file fails, else with what `work` threw. */
  read<T>(work: () => T): Promise<T>;
  /** The same as one transaction: durable when it resolves, undone when it rejects. */
  write<T>(work: () => T): Promise<T>;
  /** A transaction that is tried once. Throws like `write` rejects. */
  writeNow<T>(work: () => T): T;
  close(): void;
}

/** A locked file blocks the thread for this long, once a try; in the pause between two tries the process goes on. */
const busyMs = 50;
const pauseMs = 50;

/**
 * Opens a versioned SQLite file, and makes it and its folder where there is none. Rejects with a `ConfigError` of one sentence where
 * the file was written by a newer kpi or by another program, is damaged, or cannot be written.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { path, migrations, cacheKib = 2000, pageSize = 4096 } = options;
  const patiently = <T>(work: () => T) => whenUnlocked(options, () => named(path, work));
  let opened: DatabaseSync | undefined;
  try {
    const db = named(path, () => {
      makeFolder(dirname(path));
      // The busy timeout comes first: without one even the switch to WAL fails at once.
      return new DatabaseSync(path, { timeout: busyMs });
    });
    opened = db;
    await patiently(() => {
      // Only a file that is still empty takes these two, and only before WAL.
      db.exec(`pragma page_size = ${pageSize}; pragma auto_vacuum = incremental`);
      db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma journal_size_limit = 16777216');
      db.exec(`pragma cache_size = -${cacheKib}`);
    });
    await patiently(() => transaction(db, () => migrate(db, path, migrations)));
    return {
      path,
      prepare: (sql) => db.prepare(sql),
      read: patiently,
      write: (work) => patiently(() => transaction(db, work)),
      writeNow: (work) => named(path, () => transaction(db, work)),
      close() {
        if (db.isOpen) db.close();
      },
    };
  } catch (error) {
    if (opened?.isOpen) opened.close();
    if (error instanceof StorageError) throw new ConfigError(error.message, [{ path, message: error.message }]);
    throw error;
  }
}

/** Of Node's own way, `recursive`, a folder that cannot be made in one that is there, as in /proc, is tried for ever. */
function makeFolder(dir: string): void {
  if (isFolder(dir)) return;
  makeFolder(dirname(dir));
  try {
    mkdirSync(dir);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(dir)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function whenUnlocked<T>({ clock, patienceMs = 10_000 }: DatabaseOptions, work: () => T): Promise<T> {
  const started = clock.elapsed();
  for (;;) {
    try {
      return work();
    } catch (error) {
      const locked = error instanceof StorageError && error.fault === 'locked';
      if (!locked || clock.elapsed() - started >= patienceMs) throw error;
    }
    await clock.sleep(pauseMs);
  }
}

function migrate(db: DatabaseSync, path: string, migrations: readonly string[]): void {
  const version = Number(db.prepare('pragma user_version').get()?.user_version);
  if (version > migrations.length) {
    refuse(
      path,
      `was written by a newer kpi (format ${version}, this one knows ${migrations.length}): use that kpi, or another run.stateDir`,
    );
  }
  if (version === 0 && db.prepare('select 1 from sqlite_schema').get()) {
    refuse(path, 'is a database that kpi did not make: move it away, or set run.stateDir to another folder');
  }
  for (const sql of migrations.slice(version)) db.exec(sql);
  // Written even when nothing changed: the one way to learn here, not in the middle of a run, that the file takes no writes.
  db.exec(`pragma user_version = ${migrations.length}`);
}

function refuse(path: string, what: string): never {
  throw new ConfigError(`${path} ${what}`, [{ path, message: what }]);
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate');
  try {
    const result = work();
    db.exec('commit');
    return result;
  } catch (error) {
    // SQLite ends the transaction by itself on some errors, a full disk among them.
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

function named<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageError(path, error) ?? error;
  }
}

/** What an error of SQLite or of the file system means for this file, in one sentence; undefined for any other error. */
function storageError(path: string, error: unknown): StorageError | undefined {
  if (error instanceof StorageError) return error;
  const fault = faultOf(error);
  return fault && failureOf(path, fault, messageOf(error), error);
}

/** What cannot be read of a file that SQLite itself finds nothing wrong with. */
export function damagedError(path: string, reason: string, cause: unknown): StorageError {
  return failureOf(path, 'damaged', reason, cause);
}

function failureOf(path: string, fault: StorageFault, reason: string, cause: unknown): StorageError {
  const what = { locked: 'is locked by another process', full: 'cannot grow', unwritable: 'cannot be written', damaged: 'is damaged' }[
    fault
  ];
  const mend = {
    locked: 'wait until that ends, or stop it',
    full: 'free space on its disk, or set run.stateDir to a folder on another one',
    unwritable: 'check its permissions and its disk, or set run.stateDir to a folder that can be written',
    damaged: 'move it away and run again, or restore it from a backup',
  }[fault];
  return new StorageError(fault, `${path} ${what} (${reason}): ${mend}`, cause);
}

/** By the primary result code, https://www.sqlite.org/rescode.html, or the system's own code. */
function faultOf(error: unknown): StorageFault | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return 'full';
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ELOOP', 'EIO'].includes(String(error.code))) return 'unwritable';
  if (error.code !== 'ERR_SQLITE_ERROR' || !('errcode' in error)) return undefined;
  const code = Number(error.errcode);
  // The shared memory of the WAL could not be given its size (SQLITE_IOERR_SHMSIZE).
  if (code === 4874) return 'full';
  switch (code & 0xff) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return 'locked';
    case 13: // SQLITE_FULL
      return 'full';
    case 3: // SQLITE_PERM
    case 8: // SQLITE_READONLY
    case 10: // SQLITE_IOERR
    case 14: // SQLITE_CANTOPEN
    case 15: // SQLITE_PROTOCOL
      return 'unwritable';
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return 'damaged';
    default:
      return undefined;
  }
}
