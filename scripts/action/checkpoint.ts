import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/engine/clock.ts';
import { processIsAlive } from '../../src/engine/lease.ts';
import { openLocalState } from '../../src/engine/state.ts';
import { errorCommand } from '../../src/report/workflow-commands.ts';

/** What SQLite has beside a database, and takes away by itself. */
const beside = /-(wal|shm|journal)$/;

/**
 * `node checkpoint.ts PATH…`: makes each SQLite database of these files and folders whole in its one file, so that it can be copied, and
 * gives back the leases of runs of this machine that were killed: the next run is on another, which could only wait for their end.
 */
for (const file of process.argv.slice(2).flatMap(filesOf)) {
  if (!isDatabase(file)) continue;
  if (basename(file) === 'state.db') await giveBackLeases(file);
  const wrong = checkpoint(file);
  if (wrong === undefined) continue;
  process.stdout.write(`${errorCommand('kpi', `${file} ${wrong}`)}\n`);
  process.exitCode = 1;
}

function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !beside.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name));
}

/** https://www.sqlite.org/fileformat2.html#the_database_header */
function isDatabase(path: string): boolean {
  const header = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header.toString('latin1') === 'SQLite format 3\0';
}

/** In words, why the database is not whole; undefined when it is. https://www.sqlite.org/pragma.html#pragma_wal_checkpoint */
function checkpoint(file: string): string | undefined {
  try {
    const db = new DatabaseSync(file, { timeout: 1000 });
    try {
      // Also where the last process was killed: what it left in the WAL, or in a journal, is taken over or undone by this read.
      if (db.prepare('pragma quick_check(1)').get()?.quick_check !== 'ok') return 'is damaged: the copy on the branch is left as it is';
      const result = db.prepare('pragma wal_checkpoint(truncate)').get();
      return result?.busy === 1 ? 'is still in use by another process: nothing is saved while it writes' : undefined;
    } finally {
      db.close();
    }
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function giveBackLeases(file: string): Promise<void> {
  try {
    const state = await openLocalState(dirname(file), { clock: systemClock });
    try {
      for (const { key, value, version } of await state.list('lease')) {
        const { host, pid, processStart } = value as { host: string; pid: number; processStart?: string };
        if (host !== hostname() || processIsAlive(pid, processStart)) continue;
        await state.change([{ kind: 'lease', key, value: undefined, ifVersion: version }]);
      }
    } finally {
      await state.close();
    }
  } catch {
    // State of another version of kpi, or damaged, which the check tells: leases also expire by themselves.
  }
}
