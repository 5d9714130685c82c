import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { messageOf, PermanentError, TransientError } from '../../sdk/errors.ts';
import { meaning } from './output.ts';
import { openThere } from './there.ts';

/** The right to write to a file, for one process at a time. It ends with the process, however that ends. */
export interface Lock {
  /** Runs `work` while no other holds the lock. */
  hold<T>(work: () => T): T;
  close(): void;
}

/** How long to wait for another process. A batch is appended in less, and waiting blocks the thread. */
const patienceMs = 100;

/**
 * A lock on an empty file beside the one that it guards. Node has no file locks of its own; SQLite's are those of the operating system
 * (https://www.sqlite.org/lockingv3.html), so that no crash leaves one behind. Nothing is ever written to the lock's file.
 */
export async function openLock(name: string, path: string): Promise<Lock> {
  const sqlite: { readonly Database?: typeof DatabaseSync; readonly DatabaseSync: typeof DatabaseSync } = await import('node:sqlite');
  const Database = sqlite.Database ?? sqlite.DatabaseSync;
  const db = locking(name, () => new Database(path, { timeout: patienceMs }));
  return {
    hold(work) {
      locking(name, () => db.exec('begin exclusive'));
      try {
        return work();
      } finally {
        db.exec('rollback');
      }
    },
    close: () => db.isOpen && db.close(),
  };
}

/** Takes a lock that is there, and gives it back; makes none. Throws what a run would be told, but for one that another process holds. */
export async function tryLock(name: string, path: string): Promise<void> {
  if (!existsSync(path)) {
    meaning(`${name}.lock`, () => openThere(path));
    return;
  }
  const lock = await openLock(name, path);
  try {
    lock.hold(() => undefined);
  } catch (error) {
    // Whoever holds it gives it back within a batch, and a run waits for that.
    if (!(error instanceof TransientError)) throw error;
  } finally {
    lock.close();
  }
}

function locking<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const details = { kind: 'unavailable', cause: error } as const;
    // SQLITE_BUSY, https://www.sqlite.org/rescode.html
    if (error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5) {
      throw new TransientError(`another process is writing to ${name}`, details);
    }
    throw new PermanentError(
      `${name}.lock cannot be used (${messageOf(error)}): check its permissions and those of its directory`,
      details,
    );
  }
}
