import type { Log } from '../sdk/context.ts';
import { messageOf, TransientError } from '../sdk/errors.ts';
import type { Clock } from './clock.ts';
import type { Outside } from './outside.ts';
import { exitCodes } from './verdict.ts';

/** How a relay waits for a sink or a source that is down: longer each time, and then so long each time. */
const relayWaitsMs: readonly number[] = [500, 1000, 2000, 4000, 8000, 15_000, 30_000];
/** What is down is told of so often. */
const tellMs = 60_000;

/** Thrown where the relay is to end, or gives up what is down. Nothing of the batch is committed then. */
export class RelayEnded extends Error {
  override readonly name = 'RelayEnded';
}

/** Something that may be down. It is told of when it goes down, once a minute while it is, and when it is back. */
export interface Health {
  /** Why it is down; undefined while it is not. */
  readonly down: string | undefined;
  /** Waits before the next try. Throws `RelayEnded` where that would be one too many, or `over` is aborted. */
  failed(error: unknown): Promise<void>;
  well(): void;
}

export interface HealthOptions {
  /** Of the sink or the source. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** No waits after it. */
  readonly over: AbortSignal;
  /** How many tries there are in all; undefined: without an end. */
  readonly tries: number | undefined;
  /** Why it is down, as it is told: without secrets. */
  tell(why: string): string;
}

export function createHealth({ name, clock, log, over, tries, tell }: HealthOptions): Health {
  let down: string | undefined;
  let failures = 0;
  let since = 0;
  let toldAt = 0;
  return {
    get down() {
      return down;
    },
    async failed(error) {
      const now = clock.elapsed();
      const isNew = down === undefined;
      down = tell(messageOf(error));
      failures++;
      if (isNew) since = now;
      if (isNew || now - toldAt >= tellMs) {
        toldAt = now;
        log.warn('is down: the relay waits', { why: down, ...(!isNew && { seconds: Math.round((now - since) / 1000) }) });
      }
      if (tries !== undefined && failures >= tries) throw new RelayEnded(`${name} is down: ${down}`);
      const asked = error instanceof TransientError ? (error.retryAfterMs ?? 0) : 0;
      const longest = relayWaitsMs.at(-1) as number;
      const waitMs = Math.max(relayWaitsMs[failures - 1] ?? longest, Math.min(asked, longest));
      await clock.sleep(waitMs, over).catch(() => {
        throw new RelayEnded('the relay was ended');
      });
    },
    well() {
      if (down !== undefined) log.warn('is back: the relay goes on', { seconds: Math.round((clock.elapsed() - since) / 1000) });
      down = undefined;
      failures = 0;
    },
  };
}

/** So long a write in flight may take once the relay is told to end; then the rest, until 5 s are over. */
const lateMs = 2500;
const stopMs = 4800;

/** When a relay ends. */
export interface End {
  /** Aborted when the relay is to end. */
  readonly over: AbortSignal;
  /** Aborted when nothing in flight is waited for any more. */
  readonly late: AbortSignal;
  signal(): 'SIGINT' | 'SIGTERM' | undefined;
  stop(): void;
}

/** A signal ends the relay within 5 s, a second one at once. */
export function listenForEnd(outside: Pick<Outside, 'clock' | 'onSignal' | 'exit'>): End {
  const over = new AbortController();
  const late = new AbortController();
  const cancels: (() => void)[] = [];
  let seen: 'SIGINT' | 'SIGTERM' | undefined;
  cancels.push(
    outside.onSignal((signal) => {
      const code = exitCodes[signal];
      if (seen) outside.exit(code);
      seen = signal;
      over.abort();
      cancels.push(outside.clock.timer(lateMs, () => late.abort()));
      cancels.push(outside.clock.timer(stopMs, () => outside.exit(code)));
    }),
  );
  return {
    over: over.signal,
    late: late.signal,
    signal: () => seen,
    stop() {
      for (const cancel of cancels) cancel();
    },
  };
}
