import { messageOf, PermanentError, SplitError, TransientError } from '../sdk/errors.ts';
import type { Entry } from '../sdk/point.ts';
import type { OpenSink, Rejection } from '../sdk/sink.ts';
import { type Clock, within } from './clock.ts';
import type { Patience } from './patience.ts';
import { type Health, RelayEnded } from './relay-health.ts';

export interface DeliveryOptions {
  readonly capacity: number;
  open(): Promise<OpenSink>;
  readonly health: Health;
  readonly clock: Clock;
  readonly patience: Patience;
  /** No further try after it. */
  readonly over: AbortSignal;
  /** A write that is in flight is not waited for any more. */
  readonly late: AbortSignal;
}

/** The relay's end of one sink: nothing is kept, all is tried until the sink has it. */
export interface Delivery {
  /** Resolves with what the sink refuses for good when it has taken all the rest. Throws `RelayEnded`. */
  deliver(entries: readonly Entry[]): Promise<readonly Rejection[]>;
  /** The next write opens it anew. */
  close(): Promise<void>;
}

export function createDelivery({ capacity, open, health, clock, patience, over, late }: DeliveryOptions): Delivery {
  let sink: OpenSink | undefined;

  async function deliver(entries: readonly Entry[]): Promise<readonly Rejection[]> {
    const rejected: Rejection[] = [];
    for (let from = 0; from < entries.length; from += capacity) {
      for (const { index, reason } of await deliverPart(entries.slice(from, from + capacity)))
        rejected.push({ index: from + index, reason });
    }
    return rejected;
  }

  async function deliverPart(part: readonly Entry[]): Promise<readonly Rejection[]> {
    for (;;) {
      if (over.aborted) throw new RelayEnded('the relay was ended');
      try {
        const rejected = await inTime(part);
        const wrong = rejected.find(({ index }) => !(index in part));
        if (wrong) throw new TypeError(`the sink refused entry ${wrong.index} of ${part.length}`);
        health.well();
        return rejected;
      } catch (error) {
        if (error instanceof RelayEnded) throw error;
        if (error instanceof SplitError) {
          health.well();
          return await split(part, error);
        }
        // It may still be at work, or have ended: what is permanent for a run is mended while a relay waits.
        if (!(error instanceof TransientError)) await close();
        await health.failed(error);
      }
    }
  }

  async function split(part: readonly Entry[], error: SplitError): Promise<readonly Rejection[]> {
    if (part.length === 1) return [{ index: 0, reason: messageOf(error) }];
    const half = Math.ceil(part.length / 2);
    const first = await deliverPart(part.slice(0, half));
    const second = await deliverPart(part.slice(half));
    return [...first, ...second.map(({ index, reason }) => ({ index: index + half, reason }))];
  }

  async function inTime(part: readonly Entry[]): Promise<readonly Rejection[]> {
    const ended = Promise.withResolvers<never>();
    const end = () => ended.reject(new RelayEnded('the relay was ended'));
    const callOff = clock.timer(patience.writeMs, () => {
      ended.reject(new PermanentError(`no answer to a write within ${patience.writeMs / 1000} s`, { kind: 'timeout' }));
    });
    late.addEventListener('abort', end, { once: true });
    try {
      const writing = write(part);
      writing.catch(() => {});
      return await Promise.race([writing, ended.promise]);
    } finally {
      callOff();
      late.removeEventListener('abort', end);
    }
  }

  async function write(part: readonly Entry[]): Promise<readonly Rejection[]> {
    sink ??= await open();
    return await sink.write(part);
  }

  async function close(): Promise<void> {
    const open = sink;
    sink = undefined;
    if (open)
      await within(
        clock,
        late.aborted ? patience.closeMs / 8 : patience.closeMs,
        open.close().catch(() => {}),
      );
  }

  return { deliver, close };
}
