import { messageOf, TransientError } from '../sdk/errors.ts';
import type { StateStore } from '../sdk/sink.ts';
import type { Config } from './config/config.ts';
import { type Disk, openDisk } from './disk.ts';
import { createDoor, type Door } from './http.ts';
import { createLog, type RunLog } from './log.ts';
import { sinkContext } from './outlets.ts';
import type { Outside } from './outside.ts';
import { newRunId } from './run.ts';
import type { StoreParts } from './stores.ts';

export interface StoreStateParts {
  readonly outside: Outside;
  readonly log: RunLog;
  readonly door: Door;
}

/** Kpi's own memory in the store, where the config has it there; undefined where it is on this machine. Throws a `TransientError` while it is away. */
export async function openStoreState(config: Config, { outside, log, door }: StoreStateParts): Promise<StateStore | undefined> {
  const sink = config.run.state === 'store' ? config.sinks.find((one) => one.name === config.store) : undefined;
  if (!sink?.sink.state) return undefined;
  // Its last word is that the run has ended: it outlives the run's own signal.
  const { signal } = new AbortController();
  const { clock, env } = outside;
  try {
    return await sink.sink.state(sink.settings, sinkContext(sink, { config, clock, env, log, door, signal, measurements: [] }));
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    const message = `run.state is "store", and ${messageOf(error)}: nothing was started, try again later`;
    throw new TransientError(message, { kind: 'unavailable', cause: error });
  }
}

/** What kpi keeps, for what is no run: its memory where the config has it, and the outbox of this machine. */
export async function openKept(config: Config, parts: StoreParts, runId?: string): Promise<Disk> {
  const { outside, redactor, userAgent } = parts;
  const log = createLog({
    write: (line) => outside.stderr.write(`${line}\n`),
    level: 'warn',
    format: 'text',
    redactor,
    clock: outside.clock,
  });
  const door = createDoor({ env: outside.env, userAgent, redactor });
  try {
    const state = await openStoreState(config, { outside, log, door });
    const disk = await openDisk({ config, outside, runId: runId ?? newRunId(outside.clock.now()), redactor, state });
    return {
      ...disk,
      get recordFailure() {
        return disk.recordFailure;
      },
      async close() {
        await disk.close();
        await door.close();
      },
    };
  } catch (error) {
    await door.close();
    throw error;
  }
}
