import { BlockedError, type NextError, PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';
import { Refusal } from './schema.ts';

/** An answer that the client does not take. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Whether it was asked with a key. */
  readonly hasKey: boolean;

  constructor(message: string, hasKey: boolean) {
    super(message);
    this.hasKey = hasKey;
  }
}

/**
 * The status of every refusal is 400, and what it means stands in the body: https://api.stackexchange.com/docs/error-handling. Without
 * one the common table knows best.
 */
export function judge({ error, response }: Failure): NextError | undefined {
  if (response === undefined) return undefined;
  const refusal = refusalOf(response.body);
  if (refusal !== undefined) return meaning(refusal, error instanceof RefusedError ? error.hasKey : undefined);
  // The caller takes nothing but 200.
  if (response.status === 202) return new TransientError('the API has no answer yet (202)', { kind: 'not-yet', cause: error });
  return undefined;
}

function refusalOf(body: string): Refusal | undefined {
  if (!body.includes('error_id')) return undefined;
  try {
    return Refusal.safeParse(JSON.parse(body)).data;
  } catch {
    // What is no JSON is no refusal of the API: a proxy's page may quote one.
    return undefined;
  }
}

function meaning(refusal: Refusal, hasKey: boolean | undefined): NextError {
  const { error_id: id, error_name: name = `error ${id}`, error_message: words = '' } = refusal;
  const said = words === '' ? name : `${name}: ${words}`;
  switch (id) {
    case 400:
      if (/`?\bkey\b/i.test(words)) {
        const message = `Stack Exchange does not know the key (${said}): set the key of an app of https://stackapps.com as "key", or leave it out`;
        return new BlockedError(message, { kind: 'unauthorized' });
      }
      if (/\bsite\b/i.test(words)) {
        return new PermanentError(`Stack Exchange has no such site (${said}): check "site"`, { kind: 'not-found' });
      }
      return new PermanentError(`Stack Exchange does not understand the request (${said})`);
    case 401:
    case 402:
    case 405:
    case 406:
      return new BlockedError(`Stack Exchange wants another credential (${said}): check "key"`, { kind: 'unauthorized' });
    case 403:
      return new PermanentError(`Stack Exchange refuses this (${said})`, { kind: 'forbidden' });
    case 404:
      return new PermanentError(`Stack Exchange has no such method (${said}): is "baseUrl" right?`, { kind: 'not-found' });
    case 502:
      return throttled(said, words, hasKey);
    default:
      return new TransientError(`Stack Exchange failed (${said})`);
  }
}

/** "On the order of 30 seconds to a few minutes", after more than 30 requests a second. https://api.stackexchange.com/docs/throttle */
const longestBanSeconds = 900;

/** Too many at once, too many for this day (the API says the same of both, and for how long), or too soon after a `backoff`. */
function throttled(said: string, words: string, hasKey: boolean | undefined): TransientError {
  const seconds = Number(/available in (\d{1,9}) second/i.exec(words)?.[1] ?? Number.NaN);
  if (Number.isNaN(seconds)) return new TransientError(`Stack Exchange is asked too often (${said})`, { kind: 'rate-limited' });
  const retryAfterMs = seconds * 1000;
  if (seconds <= longestBanSeconds) {
    const message = `Stack Exchange takes nothing from this address for another ${seconds} s: it was asked more than 30 times a second, or the quota of the day is used up until then`;
    return new TransientError(message, { kind: 'rate-limited', retryAfterMs });
  }
  const whose = hasKey === undefined ? 'this address' : hasKey ? 'the "key" at this address' : 'an address without a "key"';
  const hint = hasKey === false ? ': set one for 10,000 requests a day' : '';
  const message = `nothing is left of what Stack Exchange allows ${whose} in a day, for another ${seconds} s${hint}`;
  return new TransientError(message, { kind: 'quota', retryAfterMs });
}
