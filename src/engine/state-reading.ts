import { join } from 'node:path';
import { ConfigError } from '../sdk/errors.ts';
import type { StateStore } from '../sdk/sink.ts';
import type { Config } from './config/config.ts';
import { type DatabaseFile, openForReading } from './doctor-database.ts';
import { createDoor } from './http.ts';
import { processIsAlive } from './lease.ts';
import { createLog } from './log.ts';
import { createMemory, type Memory } from './memory.ts';
import { stateMigrations } from './state.ts';
import { openStoreState, type StoreStateParts } from './store-state.ts';
import type { StoreParts } from './stores.ts';

/** Kpi's own memory, for questions alone. */
export interface KeptState {
  readonly state: StateStore;
  readonly memory: Memory;
  close(): Promise<void>;
}

/**
 * Opens the memory, here or in the store, without making, migrating or changing anything. Where there is none yet it is empty. Throws
 * `ConfigError` where it cannot be used.
 */
export async function openStateForReading(config: Config, parts: StoreStateParts): Promise<KeptState> {
  const state = (await openStoreState(config, parts)) ?? (await openLocalForReading(config));
  const { clock, host } = parts.outside;
  // Nothing is written, and the redactor stands at the end of every output.
  const memory = createMemory(state, { now: clock.now, host, isAlive: processIsAlive, redact: (text) => text });
  return { state, memory, close: () => state.close() };
}

/** The same, for a command that asks nothing else. */
export async function openStateToAsk(config: Config, { outside, redactor, userAgent }: StoreParts): Promise<KeptState> {
  const write = (line: string) => outside.stderr.write(`${line}\n`);
  const log = createLog({ write, level: 'warn', format: 'text', redactor, clock: outside.clock });
  const door = createDoor({ env: outside.env, userAgent, redactor });
  try {
    const kept = await openStateForReading(config, { outside, log, door });
    return {
      ...kept,
      async close() {
        await kept.close();
        await door.close();
      },
    };
  } catch (error) {
    await door.close();
    throw error;
  }
}

/** The memory of this machine, likewise. */
export async function openLocalForReading(config: Pick<Config, 'run'>): Promise<StateStore> {
  const db = await openForReading(join(config.run.stateDir, 'state.db'), stateMigrations.length);
  if (db && 'error' in db) throw new ConfigError(`${db.error}: ${db.mend}`);
  return db ? readOnlyState(db) : emptyState;
}

/** A state's file, for questions. */
export function readOnlyState(db: DatabaseFile): StateStore {
  const one = db.prepare('select value, version from record where kind = ? and key = ?');
  const where = 'where kind = :kind and substr(key, 1, length(:prefix)) = :prefix';
  const all = db.prepare(`select key, value, version from record ${where} order by key`);
  const newest = db.prepare(`select * from (select key, value, version from record ${where} order by key desc limit :last) order by key`);
  function recordOf(kind: string, row: Readonly<Record<string, unknown>>) {
    return { kind, key: String(row.key), value: JSON.parse(String(row.value)) as unknown, version: Number(row.version) };
  }
  return {
    async read(kind, key) {
      const row = one.get(kind, key);
      return row && recordOf(kind, { ...row, key });
    },
    async list(kind, { prefix = '', last } = {}) {
      const rows = last === undefined ? all.all({ kind, prefix }) : newest.all({ kind, prefix, last });
      return rows.map((row) => recordOf(kind, row));
    },
    change: refuseChange,
    async close() {
      db.close();
    },
  };
}

const emptyState: StateStore = {
  read: async () => undefined,
  list: async () => [],
  change: refuseChange,
  close: async () => {},
};

async function refuseChange(): Promise<never> {
  throw new TypeError('a question changes nothing');
}
