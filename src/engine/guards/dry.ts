import { ConfigError } from '../../sdk/errors.ts';
import type { Config } from '../config/config.ts';
import type { RunLog } from '../log.ts';
import { measurementsOf } from '../measurements-of.ts';
import { openLocalForReading } from '../state-reading.ts';
import { createGuardMemory, type GuardMemory } from './kept.ts';
import { rulesOf } from './rules.ts';

/** What earlier runs read, for one that writes nothing. */
export interface Readings {
  readonly memory?: GuardMemory;
  close(): Promise<void>;
}

const none: Readings = { close: async () => {} };

/** Opens the memory of this machine for questions alone. Where there is none, no value is held; where it cannot be read, a warning says so. */
export async function openReadings(config: Config, log: RunLog): Promise<Readings> {
  const guarded = config.providers.some((one) => one.selected && rulesOf(measurementsOf(one), one).size > 0);
  if (!guarded) return none;
  const unknown = 'which values a run would hold is not known';
  if (config.run.state === 'store') {
    log.warn(`${unknown}: the readings are in the store, which a dry run does not open`);
    return none;
  }
  try {
    const state = await openLocalForReading(config);
    // That a run begins is not written down either.
    return { memory: createGuardMemory({ ...state, change: async () => false }), close: () => state.close() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.warn(`${unknown}: ${error.message}`);
    return none;
  }
}
