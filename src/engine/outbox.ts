import { join } from 'node:path';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Clock } from './clock.ts';
import { openDatabase, StorageError } from './database.ts';
import { type Declaration, declarationOf, entryBody, outboxMigrations, rowBytes } from './outbox-format.ts';
import { outboxQuestions } from './outbox-questions.ts';
import { type NewRow, noReason, outboxRows, type RowTable } from './outbox-rows.ts';

/** The outbox holds as much as the config lets it: nothing of the call was stored. */
export class OutboxFullError extends Error {
  override readonly name = 'OutboxFullError';
  readonly kind = 'unavailable';
}

/** The disk takes nothing now, or the file is damaged or locked for too long: nothing of the call was stored. */
export class OutboxUnavailableError extends Error {
  override readonly name = 'OutboxUnavailableError';
  readonly kind = 'unavailable';
}

export interface OutboxOptions {
  /** Of the stored entries, pending and rejected, of all sinks. */
  readonly maxBytes: number;
  readonly clock: Clock;
  /** How long a call waits while another process has the file locked; default 10 s. */
  readonly patienceMs?: number;
}

export interface OutboxEntry {
  readonly id: number;
  readonly entry: Entry;
}

export interface OutboxFilter {
  readonly sink?: string | undefined;
  readonly run?: string | undefined;
}

interface OutboxPage {
  readonly limit: number;
  /** Only entries behind the one with this id. */
  readonly after?: number | undefined;
  /** Only entries of this run. */
  readonly run?: string | undefined;
}

/** What waits for one sink, and what it refused. */
export interface OutboxCounts {
  readonly sink: string;
  readonly pending: number;
  readonly rejected: number;
  /** When the oldest pending entry was collected. */
  readonly since: Date | undefined;
  /** Of all its entries, as `maxBytes` counts them. */
  readonly bytes: number;
  /** The 20 most frequent. */
  readonly reasons: readonly { readonly reason: string; readonly entries: number }[];
}

/** Finds the declaration of a measurement. */
type Declared = (name: string) => Measurement;

/**
 * Entries that were collected and not yet delivered, on disk until they are. What a call changes is one transaction, durable when it
 * resolves (`restore` and `drop` are several). Several processes may use one outbox. Every call rejects with an `OutboxUnavailableError`
 * where the file fails.
 */
export interface Outbox {
  /** Adds entries behind those that wait, with their declarations; tells their ids. Rejects with an `OutboxFullError` where they do not fit. */
  append(sink: string, entries: readonly Entry[], declared: Declared): Promise<readonly number[]>;
  /** Pending entries, oldest first. */
  read(sink: string, page: OutboxPage): Promise<readonly OutboxEntry[]>;
  /** Forgets delivered entries; tells how many were still pending. */
  acknowledge(ids: readonly number[]): Promise<number>;
  /** Keeps pending entries with the reason for which the store refused them; tells how many were still pending. */
  reject(refusals: readonly { readonly id: number; readonly reason: string }[]): Promise<number>;
  /** Keeps entries that were refused without having been pending. Rejects with an `OutboxFullError` where they do not fit. */
  rejectNew(sink: string, refusals: readonly { readonly entry: Entry; readonly reason: string }[], declared: Declared): Promise<void>;
  /** Of each sink that has any entry here, by name; with a run, of its entries alone. */
  counts(filter?: OutboxFilter): Promise<readonly OutboxCounts[]>;
  /** Makes refused entries pending again, in their old place. How many, by sink. */
  restore(filter?: OutboxFilter): Promise<ReadonlyMap<string, number>>;
  /** Deletes for good what is pending, or with `rejected` what was refused. How many, by sink. */
  drop(filter?: OutboxFilter & { readonly rejected?: boolean | undefined }): Promise<ReadonlyMap<string, number>>;
  /** The declarations stored with a sink's entries, oldest first; one that has changed is there more than once. */
  measurements(sink: string): Promise<readonly Measurement[]>;
  /** The newest stored declaration of a name; undefined where no entry here has it. */
  measurement(name: string, sink?: string): Promise<Measurement | undefined>;
  close(): void;
}

/** Entries that `restore` and `drop` change in one transaction: about 20 ms, in which no other process can write. */
const sweepEntries = 2000;
const sweepPauseMs = 2;
/** Characters. */
const longestReason = 500;
/** Pages of 8 KiB that are given back to the disk in one transaction. */
const vacuumPages = 512;
/** Of `close`. */
const vacuumMs = 200;

/** Opens `outbox.db` in `dir`. Rejects with a `ConfigError` where the file cannot be used. */
export async function openOutbox(dir: string, options: OutboxOptions): Promise<Outbox> {
  const { maxBytes, clock } = options;
  const path = join(dir, 'outbox.db');
  const database = await openDatabase({ ...options, path, migrations: outboxMigrations, pageSize: 8192, cacheKib: 8192 });
  const rows = outboxRows(database);
  const questions = outboxQuestions(database);
  const vacuum = database.prepare(`pragma incremental_vacuum(${vacuumPages})`);
  const known = new WeakMap<Measurement, Declaration>();
  let closed = false;

  const read = <T>(work: () => T) => guarded(database.read(work));
  const write = <T>(work: () => T) => guarded(database.write(work));

  function declarationIn(measurement: Measurement): Declaration {
    const declaration = known.get(measurement) ?? declarationOf(measurement);
    known.set(measurement, declaration);
    return declaration;
  }

  async function add(sink: string, added: readonly NewRow[], declared: Declared): Promise<readonly number[]> {
    if (added.length === 0) return [];
    const declarations = new Map<string, Declaration>();
    let bytes = 0;
    for (const row of added) {
      const name = row.entry.point.measurement;
      if (!declarations.has(name)) declarations.set(name, declarationIn(declared(name)));
      bytes += row.bytes;
    }
    return await write(() => {
      if (rows.bytes() + bytes > maxBytes) throw fullError(path, maxBytes);
      return rows.add(sink, added, declarations);
    });
  }

  /** Changes all matching rows, page by page, so that other processes can write in between. */
  async function sweep(filter: OutboxFilter, table: RowTable, work: (ids: readonly number[]) => number): Promise<Map<string, number>> {
    const changed = new Map<string, number>();
    for (const { name, range } of await read(() => questions.sinks(filter))) {
      let { after } = range;
      for (;;) {
        const ids = await read(() => questions.ids(table, { ...range, after }, sweepEntries));
        if (ids.length === 0) break;
        changed.set(name, (changed.get(name) ?? 0) + (await write(() => work(ids))));
        after = ids.at(-1) ?? range.end;
        await clock.sleep(sweepPauseMs);
      }
    }
    return changed;
  }

  /** Gives free pages back to the disk when they are most of the file; as long as they are not, new entries use them again. */
  function shrink(): void {
    const started = clock.elapsed();
    while (questions.mostlyFree(vacuumPages) && clock.elapsed() - started < vacuumMs) database.writeNow(() => vacuum.all());
  }

  return {
    async append(sink, entries, declared) {
      const added = entries.map((entry) => newRow(entry));
      return await add(sink, added, declared);
    },
    read: (sink, { limit, after, run }) =>
      read(() => {
        const range = questions.sinks({ sink, run })[0]?.range;
        return range ? questions.page({ ...range, after: Math.max(range.after, after ?? 0) }, limit) : [];
      }),
    acknowledge: (ids) => write(() => rows.remove('pending', ids)),
    async reject(refusals) {
      const refused = refusals.map(({ id, reason }) => ({ id, reason: storedReason(reason) }));
      return await write(() => rows.refuse(refused));
    },
    async rejectNew(sink, refusals, declared) {
      const added = refusals.map(({ entry, reason }) => newRow(entry, storedReason(reason)));
      await add(sink, added, declared);
    },
    counts: (filter = {}) => read(() => questions.sinks(filter).flatMap((sink) => questions.counts(sink) ?? [])),
    restore: (filter = {}) => sweep(filter, 'rejected', rows.restore),
    drop({ rejected = false, ...filter } = {}) {
      const table = rejected ? 'rejected' : 'pending';
      return sweep(filter, table, (ids) => rows.remove(table, ids));
    },
    measurements: (sink) => read(() => questions.measurements({ sink })),
    measurement: (name, sink) => read(() => questions.measurements({ sink, name }).at(-1)),
    close() {
      if (closed) return;
      closed = true;
      try {
        shrink();
      } catch (error) {
        // Nothing is lost by a file that stays large.
        if (!(error instanceof StorageError)) throw error;
      } finally {
        database.close();
      }
    },
  };
}

function newRow(entry: Entry, reason = noReason): NewRow {
  const body = entryBody(entry);
  return { entry, body, reason, bytes: Buffer.byteLength(body) + Buffer.byteLength(reason) + rowBytes };
}

/** Never empty, and not the whole answer of a store that quotes what it was sent. */
function storedReason(reason: string): string {
  return reason.replaceAll('\0', ' ').trim().slice(0, longestReason).toWellFormed() || 'no reason given';
}

async function guarded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StorageError) throw new OutboxUnavailableError(error.message, { cause: error });
    throw error;
  }
}

function fullError(path: string, maxBytes: number): OutboxFullError {
  return new OutboxFullError(`${path} holds the ${maxBytes} bytes that outbox.maxBytes allows: send or drop what is in it, or raise that`);
}
