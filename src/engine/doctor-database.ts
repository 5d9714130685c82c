import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { messageOf } from '../sdk/errors.ts';
import { inShell } from '../sdk/shell.ts';

/** A file of kpi's own, open for questions alone. */
export interface DatabaseFile {
  readonly format: number;
  prepare(sql: string): StatementSync;
  close(): void;
}

/** Why it cannot be used. */
export interface Unusable {
  readonly error: string;
  readonly mend: string;
}

/** How long a file may be locked by another process; it blocks the thread. */
const busyMs = 1000;
/** A larger file is not read through, which would take seconds. */
const mostCheckedBytes = 64 * 1024 * 1024;

/**
 * Opens a file without making, migrating or changing it; undefined where there is none. It is opened as one that may be written, since
 * SQLite leaves files beside a database that was only read. `format`: the newest that this program knows.
 */
export async function openForReading(path: string, format: number): Promise<DatabaseFile | Unusable | undefined> {
  if (!existsSync(path)) return undefined;
  const elsewhere = `check the permissions of ${path}, or set run.stateDir to another folder`;
  let db: DatabaseSync | undefined;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    const opened = new DatabaseSync(path, { timeout: busyMs });
    db = opened;
    opened.exec('pragma query_only = on');
    const version = Number(opened.prepare('pragma user_version').get()?.user_version);
    if (version > format) {
      return refused(
        opened,
        `${path} was written by a newer kpi (format ${version}, this one knows ${format})`,
        'use that kpi, or another run.stateDir',
      );
    }
    const isOther = version === 0 && opened.prepare('select 1 from sqlite_schema').get() !== undefined;
    if (isOther)
      return refused(opened, `${path} is a database that kpi did not make`, 'move it away, or set run.stateDir to another folder');
    // An empty file is what a run leaves that was ended while it made it.
    if (version === 0) return closed(opened);
    const verdict = statSync(path).size > mostCheckedBytes ? 'ok' : String(opened.prepare('pragma quick_check(1)').get()?.quick_check);
    if (verdict !== 'ok') return refused(opened, `${path} is damaged: ${verdict}`, damaged(path));
    return { format: version, prepare: (sql) => opened.prepare(sql), close: () => opened.close() };
  } catch (error) {
    if (db?.isOpen) db.close();
    const code = Number((error as { readonly errcode?: number }).errcode) & 0xff;
    // SQLITE_CORRUPT and SQLITE_NOTADB, https://www.sqlite.org/rescode.html
    if (code === 11 || code === 26) return { error: `${path} is damaged (${messageOf(error)})`, mend: damaged(path) };
    // SQLITE_BUSY and SQLITE_LOCKED
    if (code === 5 || code === 6) return { error: `${path} is locked by another process`, mend: 'wait until that ends, or stop it' };
    return { error: `${path} cannot be read and written (${messageOf(error)})`, mend: elsewhere };
  }
}

function damaged(path: string): string {
  return `move it away and run again, or restore it from a backup: mv ${inShell(path)} ${inShell(`${path}.damaged`)}`;
}

function refused(db: DatabaseSync, error: string, mend: string): Unusable {
  db.close();
  return { error, mend };
}

function closed(db: DatabaseSync): undefined {
  db.close();
  return undefined;
}
