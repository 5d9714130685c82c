import pLimit from 'p-limit';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Outbox } from './outbox.ts';

/** Entries under way to a sink; `ids` when the outbox holds them. */
export interface Segment {
  readonly entries: readonly Entry[];
  ids?: readonly number[] | undefined;
}

/** How many entries are in no outbox. */
export function inMemory(segments: readonly Segment[]): number {
  return segments.reduce((sum, { entries, ids }) => sum + (ids ? 0 : entries.length), 0);
}

/** One sink's part of the outbox, as its outlet uses it: one call at a time, in order. Only `append` and `counts` reject. */
export interface Spool {
  /** Whether entries wait there, before which no other may be delivered. */
  behind(): Promise<boolean>;
  /** Puts segments behind what waits, the first first. False where the disk does not take them all; those it took have ids. */
  append(segments: readonly Segment[]): Promise<boolean>;
  /** The oldest of what waits and was not given out yet, for the one that may drain it. */
  next(limit: number): Promise<Segment | undefined>;
  /** Forgets what was accepted, keeps what was refused, by index, with the reason. */
  settle(segment: Segment, refused: ReadonlyMap<number, string>): Promise<void>;
  /** What is there now, of all runs or one. What was delivered and could not be deleted yet is still there, and `delivered`. */
  counts(run?: string): Promise<{ readonly pending: number; readonly rejected: number; readonly delivered: number }>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Whether entries wait there for this run to deliver them, as far as it knows. */
  readonly waits: boolean;
  /** Whether this run is the one that takes entries out of it. */
  readonly drains: boolean;
  /** Why the disk did not take or give something, the last time. */
  readonly error: unknown;
  /** Is told what goes wrong besides `append` and `counts`. */
  onFailure(listener: (error: unknown) => void): void;
}

export interface SpoolOptions {
  readonly sink: string;
  readonly outbox: Outbox;
  measurement(name: string): Measurement;
  /** Learns the declarations of entries that another run may have left. */
  learn(entries: readonly Entry[]): Promise<void>;
  /** Whether this run has the right to drain it. */
  drains(): boolean;
  /** Only this run's entries are taken. */
  readonly onlyRun?: string | undefined;
}

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { sink, outbox, onlyRun } = options;
  const turn = pLimit(1);
  let backlog = (await count(onlyRun)).pending;
  let lastError: unknown;
  let told = (_: unknown) => {};
  // What was given out is not given out again, whatever becomes of its rows.
  let after: number | undefined;
  const owed = new Map<number, { readonly run: string; readonly reason: string | undefined }>();

  async function count(run?: string) {
    const [found] = await outbox.counts({ sink, run });
    return { pending: found?.pending ?? 0, rejected: found?.rejected ?? 0 };
  }

  /** Does its part; a disk that fails here costs order or a reason, never an entry. */
  async function attempted<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await turn(work);
    } catch (error) {
      lastError = error;
      told(error);
      return otherwise;
    }
  }

  /** Brings the rows of delivered and refused entries up to date. What fails is tried again with the next. */
  async function settleRows(): Promise<void> {
    const refused = [...owed].flatMap(([id, { reason }]) => (reason === undefined ? [] : [{ id, reason }]));
    if (refused.length > 0) await outbox.reject(refused);
    for (const { id } of refused) owed.delete(id);
    await outbox.acknowledge([...owed.keys()]);
    owed.clear();
    // Another run may have added to it.
    if (backlog <= 0) backlog = (await count(onlyRun)).pending;
  }

  return {
    async behind() {
      if (turn.activeCount > 0) await turn(async () => {});
      if (options.drains()) return backlog > 0;
      return await attempted(false, async () => (await count()).pending > 0);
    },
    append: (segments) =>
      turn(async () => {
        try {
          for (const segment of segments) {
            if (segment.ids) continue;
            segment.ids = await outbox.append(sink, segment.entries, options.measurement);
            backlog += segment.ids.length;
          }
          return true;
        } catch (error) {
          lastError = error;
          return false;
        }
      }),
    async next(limit) {
      if (!options.drains() || backlog <= 0) return undefined;
      return await attempted<Segment | undefined>(undefined, async () => {
        const rows = await outbox.read(sink, { limit, run: onlyRun, after });
        const last = rows.at(-1);
        if (!last) {
          backlog = 0;
          return undefined;
        }
        const entries = rows.map((row) => row.entry);
        await options.learn(entries);
        after = last.id;
        return { entries, ids: rows.map((row) => row.id) };
      });
    },
    settle: (segment, refused) =>
      attempted(undefined, async () => {
        const { entries, ids } = segment;
        if (!ids) {
          const refusals = [...refused].map(([index, reason]) => ({ entry: entries[index] as Entry, reason }));
          if (refusals.length > 0) await outbox.rejectNew(sink, refusals, options.measurement);
          return;
        }
        for (const [index, id] of ids.entries()) owed.set(id, { run: entries[index]?.runId ?? '', reason: refused.get(index) });
        // A segment that was spilled while it was under way lies behind what was read.
        after = Math.max(after ?? 0, ids.at(-1) ?? 0);
        backlog -= ids.length;
        await settleRows();
      }),
    async counts(run) {
      return await turn(async () => {
        if (owed.size > 0) await settleRows().catch(() => undefined);
        const delivered = [...owed.values()].filter((one) => run === undefined || one.run === run).length;
        return { ...(await count(run)), delivered };
      });
    },
    idle: () => turn(async () => {}),
    get waits() {
      return options.drains() && backlog > 0;
    },
    get drains() {
      return options.drains();
    },
    get error() {
      return lastError;
    },
    onFailure(listener) {
      told = listener;
    },
  };
}
