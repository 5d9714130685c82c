import { BlockedError, type NextError, PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';
import { Refusal } from './schema.ts';

/**
 * The status of every refusal is 400, and what it means stands in the body: https://api.stackexchange.com/docs/error-handling. Without
 * one the common table knows best.
 */
export function judge({ error, response }: Failure): NextError | undefined {
  if (response === undefined) return undefined;
  const refusal = refusalOf(response.body);
  if (refusal !== undefined) return meaning(refusal);
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

function meaning({ error_id: id, error_name: name = `error ${id}`, error_message: words = '' }: Refusal): NextError {
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
      return throttled(said, words);
    default:
      return new TransientError(`Stack Exchange failed (${said})`);
  }
}

/** Too many for this day, for which it says how long, or too soon after a `backoff`. https://api.stackexchange.com/docs/throttle */
function throttled(said: string, words: string): TransientError {
  const seconds = /available in (\d{1,9}) second/i.exec(words)?.[1];
  if (seconds === undefined) return new TransientError(`Stack Exchange is asked too often (${said})`, { kind: 'rate-limited' });
  const message = `nothing is left of this address's quota at Stack Exchange for another ${seconds} s; a "key" gives it 10,000 requests a day`;
  return new TransientError(message, { kind: 'quota', retryAfterMs: Number(seconds) * 1000 });
}
