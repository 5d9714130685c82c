import { AsyncLocalStorage } from 'node:async_hooks';
import pRetry, { AbortError } from 'p-retry';
import type { AttemptOptions, Log } from '../sdk/context.ts';
import { isNextError, messageOf, type NextError, PermanentError, type ProblemKind, TransientError } from '../sdk/errors.ts';
import type { Failure, Provider } from '../sdk/provider.ts';
import { formatDuration } from '../sdk/time.ts';
import type { Clock } from './clock.ts';
import type { Slot } from './limiter.ts';
import { defaultPolicy, judgeCommon, judgeContent, longestWaitMs, type Policy, withoutSnippet } from './policy.ts';
import type { Redactor } from './redact.ts';

export interface Counters {
  /** Requests sent; a try of a client that does not tell counts as one. */
  requests: number;
  /** Tries after the first of a call. */
  retries: number;
}

export interface TriesOptions {
  readonly slot: Slot;
  readonly judge: Provider<unknown, unknown>['judge'];
  /** Of the run. When it is aborted by a `NextError`, calls reject with that, else with a `PermanentError` of kind `cancelled`. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly redactor: Redactor;
  readonly counters: Counters;
  readonly policy?: Partial<Policy> | undefined;
  /** Is told of each wait before another try. */
  waits?(ms: number, kind: ProblemKind): void;
  /** By `Clock.elapsed`: when the run is out of time. What would have to wait longer fails at once. */
  readonly deadline?: number | undefined;
  /** 0 to 1; spreads calls that failed together. */
  readonly random?: (() => number) | undefined;
}

/** One try, and what is known of it while it lasts. */
export interface Scene {
  readonly number: number;
  readonly signal: AbortSignal;
  requests: number;
  /** Host and path that were asked last. */
  place: string | undefined;
  response: Failure['response'];
  /** The call takes the response's status: what fails then is its body. */
  isAccepted: boolean;
  /** What the last `fetch` rejected with. A client may dress it as an error of its own. */
  broken: unknown;
}

export interface Tries {
  readonly timeoutMs: number;
  /** Runs `work` until it succeeds, the tries are spent, or its failure is none that another try mends. Rejects with a `NextError`. */
  run<T>(work: (scene: Scene) => Promise<T>, options: AttemptOptions): Promise<T>;
  /** One step outside the tries (a chunk of a body), bounded like a try. Rejects with a `NextError`. */
  step<T>(work: () => Promise<T>, scene: Scene, timeoutMs: number): Promise<T>;
}

/** Tries calls: the limit's waits, a time limit for each try, judgement, and another try where that may help. */
export function createTries(options: TriesOptions): Tries {
  const { slot, signal, clock, redactor, counters } = options;
  const policy: Policy = { ...defaultPolicy, ...options.policy };
  const deadline = options.deadline ?? Number.POSITIVE_INFINITY;
  const random = options.random ?? Math.random;
  // A call inside a call is no further one: the outer does nothing but wait for it.
  const inside = new AsyncLocalStorage<true>();

  async function run<T>(work: (scene: Scene) => Promise<T>, attempt: AttemptOptions): Promise<T> {
    if (inside.getStore()) return await tryAll(work, attempt);
    const end = slot.call?.();
    try {
      return await inside.run(true, () => tryAll(work, attempt));
    } finally {
      end?.();
    }
  }

  async function tryAll<T>(work: (scene: Scene) => Promise<T>, { timeoutMs = policy.timeoutMs, what }: AttemptOptions): Promise<T> {
    let bareWaitMs = policy.bareWaitMs;

    /** The wait before the next try. Other calls of the limit share it where the upstream asked for it, not where a call just failed. */
    async function wait(error: TransientError, number: number): Promise<void> {
      const isLimit = error.kind === 'rate-limited' || error.kind === 'quota';
      let ms = askedWait(error);
      if (ms === undefined && isLimit) {
        ms = bareWaitMs;
        bareWaitMs *= 2;
      }
      ms ??= (policy.waitsMs[number - 1] ?? 0) * (1 + random() / 4);
      const isShared = isLimit || (error.kind === 'server' && error.retryAfterMs !== undefined);
      if (isShared) slot.close(ms, error.kind);
      if (clock.elapsed() + ms > deadline || (ms > longestWaitMs && error.kind !== 'quota')) throw tooLong(error, ms);
      options.waits?.(ms, error.kind);
      options.log.info('waits before another try', { why: withoutSnippet(error.message), kind: error.kind, ms: Math.round(ms) });
      if (!isShared) await slot.sleep(ms, signal);
    }

    try {
      return await pRetry(
        async (number) => {
          await slot.ready(signal, deadline).catch((error) => stop(isNextError(error) ? named(error, what) : error));
          if (number > 1) counters.retries += 1;
          return await one(work, number, timeoutMs, what);
        },
        {
          retries: policy.tries - 1,
          // The waits are those of `wait`, so that a pause is shared and the run's slot is another's meanwhile.
          minTimeout: 0,
          shouldRetry: ({ error }) => error instanceof TransientError,
          async onFailedAttempt({ error, attemptNumber, retriesLeft }) {
            if (error instanceof TransientError && retriesLeft > 0) await wait(error, attemptNumber);
          },
        },
      );
    } catch (error) {
      throw final(error);
    }
  }

  async function one<T>(work: (scene: Scene) => Promise<T>, number: number, timeoutMs: number, what: string | undefined): Promise<T> {
    const controller = new AbortController();
    const scene: Scene = {
      number,
      signal: controller.signal,
      requests: 0,
      place: undefined,
      response: undefined,
      isAccepted: false,
      broken: undefined,
    };
    try {
      return await within(() => work(scene), timeoutMs, signal, controller);
    } catch (error) {
      if (signal.aborted) stop(signal.reason);
      throw judged(error, scene, what);
    } finally {
      if (scene.requests === 0) counters.requests += 1;
    }
  }

  async function step<T>(work: () => Promise<T>, scene: Scene, timeoutMs: number): Promise<T> {
    try {
      return await within(work, timeoutMs, signal);
    } catch (error) {
      throw final(signal.aborted ? error : judged(error, { ...scene, response: undefined, broken: undefined }, undefined));
    }
  }

  function judged(error: unknown, scene: Scene, what: string | undefined): NextError {
    // What the way out refused is named like any other failure; what the provider threw says all it means to say.
    if (isNextError(error)) return error === scene.broken ? named(error, what) : error;
    const where = scene.place ?? 'the upstream';
    // Messages quote the answer's beginning: a secret that is cut would no longer be found.
    const response = scene.response && { ...scene.response, body: redactor.text(scene.response.body) };
    const late = error instanceof TryTimeout ? new TransientError(`${where} ${error.message}`, { kind: 'timeout' }) : undefined;
    const failure: Failure = { error: late ?? error, response, number: scene.number, ...(late && { isTimeout: true }) };
    try {
      const own = options.judge?.(failure);
      if (own !== undefined) return own;
    } catch (defect) {
      return new PermanentError(`a defect in the judgement of a failure: ${messageOf(defect)}`, { kind: 'defect', cause: defect });
    }
    if (late !== undefined) return named(late, what);
    const seen: Failure = { ...failure, error: scene.broken ?? error };
    return named(scene.isAccepted ? judgeContent(seen, where) : judgeCommon(seen, clock.now(), where), what);
  }

  /** What leaves the engine says what happens next, and holds no secret. */
  function final(error: unknown): NextError {
    if (signal.aborted) {
      const { reason } = signal;
      return cleaned(isNextError(reason) ? reason : new PermanentError(`cancelled: ${messageOf(reason)}`, { kind: 'cancelled' }), redactor);
    }
    if (isNextError(error)) return cleaned(error, redactor);
    return cleaned(new PermanentError(`a defect in the engine: ${messageOf(error)}`, { kind: 'defect', cause: error }), redactor);
  }

  function tooLong(error: TransientError, ms: number): NextError {
    const until = new Date(clock.now().getTime() + ms).toISOString();
    const isAsked = error.retryAfterMs !== undefined || error.kind === 'rate-limited' || error.kind === 'quota';
    const why = isAsked
      ? `the upstream asked for a pause until ${until}, and the run does not wait that long`
      : 'the next try would come after the end of the run';
    const message = `${error.message}; ${why}`;
    const { kind, cause } = error;
    return kind === 'quota' ? new PermanentError(message, { kind, cause }) : new TransientError(message, { kind, cause, retryAfterMs: ms });
  }

  return { timeoutMs: policy.timeoutMs, run, step };
}

class TryTimeout extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * `work`, but no longer than `timeoutMs` and not after `signal`, also when it heeds neither. They abort `controller`. What such work
 * says later is dropped.
 */
async function within<T>(work: () => Promise<T>, timeoutMs: number, signal: AbortSignal, controller = new AbortController()): Promise<T> {
  const over = Promise.withResolvers<never>();
  const end = (reason: unknown) => {
    over.reject(reason);
    controller.abort(reason);
  };
  const cancel = () => end(signal.reason);
  const timer = setTimeout(() => end(new TryTimeout(`did not answer within ${formatDuration(timeoutMs)}`)), timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    const working = (async () => work())();
    working.catch(() => {});
    return await Promise.race([working, over.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

/** Ends the tries with this error, whatever it is. */
function stop(error: unknown): never {
  throw new AbortError(error instanceof Error ? error : new Error(String(error)));
}

function named<E extends NextError>(error: E, what: string | undefined): E {
  if (what !== undefined) error.message = `${what}: ${error.message}`;
  return error;
}

/** The wait that an error asks for, where it is one. At most a century, so that it can be added to any date. */
function askedWait({ retryAfterMs }: TransientError): number | undefined {
  return retryAfterMs !== undefined && retryAfterMs >= 0 ? Math.min(retryAfterMs, 3_155_760_000_000) : undefined;
}

/** The same error without secrets. Of its cause only name, message and place are kept: clients hang requests with their headers on it. */
function cleaned(error: NextError, redactor: Redactor): NextError {
  const clean = (text: string) => redactor.text(withoutSnippet(text));
  error.message = clean(error.message);
  if (error.stack !== undefined) error.stack = clean(error.stack);
  if (error.cause === undefined) return error;
  const cause = new Error(clean(messageOf(error.cause)));
  if (error.cause instanceof Error) {
    cause.name = error.cause.name;
    cause.stack = clean(error.cause.stack ?? '');
  }
  error.cause = cause;
  return error;
}
