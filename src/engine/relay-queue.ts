import { PermanentError } from '../sdk/errors.ts';
import type { Rejection } from '../sdk/sink.ts';
import type { Source, SourceBatch } from '../sdk/source.ts';
import { type Clock, within } from './clock.ts';
import { type End, type Health, RelayEnded } from './relay-health.ts';

/** The source, opened anew where it was lost, and read ahead by one batch. */
export interface Queue {
  readonly down: string | undefined;
  /** Undefined where nothing lies there. Waits while the source is down. Throws `RelayEnded`. */
  read(): Promise<SourceBatch | undefined>;
  /** False where it was not remembered: what it held is read again. Waits for what somebody must mend. Throws `RelayEnded`. */
  commit(batch: SourceBatch, refused: readonly Rejection[]): Promise<boolean>;
  lag(): Promise<number>;
  /** Undefined where it cannot be told at once. */
  lagIfKnown(): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly health: Health;
  readonly end: End;
}

export function createQueue(open: () => Promise<Source> | undefined, { clock, health, end }: QueueOptions): Queue {
  let source: Source | undefined;
  let ahead: Promise<SourceBatch | undefined> | undefined;
  let isFirst = true;
  /** A source that is read well, and cannot remember what was delivered, is no better for being read again. */
  let commits = true;

  async function opened(): Promise<Source> {
    while (!source) {
      if (end.over.aborted) throw new RelayEnded('the relay was ended');
      try {
        source = await open();
        if (!source) throw new TypeError('this sink cannot be read from');
      } catch (error) {
        // What is wrong from the beginning is for the user to mend.
        if (isFirst && error instanceof PermanentError) throw error;
        await health.failed(error);
      }
    }
    isFirst = false;
    return source;
  }

  async function lose(error: unknown): Promise<void> {
    await close();
    await health.failed(error);
  }

  async function close(): Promise<void> {
    const open = source;
    source = undefined;
    ahead = undefined;
    await open?.close().catch(() => {});
  }

  function next(from: Source): Promise<SourceBatch | undefined> {
    const reading = from.read();
    reading.catch(() => {});
    return reading;
  }

  return {
    get down() {
      return health.down;
    },
    // Until the source has answered: nothing there, and nothing to be had from it, are not the same.
    async read() {
      for (;;) {
        const from = await opened();
        try {
          const batch = await (ahead ?? next(from));
          ahead = undefined;
          if (commits) health.well();
          if (batch) ahead = next(from);
          return batch;
        } catch (error) {
          await lose(error);
        }
      }
    },
    async commit(batch, refused) {
      for (let from = source; from && from === source; ) {
        try {
          const isKept = await from.commit(batch, refused);
          commits = true;
          health.well();
          return isKept;
        } catch (error) {
          commits = false;
          // Somebody has to mend it; until then the sinks need not take the batch again and again.
          if (error instanceof PermanentError) await health.failed(error);
          else await lose(error);
        }
      }
      return false;
    },
    async lag() {
      const from = await opened();
      try {
        return await from.lag();
      } catch (error) {
        await lose(error);
        return Number.NaN;
      }
    },
    async lagIfKnown() {
      let lag: number | undefined;
      const asked = source?.lag().then(
        (told) => {
          lag = told;
        },
        () => {},
      );
      if (asked) await within(clock, 2000, asked);
      return lag;
    },
    close,
  };
}
