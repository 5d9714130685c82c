import { PermanentError } from '../../sdk/errors.ts';
import type { Order, Outcome } from './order.ts';
import { moduleOf, startThread, type Thread } from './thread.ts';

/** Makes checks off the main thread, so that what they measure is true whatever that does meanwhile. */
export interface Prober {
  /** Rejects with a `PermanentError` when the check could not be made, which says nothing of the site. */
  check(order: Order, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

const probeFile = moduleOf(new URL('./probe-worker.ts', import.meta.url));

/** With `threads` at most; each is started when all before it are at work, and replaced when it dies. */
export function openProber(threads: number, file = probeFile): Prober {
  const desks: Thread<Order, Outcome>[] = [];
  let closed = false;

  function desk(): Thread<Order, Outcome> {
    const free = desks.findIndex((one) => one.ended || one.pending === 0);
    const index = free >= 0 ? free : desks.length < threads ? desks.length : idlest();
    const present = desks[index];
    if (present && !present.ended) return present;
    const started = startThread<Order, Outcome>(file);
    desks[index] = started;
    return started;
  }

  function idlest(): number {
    return desks.reduce((best, one, index) => (one.pending < (desks[best]?.pending ?? 0) ? index : best), 0);
  }

  return {
    async check(order, signal) {
      try {
        if (closed) throw new Error('closed');
        return await desk().ask(order, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw new PermanentError(`the check could not be made: ${error instanceof Error ? error.message : String(error)}`, {
          kind: 'defect',
          cause: error,
        });
      }
    },
    async close() {
      closed = true;
      for (const one of desks) await one.end(new Error('closed'));
    },
  };
}
