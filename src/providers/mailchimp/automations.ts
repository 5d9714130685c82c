import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { readItem } from './item.ts';
import { automation } from './measurements.ts';
import { type Collection, readAll } from './pages.ts';
import { Automation } from './schema.ts';
import type { MailchimpSession } from './session.ts';

const summary = ['opens', 'unique_opens', 'open_rate', 'clicks', 'subscriber_clicks', 'click_rate'];

const automations: Collection = {
  what: 'automations',
  property: 'automations',
  key: 'id',
  fields: [
    ...['status', 'start_time', 'emails_sent', 'recipients.list_id', 'settings.title'],
    ...summary.map((field) => `report_summary.${field}`),
  ],
  call: (api, query) => api.automations.list(query),
};

/** The classic automations of the account; newer ones (flows) have no such API. */
export async function* collectAutomations(session: MailchimpSession, context: ProviderContext): AsyncGenerator<Point> {
  for await (const { key, item } of readAll(automations, session.client, context)) {
    const data = readItem(Automation, item, { item: key, what: `automation ${key}` }, context);
    if (data && session.wants(data.list)) {
      yield automation.of({ tags: { automation: key, list: data.list }, fields: data.fields, time: context.at });
    }
  }
}
