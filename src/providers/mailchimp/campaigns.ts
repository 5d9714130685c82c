import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { durationMs, utcDay } from '../../sdk/time.ts';
import { readItem } from './item.ts';
import { type Campaign, campaign } from './measurements.ts';
import { type Collection, readAll } from './pages.ts';
import { holds, type Range } from './range.ts';
import { Report } from './schema.ts';
import type { MailchimpSession } from './session.ts';

/** Reports are long (an hourly breakdown for one), so that only what is used is asked for. */
const fields = [
  ...['campaign_title', 'subject_line', 'list_id', 'send_time', 'emails_sent', 'unsubscribed'],
  ...['bounces.hard_bounces', 'bounces.soft_bounces', 'forwards.forwards_count'],
  ...['opens.opens_total', 'opens.unique_opens', 'opens.open_rate'],
  ...['clicks.clicks_total', 'clicks.unique_clicks', 'clicks.unique_subscriber_clicks', 'clicks.click_rate'],
  ...['ecommerce.total_revenue', 'ecommerce.currency_code'],
];

/** The campaigns that were sent in the range, each with its totals so far. */
export async function* collectCampaigns(asked: Range, session: MailchimpSession, context: ProviderContext): AsyncGenerator<Point> {
  const measurement: Campaign = campaign(session.settings.reportsSince);
  const range = asked.from === undefined ? lately(session.settings.reportsSince, context.at) : asked;
  let unsent = 0;
  for await (const { key, item } of readAll(sentIn(range), session.client, context)) {
    const data = readItem(Report, item, { item: key, what: `campaign ${key}` }, context);
    if (data === undefined) continue;
    if (data.sent === undefined) unsent += 1;
    else if (holds(range, data.sent) && session.wants(data.list)) {
      yield measurement.of({ tags: { campaign: key, list: data.list }, fields: data.fields, time: data.sent });
    }
  }
  if (unsent > 0) context.notice('campaigns', `${unsent} reports do not tell when they were sent: they are left out`);
}

/** What the run would ask for by itself. */
function lately(reportsSince: string, at: Date): Range {
  const from = utcDay(new Date(at.getTime() - (durationMs(reportsSince) ?? 0)));
  return { from: from.toISOString(), to: at.toISOString() };
}

/** "After" and "before" a time: whether that itself is in it is not said, so that a second more is asked for on each side. */
function sentIn({ from, to }: Range): Collection {
  return {
    what: 'campaigns',
    property: 'reports',
    key: 'id',
    fields,
    call: (api, query) =>
      api.reports.getAllCampaignReports({
        ...query,
        ...(from !== undefined && { since_send_time: inSeconds(Date.parse(from) - 1000) }),
        ...(to !== undefined && { before_send_time: inSeconds(Date.parse(to) + 1999) }),
      }),
  };
}

/** `2015-10-21T15:41:36+00:00`, as Mailchimp writes it. */
function inSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, '+00:00');
}
