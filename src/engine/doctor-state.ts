import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../sdk/errors.ts';
import type { StateRecord } from '../sdk/sink.ts';
import type { Config } from './config/config.ts';
import { type DatabaseFile, openForReading } from './doctor-database.ts';
import type { Found } from './doctor-findings.ts';
import { type Holder, processIsAlive } from './lease.ts';
import { createMemory, type RunRecord } from './memory.ts';
import { outboxMigrations } from './outbox-format.ts';
import { outboxQuestions } from './outbox-questions.ts';
import type { Outside } from './outside.ts';
import { stateMigrations } from './state.ts';
import { readOnlyState } from './state-reading.ts';
import { commandAgain } from './unfinished.ts';

/** Below this a run may not be able to keep what it cannot deliver. */
const leastFreeBytes = 256 * 1024 * 1024;
/** A lease that was not renewed for so long is anybody's. */
const expiryMs = 60_000;
/** Of the outbox's bound. */
const nearlyFull = 0.8;

/** The state folder and what is in it. Reads only, takes no lease, and makes nothing. */
export async function* stateFound(config: Config, outside: Outside): AsyncGenerator<Found> {
  const dir = config.run.stateDir;
  const folder = await folderFound(dir);
  yield folder;
  if (folder.status === 'error') return;
  if (config.run.state === 'store') {
    const message = `runs and leases are kept in the sink ${config.store}: see there`;
    yield { check: 'state', status: 'skipped', message };
  } else {
    yield* databaseFound('state', join(dir, 'state.db'), stateMigrations.length, (db) => memoryFound(db, outside));
  }
  yield* databaseFound('outbox', join(dir, 'outbox.db'), outboxMigrations.length, async (db) => backlogFound(db, config));
}

async function folderFound(dir: string): Promise<Found> {
  const check = 'folder';
  const mend = `make ${dir} a folder that this user may write to, or set run.stateDir or KPI_STATE_DIR to another`;
  try {
    const found = await existing(dir);
    if (!(await stat(found)).isDirectory()) return { check, status: 'error', message: `${found} is no folder`, mend };
    await access(found, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(found);
    const free = bavail * bsize;
    const left = `${sizeOf(free)} free`;
    if (free < leastFreeBytes) {
      return {
        check,
        status: 'warning',
        message: `${dir}: only ${left}`,
        mend: 'free space on its disk, or set run.stateDir to a folder on another',
      };
    }
    return { check, status: 'ok', message: found === dir ? `${dir} can be written, ${left}` : `${dir} is made by the first run, ${left}` };
  } catch (error) {
    return { check, status: 'error', message: `${dir} cannot be written (${codeOf(error)})`, mend };
  }
}

/** The path, or the nearest above it that is there. */
async function existing(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return await existing(dirname(path));
  }
}

/** Whether a file of kpi's own can be read, and what `ask` finds in it. */
async function* databaseFound(
  check: string,
  path: string,
  format: number,
  ask: (db: DatabaseFile) => Promise<readonly Found[]>,
): AsyncGenerator<Found> {
  const db = await openForReading(path, format);
  if (db === undefined) {
    yield { check, status: 'ok', message: 'empty: no run has left anything yet' };
    return;
  }
  if ('error' in db) {
    yield { check, status: 'error', message: db.error, mend: db.mend };
    return;
  }
  try {
    yield { check, status: 'ok', message: `${path} can be read (format ${db.format})` };
    yield* await ask(db);
  } catch (error) {
    yield {
      check,
      status: 'error',
      message: `${path}: ${messageOf(error)}`,
      mend: `move ${path} away and run again, or restore it from a backup`,
    };
  } finally {
    db.close();
  }
}

async function memoryFound(db: DatabaseFile, outside: Outside): Promise<readonly Found[]> {
  const store = readOnlyState(db);
  const memory = createMemory(store, { now: outside.clock.now, host: outside.host, isAlive: processIsAlive, redact: (text) => text });
  const leases = await store.list('lease');
  const told = await store.list('run');
  const noticed = new Set(told.filter((one) => (one.value as RunRecord).status === 'unfinished').map((one) => one.key));
  const runs = await memory.runs(1000);
  return [...leases.map((one) => leaseFound(one, outside)), ...runsFound(runs, noticed)];
}

function leaseFound({ key, value }: StateRecord, { clock, host }: Outside): Found {
  const holder = value as Holder;
  const check = 'lease';
  const quietMs = clock.now().getTime() - Date.parse(holder.renewedAt);
  const isHere = holder.host === host;
  if (isHere && !processIsAlive(holder.pid, holder.processStart)) {
    return { check, status: 'ok', message: `${key}: left by run ${holder.runId}, whose process has ended; the next run takes it over` };
  }
  if (quietMs < expiryMs)
    return { check, status: 'ok', message: `${key}: held by run ${holder.runId}, which is at work on ${holder.host}` };
  if (!isHere) return { check, status: 'ok', message: `${key}: left by run ${holder.runId} on ${holder.host}; the next run takes it over` };
  const message = `${key}: run ${holder.runId} has not renewed it since ${holder.renewedAt}, and its process ${holder.pid} still lives`;
  return { check, status: 'warning', message, mend: `see whether it hangs, and end it: kill ${holder.pid}` };
}

/** The last run, and each that never ended and of which no run has told yet. Newest first. */
function* runsFound(runs: readonly RunRecord[], noticed: ReadonlySet<string>): Generator<Found> {
  for (const run of runs) {
    if (run.status !== 'unfinished' || noticed.has(run.id)) continue;
    yield { check: 'runs', status: 'warning', message: `run ${run.id} did not finish`, mend: commandAgain(run) };
  }
  const last = runs.find((run) => run.finishedAt !== undefined);
  if (last === undefined) return;
  yield { check: 'runs', status: 'ok', message: `the last ended ${last.finishedAt}: ${last.status}, exit code ${last.exitCode}` };
}

function backlogFound(db: DatabaseFile, config: Config): readonly Found[] {
  const questions = outboxQuestions({ prepare: db.prepare });
  const found: Found[] = [];
  let bytes = 0;
  for (const sink of questions.sinks({})) {
    const counts = questions.counts(sink);
    if (!counts) continue;
    bytes += counts.bytes;
    found.push(...sinkBacklogFound(counts, config));
  }
  const most = config.outbox.maxBytes;
  if (bytes > most * nearlyFull) {
    const message = `the outbox holds ${sizeOf(bytes)} of ${sizeOf(most)}: what does not fit is lost`;
    found.push({ check: 'backlog', status: 'warning', message, mend: 'kpi outbox send, or set outbox.maxBytes higher' });
  }
  if (found.length === 0) found.push({ check: 'backlog', status: 'ok', message: 'nothing is undelivered' });
  return found;
}

interface Counts {
  readonly sink: string;
  readonly pending: number;
  readonly rejected: number;
  readonly since: Date | undefined;
}

function* sinkBacklogFound({ sink, pending, rejected, since }: Counts, config: Config): Generator<Found> {
  const instance = config.sinks.find((one) => one.name === sink);
  const check = 'backlog';
  const status = 'warning';
  const waits = `${counted(pending)} for ${sink}${since ? ` since ${since.toISOString().slice(0, 19)}Z` : ''}`;
  if (pending > 0 && instance?.enabled) {
    yield { check, status, message: `${waits}: undelivered`, mend: `kpi outbox send --sink ${sink}` };
  } else if (pending > 0) {
    const why = instance ? 'which is disabled' : 'which is not in the config any more';
    yield { check, status, message: `${waits}, ${why}`, mend: `put "${sink}" back, or give them up: kpi outbox drop --sink ${sink}` };
  }
  if (rejected > 0) {
    const mend = `kpi outbox list --sink ${sink} says why; then kpi outbox send or drop --rejected --sink ${sink}`;
    yield { check, status, message: `${counted(rejected)} refused by ${sink}`, mend };
  }
}

function counted(points: number): string {
  return points === 1 ? '1 point' : `${points} points`;
}

function sizeOf(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes >= 1024 ? `${(mebibytes / 1024).toFixed(1)} GiB` : `${mebibytes.toFixed(1)} MiB`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
