import type { SinkReport } from '../sdk/report.ts';
import type { Config } from './config/config.ts';
import { openDisk } from './disk.ts';
import { createDoor } from './http.ts';
import { createLog } from './log.ts';
import type { Memory } from './memory.ts';
import { openOutlets } from './outlets.ts';
import { newRunId } from './run.ts';
import { checkStdout } from './stdout.ts';
import { openKept } from './store-state.ts';
import type { StoreParts } from './stores.ts';
import { exitCode } from './verdict.ts';

export interface OutboxFilter {
  readonly sink?: string | undefined;
  readonly run?: string | undefined;
  readonly rejected?: boolean | undefined;
}

export interface SendFlags extends OutboxFilter {
  /** The result goes to standard output as JSON. */
  readonly json?: boolean | undefined;
}

export interface Sent {
  readonly exitCode: number;
  readonly sinks: readonly SinkReport[];
  /** A sink wrote its data to standard output. */
  readonly stdoutTaken: boolean;
}

export interface OutboxSummary {
  readonly sink: string;
  readonly pending: number;
  readonly rejected: number;
  /** Of the oldest pending entry. */
  readonly since?: string;
  readonly bytes: number;
  /** Why the pending entries were not delivered, in the words of the last run that found out. */
  readonly cause?: string;
  readonly reasons: readonly { readonly reason: string; readonly entries: number }[];
}

export async function listUndelivered(config: Config, filter: OutboxFilter, parts: StoreParts): Promise<readonly OutboxSummary[]> {
  const { outside, redactor } = parts;
  // Without the memory: what waits for a store is to be seen while that store is away, also where it has the memory.
  const disk = await openDisk({ config, outside, runId: newRunId(outside.clock.now()), redactor });
  try {
    const counts = await disk.outbox.counts(filter);
    const pending = counts.filter((count) => count.pending > 0).map(({ sink }) => sink);
    const causes = await causesOf(pending, disk.memory, filter.run);
    return counts.map(({ since, ...count }) => {
      const cause = causes.get(count.sink);
      return { ...count, ...(since && { since: since.toISOString() }), ...(cause !== undefined && { cause }) };
    });
  } finally {
    await disk.close();
  }
}

/** Runs that are asked why a sink has not taken its points. */
const askedRuns = 50;

/** What kept each of these sinks from taking its points, as the last run says that had an error of it; absent where none says. */
async function causesOf(sinks: readonly string[], memory: Memory, run: string | undefined): Promise<ReadonlyMap<string, string>> {
  const causes = new Map<string, string>();
  const runs = sinks.length === 0 ? [] : run === undefined ? (await memory.runs(askedRuns)).map(({ id }) => id) : [run];
  for (const id of runs) {
    for (const { name, problems } of (await memory.report(id))?.sinks ?? []) {
      const cause = problems.find(({ severity, kind }) => severity === 'error' && kind !== 'rejected')?.message;
      if (cause !== undefined && sinks.includes(name) && !causes.has(name)) causes.set(name, cause);
    }
    if (causes.size === sinks.length) break;
  }
  return causes;
}

/** What became of one sink's entries. A sink whose outbox a run drains right now keeps them. */
export interface Dropped {
  readonly sink: string;
  readonly dropped: number;
  /** The run that has the right to drain it. */
  readonly heldBy?: string;
}

export async function dropUndelivered(config: Config, filter: OutboxFilter, parts: StoreParts): Promise<readonly Dropped[]> {
  const disk = await openKept(config, parts);
  try {
    const results: Dropped[] = [];
    for (const { sink } of await disk.outbox.counts({ sink: filter.sink })) {
      const heldBy = await disk.leases.take(disk.drainLease(sink));
      if (heldBy !== undefined) results.push({ sink, dropped: 0, heldBy });
      else results.push({ sink, dropped: (await disk.outbox.drop({ ...filter, sink })).get(sink) ?? 0 });
    }
    return results;
  } finally {
    await disk.leases.release();
    await disk.close();
  }
}

/** Sends what is pending, and with `rejected` what was refused, to the selected sinks, as a run does at its start. */
export async function sendUndelivered(config: Config, filter: SendFlags, parts: StoreParts): Promise<Sent> {
  const { outside, redactor } = parts;
  checkStdout(config, filter.json === true);
  const runId = newRunId(outside.clock.now());
  const disk = await openKept(config, parts, runId);
  const door = createDoor({ env: outside.env, userAgent: parts.userAgent, redactor });
  const log = createLog({
    write: (line) => outside.stderr.write(`${line}\n`),
    level: 'warn',
    format: 'text',
    redactor,
    clock: outside.clock,
  });
  const over = new AbortController();
  const cancels = [
    outside.clock.timer(config.run.timeoutMs, () => over.abort()),
    outside.onSignal((signal) => (over.signal.aborted ? outside.exit(signal === 'SIGINT' ? 130 : 143) : over.abort())),
  ];
  try {
    for (const { name, selected } of filter.rejected ? config.sinks : []) {
      // While another run delivers to it, what it refused stays where it is.
      if (selected && (await disk.leases.take(disk.drainLease(name))) === undefined) await disk.outbox.restore({ ...filter, sink: name });
    }
    const outlets = await openOutlets({
      runId,
      config,
      outside,
      disk,
      declared: [],
      signal: over.signal,
      until: over.signal,
      redactor,
      log,
      door,
      listen: () => {},
      ...(filter.run !== undefined && { onlyRun: filter.run }),
    });
    await Promise.all(outlets.map((outlet) => outlet.finish()));
    await Promise.all(outlets.map((outlet) => outlet.close([], over.signal)));
    const sinks = outlets.map((outlet) => outlet.report());
    await disk.leases.release();
    const stdoutTaken = outlets.some((outlet) => outlet.stdout);
    return { exitCode: exitCode({ providers: [], sinks, runErrors: 0 }, 'any'), sinks, stdoutTaken };
  } finally {
    for (const cancel of cancels) cancel();
    await disk.close();
    await door.close();
  }
}
