import type { ProviderContext } from '../../sdk/context.ts';
import type { Client } from './client.ts';
import { readAll } from './pages.ts';
import type { Settings } from './settings.ts';

/** What the targets of one instance share in one run. */
export interface MailchimpSession {
  readonly client: Client;
  readonly settings: Settings;
  /** The lists of the account, as Mailchimp answered them, by their ids: read once a run. */
  listed(context: ProviderContext): Promise<ReadonlyMap<string, unknown>>;
  /** Whether a list is one of those that the config names, or it names none. */
  wants(list: string): boolean;
}

export function createSession(client: Client, settings: Settings): MailchimpSession {
  const stats = ['member_count', 'unsubscribe_count', 'cleaned_count', 'campaign_count', 'open_rate', 'click_rate', 'avg_sub_rate'];
  const fields = ['name', ...[...stats, 'avg_unsub_rate'].map((field) => `stats.${field}`)];
  const named = settings.lists && new Set(settings.lists);
  let known: ReadonlyMap<string, unknown> | undefined;
  return {
    client,
    settings,
    async listed(context) {
      if (known) return known;
      const found = new Map<string, unknown>();
      const lists = readAll(
        { what: 'lists', property: 'lists', key: 'id', fields, call: (api, query) => api.lists.getAllLists(query) },
        client,
        context,
      );
      for await (const { key, item } of lists) found.set(key, item);
      known = found;
      return found;
    },
    wants: (list) => named?.has(list) ?? true,
  };
}
