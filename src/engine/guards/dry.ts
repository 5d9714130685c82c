import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { openForReading } from '../doctor-database.ts';
import type { RunLog } from '../log.ts';
import { measurementsOf } from '../measurements-of.ts';
import { stateMigrations } from '../state.ts';
import { readOnlyState } from '../state-reading.ts';
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
  // That a run begins is not written down either.
  const memory = createGuardMemory({ ...readOnlyState(file), change: async () => false });
  return { memory, close: file.close };
}
