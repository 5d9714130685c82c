import { BlockedError, type NextError, PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';

/** What Reddit's own refusals mean; the rest, and how long to wait, is the common table's. */
export function judge({ error, response }: Failure): NextError | undefined {
  if (response === undefined) return undefined;
  const { status, headers, body } = response;
  // The caller takes nothing but 200.
  if (status === 202) return new TransientError('Reddit has no answer yet (202)', { kind: 'not-yet', cause: error });
  // A page that says "too many requests" passes by itself.
  if (status !== 429 && isBlockPage(body)) {
    const message =
      'Reddit blocks this app or this address: check "userAgent", and whether the app is approved (https://support.reddithelp.com/hc/en-us/articles/16160319875092)';
    return new BlockedError(message, { kind: 'blocked' });
  }
  if (status >= 300 && status < 400 && (headers.get('location') ?? '').includes('/subreddits/search')) return noSubreddit();
  if (status === 404)
    return reasonOf(body) === 'banned' ? new PermanentError('Reddit banned this subreddit', { kind: 'not-found' }) : noSubreddit();
  if (status === 403) return refused(reasonOf(body));
  return undefined;
}

/** Asked for a subreddit that it does not have, Reddit leads to a search. */
export function noSubreddit(): PermanentError {
  return new PermanentError('Reddit has no such subreddit: check the name', { kind: 'not-found' });
}

function refused(reason: string | undefined): NextError | undefined {
  if (reason === undefined) return undefined;
  const message = reasons[reason] ?? 'Reddit refuses this subreddit to the app';
  return new PermanentError(message, { kind: 'forbidden' });
}

const reasons: Readonly<Record<string, string>> = {
  private: 'the subreddit is private: Reddit shows it to its members only',
  quarantined: 'Reddit quarantined this subreddit: it is shown only to those who agreed to see it',
  gold_only: 'the subreddit is only for members with Premium',
};

/** Pages of its gatekeepers, with 403 as a rule. https://github.com/mikf/gallery-dl/issues/8641 */
function isBlockPage(body: string): boolean {
  return /^\s*</.test(body) && /whoa there, pardner|blocked (?:by network security|due to a network policy)/i.test(body);
}

function reasonOf(body: string): string | undefined {
  try {
    const { reason } = JSON.parse(body) as { readonly reason?: unknown };
    return typeof reason === 'string' ? reason : undefined;
  } catch {
    // A page says nothing of a subreddit.
    return undefined;
  }
}
