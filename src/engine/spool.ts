import pLimit from 'p-limit';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Outbox } from './outbox.ts';

/** Entries under way to a sink; `ids` when the outbox holds them. */
export interface Segment {
  readonly entries: readonly Entry[];
  ids?: readonly number[] | undefined;
}

/** One sink's part of the outbox, as its outlet uses it: one call at a time, in order. */
export interface Spool {
  /** Whether entries wait there, before which no other may be delivered. */
  behind(): Promise<boolean>;
  /** Puts segments behind what waits, the first first. False where the disk does not take them all; those it took have ids. */
  append(segments: readonly Segment[]): Promise<boolean>;
  /** The oldest of what waits, for the one that may drain it. */
  next(limit: number): Promise<Segment | undefined>;
  /** Forgets what was accepted, keeps what was refused, by index, with the reason. */
  settle(segment: Segment, refused: ReadonlyMap<number, string>): Promise<void>;
  /** What is there now, of all runs or one. */
  counts(run?: string): Promise<{ readonly pending: number; readonly rejected: number }>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Whether this run is the one that takes entries out of it. */
  readonly drains: boolean;
  /** Why the disk did not take or give something, the last time. */
  readonly error: unknown;
}

export interface SpoolOptions {
  readonly sink: string;
  readonly outbox: Outbox;
  measurement(name: string): Measurement;
  /** Whether this run has the right to drain it. */
  drains(): boolean;
  /** Only this run's entries are taken. */
  readonly onlyRun?: string | undefined;
  /** Told what goes wrong besides `append`, which says so itself. */
  failed(error: unknown): void;
}

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { sink, outbox, onlyRun } = options;
  const turn = pLimit(1);
  let backlog = (await counts(onlyRun)).pending;
  let lastError: unknown;

  async function counts(run?: string) {
    const [count] = await outbox.counts({ sink, run });
    return { pending: count?.pending ?? 0, rejected: count?.rejected ?? 0 };
  }

  /** Does its part; a disk that fails here costs order or a reason, never an entry. */
  async function attempted<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    try {
      return await turn(work);
    } catch (error) {
      lastError = error;
      options.failed(error);
      return otherwise;
    }
  }

  return {
    async behind() {
      if (turn.activeCount > 0) await turn(async () => {});
      if (options.drains()) return backlog > 0;
      return await attempted(false, async () => (await counts()).pending > 0);
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
      if (!options.drains() || backlog === 0) return undefined;
      const rows = await attempted([], () => outbox.read(sink, { limit, run: onlyRun }));
      if (rows.length > 0) return { entries: rows.map((row) => row.entry), ids: rows.map((row) => row.id) };
      backlog = 0;
      return undefined;
    },
    settle: (segment, refused) =>
      attempted(undefined, async () => {
        const { entries, ids } = segment;
        if (!ids) {
          const refusals = [...refused].map(([index, reason]) => ({ entry: entries[index] as Entry, reason }));
          if (refusals.length > 0) await outbox.rejectNew(sink, refusals, options.measurement);
          return;
        }
        if (refused.size > 0) await outbox.reject([...refused].map(([index, reason]) => ({ id: ids[index] as number, reason })));
        await outbox.acknowledge(ids.filter((_, index) => !refused.has(index)));
        backlog = Math.max(0, backlog - ids.length);
      }),
    counts: (run) => turn(() => counts(run)),
    idle: () => turn(async () => {}),
    get drains() {
      return options.drains();
    },
    get error() {
      return lastError;
    },
  };
}
