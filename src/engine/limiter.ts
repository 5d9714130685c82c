import { createHash } from 'node:crypto';
import pLimit, { type LimitFunction } from 'p-limit';
import type { Quota } from '../sdk/context.ts';
import { PermanentError, type ProblemKind, TransientError } from '../sdk/errors.ts';
import type { Limit } from '../sdk/provider.ts';
import { Secret } from '../sdk/secret.ts';
import type { Clock } from './clock.ts';
import { longestWaitMs } from './policy.ts';

export interface Limiter {
  /**
   * The gate of all limits with this key: the smallest concurrency and the widest spacing of them hold. Gates with one `spacingKey` start
   * their tries one behind another, and have nothing else in common.
   */
  gate(limit: Limit): Gate;
}

/** What all targets that hold one limit share. */
export interface Gate {
  /** Takes one of the limit's slots and then one of the run's, first come first served, and runs `work` with them. */
  hold<T>(signal: AbortSignal, work: (slot: Slot) => Promise<T>): Promise<T>;
  /** The last reading. */
  readonly quota: Quota | undefined;
}

/** A target's place at its limit. While all of its calls wait in one of these, the run's slot is another's. */
export interface Slot {
  /** Says that a call begins; the result says that it has ended. A target may have several at once. */
  call?(): () => void;
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
  const paces = new Map<string, Pace>();

  function paceOf({ key, spacingKey = key }: Limit): Pace {
    const digested = digestOf(spacingKey);
    const pace = paces.get(digested) ?? { spacingMs: 0, nextStart: Number.NEGATIVE_INFINITY };
    paces.set(digested, pace);
    return pace;
  }

  return {
    gate(limit) {
      const key = digestOf(limit.key);
      const present = gates.get(key);
      if (present) {
        present.tighten(limit);
        return present;
      }
      const gate = openGate(clock, run, limit, paceOf(limit));
      gates.set(key, gate);
      return gate;
    },
  };
}

interface OpenGate extends Gate {
  tighten(limit: Limit): void;
}

/** When tries start, of one gate or of several. */
interface Pace {
  spacingMs: number;
  /** By `Clock.elapsed`. */
  nextStart: number;
}

/** `setTimeout` fires at once on anything longer. */
const longestSleepMs = 2 ** 31 - 1;
/** A century: it can be added to any date. */
const longestAheadMs = 3_155_760_000_000;

function openGate(clock: Clock, run: LimitFunction, limit: Limit, pace: Pace): OpenGate {
  const own = pLimit(limit.concurrency);
  // Those who must wait do so one behind another, so that spacing holds after a pause as well.
  const turns = pLimit(1);
  let closed = { until: Number.NEGATIVE_INFINITY, kind: 'rate-limited' as ProblemKind };
  let quotaUntil = Number.NEGATIVE_INFINITY;
  let quota: Quota | undefined;

  function waitMs(): number {
    return Math.max(pace.nextStart, closed.until, quotaUntil) - clock.elapsed();
  }

  function start(): void {
    pace.nextStart = clock.elapsed() + pace.spacingMs;
  }

  function widen({ spacingMs = 0 }: Limit): void {
    pace.spacingMs = Math.max(pace.spacingMs, spacingMs);
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
    const seat = openSeat(run);
    try {
      await seat.taken(signal);
      return await work(slotOf(seat));
    } finally {
      seat.leave();
      leave();
    }
  }

  function slotOf(seat: Seat): Slot {
    return {
      call: seat.call,
      async ready(signal, deadline = Number.POSITIVE_INFINITY) {
        signal.throwIfAborted();
        const isFree = turns.activeCount + turns.pendingCount === 0 && waitMs() <= 0;
        if (isFree && seat.isTaken) start();
        else await queue(seat, signal, deadline);
      },
      close,
      async pause(ms, signal) {
        close(ms);
        await rest(seat, ms, signal);
      },
      sleep: (ms, signal) => rest(seat, ms, signal),
      quota: read,
    };
  }

  async function rest(seat: Seat, ms: number, signal: AbortSignal): Promise<void> {
    await seat.aside(() => clock.sleep(Math.min(ms, longestSleepMs), signal));
    await seat.taken(signal);
  }

  /** Waits for its turn and then for the moment, and starts in it. Holds the turn until it has the run's slot again, so that nobody slips in between. */
  async function queue(seat: Seat, signal: AbortSignal, deadline: number): Promise<void> {
    let next: (() => void) | undefined;
    try {
      do {
        await seat.aside(async () => {
          next ??= await enter(turns, signal);
          for (let ms = waitMs(); ms > 0; ms = waitMs()) {
            failIfTooLong(deadline);
            await clock.sleep(Math.min(ms, longestSleepMs), signal);
          }
        });
        await seat.taken(signal);
      } while (waitMs() > 0);
      // Here and not behind an `await`: another gate of the same pace would take the same moment.
      start();
    } finally {
      next?.();
    }
  }

  /** Of what the upstream says only numbers and times are taken: what is none would switch off every wait. */
  function read({ remaining, limit, resetAt }: Quota): void {
    if (!Number.isFinite(remaining)) return;
    const reset = resetAt?.getTime() ?? Number.NaN;
    quota = {
      remaining,
      ...(Number.isFinite(limit) && { limit }),
      ...(Number.isFinite(reset) && { resetAt: new Date(reset) }),
    };
    const ahead = Number.isFinite(reset) ? Math.min(reset - clock.now().getTime(), longestAheadMs) : 0;
    quotaUntil = remaining > 0 ? Number.NEGATIVE_INFINITY : clock.elapsed() + ahead;
  }

  widen(limit);
  return {
    hold,
    get quota() {
      return quota;
    },
    tighten(other) {
      own.concurrency = Math.min(own.concurrency, other.concurrency);
      widen(other);
    },
  };
}

/** A target's one place among the run's, shared by all of its calls. */
interface Seat {
  readonly isTaken: boolean;
  /** Resolves when the target has its place. */
  taken(signal: AbortSignal): Promise<void>;
  /** A call begins; the result ends it. */
  call(): () => void;
  /** One of the calls waits. */
  aside(wait: () => Promise<void>): Promise<void>;
  leave(): void;
}

/** The place is another's from when the last call that is at work waits or ends, until the first has waited enough. */
function openSeat(run: LimitFunction): Seat {
  let place: Place | undefined = takePlace(run);
  let working = 0;
  let waiting = 0;
  let isOver = false;

  function settle(): void {
    if (!isOver && (working > 0 || waiting === 0)) {
      place ??= takePlace(run);
      return;
    }
    place?.free();
    place = undefined;
  }

  return {
    get isTaken() {
      return place?.isTaken === true;
    },
    async taken(signal) {
      while (place !== undefined && !place.isTaken) await unlessAborted(place.taken, signal);
    },
    call() {
      let isEnded = false;
      working += 1;
      settle();
      return () => {
        if (isEnded) return;
        isEnded = true;
        working = Math.max(0, working - 1);
        settle();
      };
    },
    async aside(wait) {
      // What waits without having said that it is a call is the target itself.
      working = Math.max(0, working - 1);
      waiting += 1;
      settle();
      try {
        await wait();
      } finally {
        waiting -= 1;
        working += 1;
        settle();
      }
    },
    leave() {
      isOver = true;
      settle();
    },
  };
}

interface Place {
  readonly isTaken: boolean;
  readonly taken: Promise<void>;
  /** Also before it was taken: then it is passed on when its time comes. */
  free(): void;
}

function takePlace(limit: LimitFunction): Place {
  const begin = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  let isTaken = false;
  void limit(() => {
    isTaken = true;
    begin.resolve();
    return end.promise;
  });
  return {
    get isTaken() {
      return isTaken;
    },
    taken: begin.promise,
    free: end.resolve,
  };
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
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
function digestOf(key: Limit['key']): string {
  const parts = key.map((part) => (part instanceof Secret ? { secret: digest(part.reveal()) } : (part ?? null)));
  return digest(JSON.stringify(parts));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
