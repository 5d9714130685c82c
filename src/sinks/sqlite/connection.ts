import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { messageOf, PermanentError, TransientError } from '../../sdk/errors.ts';

export type Database = DatabaseSync;

export interface Connection {
  /** Runs `work` in one transaction that takes the right to write first. Durable when it returns, undone when it throws. */
  write<T>(work: (db: Database) => T): T;
  /** Runs `work` and gives SQLite's errors their meaning. */
  read<T>(work: (db: Database) => T): T;
  close(): void;
}

export interface ConnectOptions {
  /** As the user spelt it, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** How long SQLite may wait for another process. It blocks the thread meanwhile. */
  readonly busyMs: number;
}

/** SQLite, loaded only when a database is opened. The class was renamed; the old name is the one that every Node 24 knows. */
export async function loadSqlite(): Promise<typeof DatabaseSync> {
  const sqlite: { readonly Database?: typeof DatabaseSync; readonly DatabaseSync: typeof DatabaseSync } = await import('node:sqlite');
  return sqlite.Database ?? sqlite.DatabaseSync;
}

/**
 * Opens a database that may be written, and makes the file where there is none. Throws `TransientError` while another process holds it,
 * and `PermanentError` where it cannot be used.
 */
export function connect(Sqlite: typeof DatabaseSync, { name, path, busyMs }: ConnectOptions): Connection {
  const db = meaning(name, () => new Sqlite(path, { timeout: busyMs }));

  function read<T>(work: (db: Database) => T): T {
    return meaning(name, () => work(db));
  }

  function write<T>(work: (db: Database) => T): T {
    return read(() => {
      db.exec('begin immediate');
      try {
        const result = work(db);
        db.exec('commit');
        return result;
      } finally {
        // Where it was not committed. On some errors, a full disk among them, SQLite has ended it by itself.
        if (db.isTransaction) db.exec('rollback');
      }
    });
  }

  try {
    // The default page cache is 2 MB, with which large stores are written at a third of the speed.
    read(() => db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -65536'));
    return { read, write, close: () => db.isOpen && db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens a database that is only read, and leaves its folder as it was. A connection that may not write makes the files of the write-ahead log
 * where they are missing, and cannot take them away again (https://www.sqlite.org/wal.html#read_only_databases); one that may does, when it
 * is the last to close. Where they are there, they are another's, and so is what waits in them.
 */
export function connectReadOnly(Sqlite: typeof DatabaseSync, { name, path, busyMs }: ConnectOptions): Database {
  return meaning(name, () => {
    if (existsSync(`${path}-wal`)) return new Sqlite(path, { readOnly: true, timeout: busyMs });
    const existing = pathToFileURL(path);
    existing.searchParams.set('mode', 'rw');
    const db = new Sqlite(existing, { timeout: busyMs });
    db.exec('pragma query_only = on');
    return db;
  });
}

/** Runs `work`; an error of SQLite becomes one that says what happens next. */
export function meaning<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(name, error);
  }
}

/** What an error of SQLite means, by its primary result code: https://www.sqlite.org/rescode.html. Other errors stay as they are. */
function storeError(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const details = { kind: 'unavailable', cause: error } as const;
  const code = Number(error.errcode);
  // SQLITE_IOERR_SHMSIZE: the disk has no room for the shared memory of the write-ahead log.
  if (code === 4874) return new PermanentError(fullText(name), details);
  switch (code & 0xff) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return new TransientError(`${name} is locked by another process that writes to it`, details);
    case 7: // SQLITE_NOMEM
    case 10: // SQLITE_IOERR
    case 15: // SQLITE_PROTOCOL
      return new TransientError(`${name} could not be read or written: ${messageOf(error)}`, details);
    case 13: // SQLITE_FULL
      return new PermanentError(fullText(name), details);
    case 3: // SQLITE_PERM
    case 8: // SQLITE_READONLY
    case 14: // SQLITE_CANTOPEN
      return new PermanentError(
        `${name} cannot be written (${messageOf(error)}): check the permissions of the file and its directory`,
        details,
      );
    case 11: // SQLITE_CORRUPT
      return new PermanentError(`${name} is damaged: move it away, or restore it from a backup`, details);
    case 26: // SQLITE_NOTADB
      return new PermanentError(`${name} is not a SQLite database: move it away, or set \`path\` to another file`, details);
    default:
      return new PermanentError(`${name}: ${messageOf(error)}`, details);
  }
}

function fullText(name: string): string {
  return `${name} cannot grow, the disk is full: make room and run again`;
}
