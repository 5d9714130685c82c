import type { Problem } from '../sdk/report.ts';
import type { StateStore } from '../sdk/sink.ts';
import { createFinishedChunks, type FinishedChunks } from './backfill/finished.ts';
import type { Config } from './config/config.ts';
import { createGuardMemory, type GuardMemory } from './guards/kept.ts';
import { processIsAlive, processStart } from './lease.ts';
import { createLeases, type Leases } from './leases.ts';
import { createMemory, type Memory } from './memory.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import type { Outside } from './outside.ts';
import type { Redactor } from './redact.ts';
import { openRunFile } from './runs-file.ts';
import { openLocalState } from './state.ts';

/** What kpi keeps on disk, beside the config. */
export interface Disk {
  /** What `memory` and `leases` are kept in. */
  readonly state: StateStore;
  readonly memory: Memory;
  /** What backfills have finished. */
  readonly chunks: FinishedChunks;
  readonly leases: Leases;
  /** What counters were read as, and what is held of them. */
  readonly guards: GuardMemory;
  readonly outbox: Outbox;
  /** The lease that is the right to drain a sink's outbox: each machine has its own outbox, also where they share the rest. */
  drainLease(sink: string): string;
  /** When this process began, where the system tells. */
  readonly processStart: string | undefined;
  /** All problems of the run, one a line. */
  record(problem: Problem & { readonly of: string }): void;
  /** Why some of them are missing there; undefined when none is. */
  readonly recordFailure: string | undefined;
  close(): Promise<void>;
}

export interface DiskOptions {
  readonly config: Pick<Config, 'run' | 'outbox'>;
  readonly outside: Outside;
  readonly runId: string;
  readonly redactor: Redactor;
  /** The store that holds the state instead, where the config says so. */
  readonly state?: StateStore | undefined;
  /** How long to wait for another process that has a file locked; at most, and by default, 10 s. */
  readonly patienceMs?: number | undefined;
}

const longestPatienceMs = 10_000;

/** Opens the state and the outbox. Throws ConfigError when the folder cannot be used. */
export async function openDisk({ config, outside, runId, redactor, state, ...options }: DiskOptions): Promise<Disk> {
  const dir = config.run.stateDir;
  const patienceMs = Math.min(options.patienceMs ?? longestPatienceMs, longestPatienceMs);
  const shared = { clock: outside.clock, patienceMs };
  const place = state && `${outside.host}:${dir}`;
  const store = state ?? (await openLocalState(dir, shared));
  const outbox = await openOutbox(dir, { ...shared, maxBytes: config.outbox.maxBytes });
  const file = openRunFile(dir, { runId, redact: redactor.text });
  const start = processStart(outside.pid);
  return {
    state: store,
    memory: createMemory(store, {
      now: outside.clock.now,
      host: outside.host,
      place,
      isAlive: processIsAlive,
      redact: redactor.text,
    }),
    chunks: createFinishedChunks(store),
    guards: createGuardMemory(store),
    leases: createLeases(store, { runId, host: outside.host, pid: outside.pid, processStart: start, clock: outside.clock }),
    outbox,
    drainLease: (sink) => (place === undefined ? `sink/${sink}` : `sink/${sink}@${place}`),
    processStart: start,
    record: (problem) => file.write(problem),
    get recordFailure() {
      return file.failure;
    },
    async close() {
      file.close();
      outbox.close();
      await store.close();
    },
  };
}
