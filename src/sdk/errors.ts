/** What a problem is about, in one word of the report. */
export type ProblemKind =
  | 'config'
  | 'unauthorized' // the credential is not accepted
  | 'forbidden' // it is accepted and may not do this
  | 'not-found'
  | 'blocked' // the upstream refuses us as such
  | 'rate-limited'
  | 'quota' // nothing is left of what we may ask
  | 'too-large'
  | 'not-yet' // the upstream has no answer so far (202)
  | 'invalid-answer' // it answered what it does not document
  | 'incomplete' // it gave less than there is
  | 'server' // it failed
  | 'network'
  | 'timeout'
  | 'cancelled'
  | 'invalid-point'
  | 'rejected' // a store refused a point for good
  | 'unavailable' // a store does not take points now
  | 'held' // another run has the lease, or a value is held back
  | 'too-old' // a snapshot of a time that is over
  | 'renamed'
  | 'notice'
  | 'defect';

export interface ErrorDetails {
  readonly kind?: ProblemKind;
  readonly cause?: unknown;
}

/** The run does not start. `problems` name each key that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly kind = 'config';
  readonly problems: readonly ConfigProblem[];
  constructor(message: string, problems: readonly ConfigProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

export interface ConfigProblem {
  /** `providers.github.orgs[0].name`, or a file. */
  readonly path: string;
  readonly message: string;
}

/** This target ends; from `write`, this sink does for the run. Asking again would change nothing. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly kind: ProblemKind;
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = details.kind ?? 'invalid-answer';
  }
}

/** Worth another try: at once by the policy's own waits, or not before `retryAfterMs`. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly kind: ProblemKind;
  readonly retryAfterMs: number | undefined;
  constructor(message: string, details: ErrorDetails & { readonly retryAfterMs?: number | undefined } = {}) {
    super(message, { cause: details.cause });
    this.kind = details.kind ?? 'server';
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The upstream refuses us as such (a revoked token, a banned address): the rest of the instance's targets are not tried. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError';
  readonly kind: ProblemKind;
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = details.kind ?? 'blocked';
  }
}

/** What was asked for is too large: the provider halves it; from `write`, the outlet does, down to one entry. */
export class SplitError extends Error {
  override readonly name = 'SplitError';
  readonly kind: ProblemKind;
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = details.kind ?? 'too-large';
  }
}

export type NextError = PermanentError | TransientError | BlockedError | SplitError;

/** True for an error that says what happens next. */
export function isNextError(error: unknown): error is NextError {
  return error instanceof PermanentError || error instanceof TransientError || error instanceof BlockedError || error instanceof SplitError;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error && error.message !== '' ? error.message : String(error);
  } catch {
    // An object without a prototype, or with a `toString` of its own that throws.
    return 'something that cannot be read was thrown';
  }
}
