import type { ProviderContext } from '../../sdk/context.ts';
import { messageOf, PermanentError } from '../../sdk/errors.ts';
import type { Finding } from '../../sdk/provider.ts';
import { createClient } from './client.ts';
import type { Settings } from './settings.ts';
import { findSubreddit } from './subreddit.ts';

/** Enough to see whether the names are right. */
const mostNames = 20;
const appsPage = 'https://www.reddit.com/prefs/apps';

/** Whether Reddit accepts the app and what it calls itself, and shows it the subreddits. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const client = createClient(settings);
  try {
    await client.open(context);
  } catch (error) {
    if (!(error instanceof Error && 'kind' in error && error.kind === 'unauthorized')) throw error;
    // What it says to do stands in the line that mends it.
    const message = messageOf(error).replace(/: .*$/s, '');
    yield { check: 'credential', status: 'error', message, mend: `check "clientId" and "clientSecret": ${appsPage}` };
    return;
  }
  yield { check: 'credential', status: 'ok', message: 'the app is accepted, and has a token' };
  yield agentFinding(settings);
  const asked = settings.subreddits.slice(0, mostNames);
  const missing: string[] = [];
  for (const name of asked) {
    try {
      await findSubreddit(client, name, context);
    } catch (error) {
      context.signal.throwIfAborted();
      // What else goes wrong is no matter of one subreddit.
      if (!(error instanceof PermanentError) || (error.kind !== 'not-found' && error.kind !== 'forbidden')) throw error;
      missing.push(`r/${name}: ${messageOf(error)}`);
    }
  }
  yield namesFinding(settings.subreddits.length, asked.length, missing);
}

/** https://support.reddithelp.com/hc/en-us/articles/16160319875092 */
function agentFinding({ userAgent }: Settings): Finding {
  if (/^[^:\s]+:[^:\s]+:\S+ \(by \/?u\/[\w-]+\)$/.test(userAgent)) {
    return { check: 'user agent', status: 'ok', message: 'it says what the app is, and whose' };
  }
  return {
    check: 'user agent',
    status: 'warning',
    message: 'it has not the form that Reddit asks for, and may be blocked for it',
    mend: 'write "userAgent" as "platform:app:version (by /u/name)"',
  };
}

function namesFinding(all: number, asked: number, missing: readonly string[]): Finding {
  const most = all > asked ? ` (the first ${asked} of ${all} were asked for)` : '';
  const [first, ...further] = missing;
  if (first === undefined) return { check: 'subreddits', status: 'ok', message: `${asked} of ${asked} can be seen${most}` };
  return {
    check: 'subreddits',
    status: missing.length === asked ? 'error' : 'warning',
    message: `${first}${further.length > 0 ? `; and ${further.length} more like it` : ''}${most}`,
    mend: 'correct "subreddits", or take it out',
  };
}
