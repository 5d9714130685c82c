import { join } from 'node:path';
import type { StateRecord } from '../../sdk/sink.ts';
import type { Config } from '../config/config.ts';
import { openForReading } from '../doctor-database.ts';
import type { RunLog } from '../log.ts';
import { measurementsOf } from '../measurements-of.ts';
import { stateMigrations } from '../state.ts';
import { createGuardMemory, type GuardMemory } from './kept.ts';
import { rulesOf } from './rules.ts';

/** What earlier runs read, for one that writes nothing. */
export interface Readings {
  readonly memory?: GuardMemory;
  close(): void;
}

const none: Readings = { close() {} };

/** Opens the state of this machine for questions alone. Where there is none, no value is held; where it cannot be read, a warning says so. */
export async function openReadings(config: Config, log: RunLog): Promise<Readings> {
  const guarded = config.providers.some((one) => one.selected && rulesOf(measurementsOf(one), one).size > 0);
  if (!guarded) return none;
  const unknown = 'which values a run would hold is not known';
  if (config.run.state === 'store') {
    log.warn(`${unknown}: the readings are in the store, which a dry run does not open`);
    return none;
  }
  const file = await openForReading(join(config.run.stateDir, 'state.db'), stateMigrations.length);
  if (!file) return none;
  if ('error' in file) {
    log.warn(`${unknown}: ${file.error}`);
    return none;
  }
  const all = file.prepare('select kind, key, value, version from record where kind = ? order by key');
  const list = (kind: string) =>
    all.all(kind).map((row): StateRecord => ({ ...(row as unknown as StateRecord), value: parsed(row.value) }));
  const memory = createGuardMemory({
    read: async (kind, key) => list(kind).find((one) => one.key === key),
    list: async (kind, { prefix = '' } = {}) => list(kind).filter((one) => one.key.startsWith(prefix)),
    change: async () => false,
    async close() {},
  });
  return { memory, close: file.close };
}

function parsed(value: unknown): unknown {
  return JSON.parse(String(value));
}
