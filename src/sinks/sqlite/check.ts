import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SinkContext } from '../../sdk/context.ts';
import type { Finding } from '../../sdk/provider.ts';
import { inShell } from '../../sdk/shell.ts';
import { loadSqlite, meaning } from './connection.ts';
import type { Settings } from './schema.ts';

/** How long another process may hold the database; it blocks the thread. */
const busyMs = 1000;
const sentinel = 'a row of kpi doctor';

/** Whether rows can be written and read: in a transaction that is taken back, so that nothing is left. Makes no database. */
export async function* check({ path: name }: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const path = context.resolve(name);
  const found = { check: 'access' } as const;
  const folder = dirname(path);
  if (!existsSync(folder)) {
    // What `kpi db init` makes is needed before a run makes the folder.
    if (context.autoInit && context.hasFolder(folder)) yield { ...found, status: 'ok', message: `${name} is made by the first run` };
    else yield { ...found, status: 'error', message: `there is no directory for ${name}`, mend: `mkdir -p ${inShell(folder)}` };
    return;
  }
  if (!existsSync(path)) {
    yield await missingFinding(name, path, context);
    return;
  }
  const Sqlite = await loadSqlite();
  const db = meaning(name, () => new Sqlite(path, { timeout: busyMs }));
  try {
    const read = meaning(name, () => {
      db.exec('begin immediate');
      try {
        db.exec('create table kpi_doctor (word text) strict');
        db.prepare('insert into kpi_doctor values (?)').run(sentinel);
        return db.prepare('select word from kpi_doctor').get()?.word;
      } finally {
        // On some errors SQLite has ended it by itself.
        if (db.isTransaction) db.exec('rollback');
      }
    });
    if (read === sentinel) yield { ...found, status: 'ok', message: 'a row was written, read and taken back' };
    else
      yield { ...found, status: 'error', message: `${name} did not give back the row that was written`, mend: 'restore it from a backup' };
  } finally {
    db.close();
  }
}

async function missingFinding(name: string, path: string, { autoInit, instance }: SinkContext): Promise<Finding> {
  const found = { check: 'access' } as const;
  if (!autoInit) return { ...found, status: 'error', message: `${name} is missing`, mend: `kpi db init --sinks ${instance}` };
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
    return { ...found, status: 'ok', message: `${name} is made by the first run: its directory can be written` };
  } catch {
    const mend = `let this user write to ${inShell(dirname(path))}, or set \`path\` to another file`;
    return { ...found, status: 'error', message: `${name} cannot be made: its directory cannot be written`, mend };
  }
}
