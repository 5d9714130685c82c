import type { Measurement } from './measurement.ts';
import type { Entry } from './point.ts';
import type { Rejection } from './sink.ts';

/** What was taken from a queue at once, and is given back to `commit`. */
export interface SourceBatch {
  /** In the order in which they lie there. */
  readonly entries: readonly Entry[];
  /** The declarations of the entries' measurements. */
  readonly measurements: readonly Measurement[];
  /** What lay among them and is no entry: for each, where, and why it cannot be read. */
  readonly unreadable: readonly string[];
}

/** A store that others take entries from, as from a queue. What is not committed is read again, by this reader or by another. */
export interface Source {
  /**
   * The next entries, behind those that were read last. undefined where there are none now, told within a second. After an error the
   * source is to be closed, and may be opened again where that was a `TransientError`.
   */
  read(): Promise<SourceBatch | undefined>;
  /**
   * The batch is done with: puts what is unreadable and what was refused aside, with the reason, and then remembers that the batch is not to
   * be read again; both durably. False where it has become another reader's meanwhile, who reads it again: nothing is remembered then.
   * Batches are committed in the order in which they were read.
   */
  commit(batch: SourceBatch, refused: readonly Rejection[]): Promise<boolean>;
  /** How many messages of this reader's part are not committed yet. */
  lag(): Promise<number>;
  /** What was not committed is read again. */
  close(): Promise<void>;
}
