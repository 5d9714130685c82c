import { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { BlockedError } from '../../sdk/errors.ts';
import type { Finding } from '../../sdk/provider.ts';
import { createClient } from './client.ts';
import { keysPage } from './judge.ts';
import { createSession } from './session.ts';
import type { Settings } from './settings.ts';

/** Of a list of names in one sentence. */
const mostNames = 5;

/** Whether the key is accepted, and sees the lists that the config names. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const client = await createClient(settings);
  try {
    await client.ask(context, 'the key', z.object({ health_status: z.string() }), (api) => api.ping.get());
  } catch (error) {
    if (!(error instanceof BlockedError)) throw error;
    // What it says to do stands in the line that mends it.
    const message = error.message.replace(/; .*$/s, '');
    yield { check: 'credential', status: 'error', message, mend: `make a key at ${keysPage}, and set it where "apiKey" takes it from` };
    return;
  }
  yield { check: 'credential', status: 'ok', message: 'the key is accepted' };
  const found = await createSession(client, settings).listed(context);
  yield listsFinding(settings.lists, found);
}

function listsFinding(named: readonly string[] | undefined, found: ReadonlyMap<string, unknown>): Finding {
  if (named === undefined) {
    const message = `the account has ${found.size} ${found.size === 1 ? 'list' : 'lists'}`;
    if (found.size > 0) return { check: 'lists', status: 'ok', message };
    return { check: 'lists', status: 'warning', message, mend: 'see that the key is of the account that is meant' };
  }
  const missing = named.filter((id) => !found.has(id));
  if (missing.length === 0) return { check: 'lists', status: 'ok', message: `${named.length} of ${named.length} are there` };
  const more = missing.length > mostNames ? ` and ${missing.length - mostNames} more` : '';
  return {
    check: 'lists',
    status: missing.length === named.length ? 'error' : 'warning',
    message: `${missing.length} of ${named.length} are not in the account: ${missing.slice(0, mostNames).join(', ')}${more}`,
    mend: 'correct "lists": an id stands in Mailchimp under Audience, Settings',
  };
}
