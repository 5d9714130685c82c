import { BlockedError, type NextError, PermanentError, SplitError, TransientError } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';
import { answerWithErrors, isFailure, isRateLimit, isSecondaryLimit, isTooLarge, notFound } from './errors.ts';
import type { GraphqlError } from './schema.ts';

type Response = NonNullable<Failure['response']>;

/**
 * What GitHub's own errors mean; the rest is the common table's. A gateway's timeout is tried once more and is then taken for a query
 * that is too large, as each costs points (https://github.blog/changelog/2025-07-21-graphql-api-resource-limits/); the one who asked
 * knows whether there is anything to halve.
 */
export function judge({ error, response, number }: Failure): NextError | undefined {
  const answer = answerWithErrors(error);
  if (answer?.errors.some(isRateLimit)) return rateLimited(response, number);
  if (answer?.errors.some((one) => isSecondaryLimit(one.message))) return secondaryLimit(response, number);
  if (answer) return judgeErrors(answer.errors, number, error);
  if (response === undefined) return undefined;
  if (isSecondaryLimit(response.body)) return secondaryLimit(response, number);
  if (isRest(error)) return judgeRest(response, error);
  switch (response.status) {
    case 202:
      // The client takes every 2xx for an answer.
      return new TransientError('GitHub has no answer yet (202)', { kind: 'not-yet', cause: error });
    case 401:
      return unauthorized(error);
    case 403:
      if (!/not accessible by/i.test(response.body)) return undefined;
      return new PermanentError(`GitHub refuses this to the token${needsOf(error, ': ')}`, {
        kind: 'forbidden',
        cause: error,
      });
    case 404:
      return new PermanentError('GitHub\'s GraphQL is not at this address (404): is "baseUrl" right?', { kind: 'not-found', cause: error });
    case 502:
    case 504:
      if (number === 1) return undefined;
      return new SplitError(`GitHub answered ${response.status}, which it does when a query takes it too long`, {
        kind: 'server',
        cause: error,
      });
    default:
      return undefined;
  }
}

/** What the token needs for what was asked: the client notes it on its errors. */
function needsOf(error: unknown, before: string): string {
  const { needs } = error as { readonly needs?: unknown };
  return typeof needs === 'string' ? `${before}it needs ${needs}` : '';
}

/** Of what is asked without the client, which is the traffic alone: told by the error's name. */
function isRest(error: unknown): boolean {
  return error instanceof Error && error.name === 'StatusError';
}

/** https://docs.github.com/en/rest/metrics/traffic */
function judgeRest({ status, body }: Response, cause: unknown): NextError | undefined {
  if (status === 401) return unauthorized(cause);
  if (status === 403 && /must have push access|not accessible by/i.test(body)) {
    const needs = 'the scope "repo" ("public_repo" for what is public), or as a fine-grained one "Administration: read"';
    const message = `GitHub shows the traffic only to who may push to the repository: the token needs ${needs}, and its user write access`;
    return new PermanentError(message, { kind: 'forbidden', cause });
  }
  // It does not tell what is not there from what the token may not see.
  if (status === 404) return new PermanentError(notFound('such repository').message, { kind: 'not-found', cause });
  if (status === 413) return new PermanentError('GitHub finds the request too large', { kind: 'too-large', cause });
  return undefined;
}

function unauthorized(cause: unknown): BlockedError {
  return new BlockedError('GitHub does not accept the token: it is wrong, expired or revoked; make a new one and set it as "token"', {
    kind: 'unauthorized',
    cause,
  });
}

/** An answer that has errors, and no data which could be used. */
function judgeErrors(errors: readonly GraphqlError[], number: number, cause: unknown): NextError {
  const words = errors.map((one) => one.message).join('; ');
  if (errors.some(isTooLarge)) return new SplitError(`GitHub finds the query too large: ${words}`, { cause });
  if (errors.length > 0 && errors.every(isFailure)) {
    const message = `GitHub failed on the query: ${words}`;
    return number === 1 ? new TransientError(message, { cause }) : new SplitError(message, { kind: 'server', cause });
  }
  const forbidden = errors.some((one) => one.type === 'FORBIDDEN' || one.type === 'INSUFFICIENT_SCOPES');
  return new PermanentError(`GitHub refuses the query: ${words}${forbidden ? needsOf(cause, '; ') : ''}`, {
    kind: forbidden ? 'forbidden' : 'invalid-answer',
    cause,
  });
}

/** https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit */
function rateLimited(response: Response | undefined, number: number): TransientError {
  return new TransientError("nothing is left of the token's hourly limit at GitHub", {
    kind: 'quota',
    retryAfterMs: untilReset(response) ?? atLeastAMinute(number),
  });
}

/** Without `Retry-After`: a minute at least, and longer each time. The page is the one above. */
function secondaryLimit(response: Response | undefined, number: number): TransientError {
  const seconds = Number(response?.headers.get('retry-after') || Number.NaN);
  return new TransientError("GitHub's secondary rate limit: it was asked too much in a short time", {
    kind: 'rate-limited',
    retryAfterMs: seconds > 0 ? seconds * 1000 : atLeastAMinute(number),
  });
}

/** From the moment of the answer by the server's own clock, so that ours may be wrong; and the rest of the reset's second. */
function untilReset(response: Response | undefined): number | undefined {
  const reset = Number(response?.headers.get('x-ratelimit-reset') || Number.NaN) * 1000;
  const answered = Date.parse(response?.headers.get('date') ?? '');
  const wait = reset - answered;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait) + 1000;
}

function atLeastAMinute(number: number): number {
  return 60_000 * 2 ** (number - 1);
}
