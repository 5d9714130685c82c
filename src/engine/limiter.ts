import { createHash } from 'node:crypto';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Quota } from '../sdk/context.ts';
import { PermanentError, type ProblemKind, TransientError } from '../sdk/errors.ts';
import type { Limit } from '../sdk/provider.ts';
import { Secret } from '../sdk/secret.ts';
import type { Clock } from './clock.ts';
import { longestWaitMs } from './policy.ts';

export interface Limiter {
  /** The gate of all limits with this key: the smallest concurrency and the widest spacing of them hold. */
  gate(limit: Limit): Gate;
}

/** What all targets that hold one limit share. */
export interface Gate {
  /** Takes one of the limit's slots and then one of the run's, first come first served, and runs `work` with them. */
  hold<T>(signal: AbortSignal, work: (slot: Slot) => Promise<T>): Promise<T>;
  /** The last reading. */
  readonly quota: Quota | undefined;
}

/** A target's place at its limit. While it waits in one of these, the run's slot is another's. */
export interface Slot {
  /**
   * Waits until a try may start (spacing, pauses, quota), and counts it as started. Where that would be after `deadline` (by
   * `Clock.elapsed`), or a pause is longer than any that is waited for, it rejects at once: `TransientError` for a pause,
   * `PermanentError` of kind `quota`.
   */
  ready(signal: AbortSignal, deadline?: number): Promise<void>;
  /** Nobody of the gate starts a try for `ms` from now. Does not wait itself. */
  close(ms: number, kind?: ProblemKind): void;
  /** `close`, and waits. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Waits alone. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** At `remaining` 0 nobody of the gate starts a try before `resetAt`. */
  quota(reading: Quota): void;
}

/** The limits of one run; `concurrency` is how many targets work at once in all. */
export function createLimiter({ clock, concurrency }: { readonly clock: Clock; readonly concurrency: number }): Limiter {
  const run = pLimit(concurrency);
  const gates = new Map<string, OpenGate>();
  return {
    gate(limit) {
      const key = keyOf(limit);
      const present = gates.get(key);
      if (present) {
        present.tighten(limit);
        return present;
      }
      const gate = openGate(clock, run, limit);
      gates.set(key, gate);
      return gate;
    },
  };
}

interface OpenGate extends Gate {
  tighten(limit: Limit): void;
}

/** `setTimeout` fires at once on anything longer. */
const longestSleepMs = 2 ** 31 - 1;

function openGate(clock: Clock, run: LimitFunction, limit: Limit): OpenGate {
  const own = pLimit(limit.concurrency);
  // Those who must wait do so one behind another, so that spacing holds after a pause as well.
  const turns = pLimit(1);
  let spacingMs = limit.spacingMs ?? 0;
  let nextStart = Number.NEGATIVE_INFINITY;
  let closed = { until: Number.NEGATIVE_INFINITY, kind: 'rate-limited' as ProblemKind };
  let quotaUntil = Number.NEGATIVE_INFINITY;
  let quota: Quota | undefined;

  function waitMs(): number {
    return Math.max(nextStart, closed.until, quotaUntil) - clock.elapsed();
  }

  function start(): void {
    nextStart = clock.elapsed() + spacingMs;
  }

  function close(ms: number, kind: ProblemKind = 'rate-limited'): void {
    const until = clock.elapsed() + ms;
    if (until > closed.until) closed = { until, kind };
  }

  function failIfTooLong(deadline: number): void {
    const until = Math.max(closed.until, quotaUntil);
    const ms = until - clock.elapsed();
    if (ms <= 0) return;
    const time = new Date(clock.now().getTime() + ms).toISOString();
    const isQuota = quotaUntil === until || closed.kind === 'quota';
    if (isQuota && until > deadline) {
      throw new PermanentError(`nothing is left of the quota until ${time}, and the run does not wait that long`, { kind: 'quota' });
    }
    if (!isQuota && (until > deadline || ms > longestWaitMs)) {
      const message = `the upstream asked for a pause until ${time}, and the run does not wait that long`;
      throw new TransientError(message, { kind: closed.kind, retryAfterMs: ms });
    }
  }

  async function hold<T>(signal: AbortSignal, work: (slot: Slot) => Promise<T>): Promise<T> {
    const leave = await enter(own, signal);
    let giveBack = () => {};
    try {
      giveBack = await enter(run, signal);
      return await work(slotOf());
    } finally {
      giveBack();
      leave();
    }

    function slotOf(): Slot {
      return {
        async ready(readySignal, deadline = Number.POSITIVE_INFINITY) {
          readySignal.throwIfAborted();
          if (turns.activeCount + turns.pendingCount > 0 || waitMs() > 0) await queue(readySignal, deadline);
          start();
        },
        close,
        async pause(ms, pauseSignal) {
          close(ms);
          await rest(ms, pauseSignal);
        },
        sleep: rest,
        quota(reading) {
          quota = reading;
          const ahead = reading.resetAt === undefined ? 0 : reading.resetAt.getTime() - clock.now().getTime();
          quotaUntil = reading.remaining > 0 ? Number.NEGATIVE_INFINITY : clock.elapsed() + ahead;
        },
      };
    }

    async function rest(ms: number, restSignal: AbortSignal): Promise<void> {
      giveBack();
      await clock.sleep(Math.min(ms, longestSleepMs), restSignal);
      giveBack = await enter(run, restSignal);
    }

    /** Waits for its turn and then for the moment. Holds the turn until it has the run's slot again, so that nobody slips in between. */
    async function queue(readySignal: AbortSignal, deadline: number): Promise<void> {
      giveBack();
      const next = await enter(turns, readySignal);
      try {
        do {
          giveBack();
          for (let ms = waitMs(); ms > 0; ms = waitMs()) {
            failIfTooLong(deadline);
            await clock.sleep(Math.min(ms, longestSleepMs), readySignal);
          }
          giveBack = await enter(run, readySignal);
        } while (waitMs() > 0);
      } finally {
        next();
      }
    }
  }

  return {
    hold,
    get quota() {
      return quota;
    },
    tighten(other) {
      own.concurrency = Math.min(own.concurrency, other.concurrency);
      spacingMs = Math.max(spacingMs, other.spacingMs ?? 0);
    },
  };
}

/** Waits for one of the limit's places. The result gives it back; giving back twice does no harm. */
function enter(limit: LimitFunction, signal: AbortSignal): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void limit(() => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return;
      return new Promise<void>((release) => resolve(() => release()));
    });
  });
}

/** What the upstream counts by, as a digest: no secret is kept or compared. */
function keyOf(limit: Limit): string {
  const parts = limit.key.map((part) => (part instanceof Secret ? { secret: digest(part.reveal()) } : (part ?? null)));
  return digest(JSON.stringify(parts));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
