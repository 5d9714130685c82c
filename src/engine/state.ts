import { join } from 'node:path';
import type { StateChange, StateRecord, StateStore } from '../sdk/sink.ts';
import type { Clock } from './clock.ts';
import { damagedError, openDatabase } from './database.ts';

/**
 * Versions come from one counter of the file, so that a record which was deleted and made again never has a version that somebody
 * still holds.
 */
export const stateMigrations = [
  `create table counter (version integer not null) strict;
   insert into counter values (0);
   create table record (kind text not null, key text not null, version integer not null, value text not null,
     primary key (kind, key)) strict, without rowid`,
];

export interface LocalStateOptions {
  readonly clock: Clock;
  /** How long to wait for another process that has the file locked; default 10 s. */
  readonly patienceMs?: number;
}

/**
 * kpi's own memory in `state.db` under `dir`. Several processes may have it open. Rejects with a `ConfigError` where the file cannot be
 * used; its methods reject with a `StorageError` where it fails later.
 */
export async function openLocalState(dir: string, options: LocalStateOptions): Promise<StateStore> {
  const database = await openDatabase({ ...options, path: join(dir, 'state.db'), migrations: stateMigrations });
  const one = database.prepare('select kind, key, value, version from record where kind = ? and key = ?');
  const matching = `from record where kind = :kind and key >= :prefix and substr(key, 1, length(:prefix)) = :prefix`;
  const all = database.prepare(`select kind, key, value, version ${matching} order by key`);
  const newest = database.prepare(
    `select * from (select kind, key, value, version ${matching} order by key desc limit :last) order by key`,
  );
  const next = database.prepare('update counter set version = version + 1 returning version');
  const put = database.prepare('insert or replace into record (kind, key, version, value) values (?, ?, ?, ?)');
  const remove = database.prepare('delete from record where kind = ? and key = ?');

  function versionOf(kind: string, key: string): number {
    return Number(one.get(kind, key)?.version ?? 0);
  }

  function apply(changes: readonly StateChange[]): boolean {
    for (const { kind, key, ifVersion } of changes) {
      if (ifVersion !== undefined && versionOf(kind, key) !== ifVersion) return false;
    }
    for (const { kind, key, value } of changes) {
      if (value === undefined) remove.run(kind, key);
      else put.run(kind, key, Number(next.get()?.version), JSON.stringify(value));
    }
    return true;
  }

  return {
    async read(kind, key) {
      const row = await database.read(() => one.get(kind, key));
      return row && recordOf(row, database.path);
    },
    async list(kind, { prefix = '', last } = {}) {
      const rows = await database.read(() => (last === undefined ? all.all({ kind, prefix }) : newest.all({ kind, prefix, last })));
      return rows.map((row) => recordOf(row, database.path));
    },
    change: (changes) => database.write(() => apply(changes)),
    async close() {
      database.close();
    },
  };
}

function recordOf(row: Readonly<Record<string, unknown>>, path: string): StateRecord {
  const [kind, key] = [String(row.kind), String(row.key)];
  try {
    return { kind, key, value: JSON.parse(String(row.value)), version: Number(row.version) };
  } catch (error) {
    throw damagedError(path, `its record ${kind} ${key} is no JSON`, error);
  }
}
