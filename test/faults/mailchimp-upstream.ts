import {
  automatedOf,
  dayOf,
  type MailchimpWorld,
  monthOf,
  numbersOf,
  sentOf,
  startMailchimp as startStandIn,
} from '../../src/testing/stand-ins/mailchimp/index.ts';
import type { Row, Upstream, UpstreamOptions } from './upstreams.ts';

/** A row whose time the upstream names; without it, that of the run. */
export interface DatedRow extends Row {
  readonly time?: string;
}

/** Two lists, each with days and a month, campaigns (on three pages where `pages` is set), and an automation: three targets, then one a list. */
export async function startMailchimp({ world, pages }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `MAILCHIMP_KEY_OF_${world}`, value: `0123456789abcdef-of-${world}-us19` };
  const lists = ['a', 'b'].map((letter) => ({
    id: `${world}${letter}`,
    days: ['2026-11-20', '2026-11-19'],
    months: ['2026-11'],
  }));
  // Of the last days: what is final is not asked for again.
  const sent = '2026-11-18T10:00:00+00:00';
  const campaigns = Array.from({ length: pages ? 6 : 3 }, (_, place) => ({ id: `${world}c${place}`, list: `${world}a`, sent }));
  const account = { lists, campaigns, automations: [{ id: `${world}w0`, list: `${world}a` }] };
  const standIn = await startStandIn({ key: secret.value, ...account, ...(pages && { pageSize: 2 }) });
  return {
    standIn,
    secret,
    entry: { type: 'mailchimp', apiKey: `\${${secret.name}}`, baseUrl: standIn.url },
    truth: () => rowsOf(account),
  };
}

function rowsOf({ lists, campaigns = [], automations = [] }: MailchimpWorld): readonly DatedRow[] {
  return [
    ...lists.flatMap((list) => {
      const { days, months, ...is } = numbersOf(list);
      return [
        {
          measurement: 'mailchimp_list',
          tags: { list: is.id },
          fields: {
            name: is.name,
            members: is.members,
            unsubscribed: is.unsubscribed,
            cleaned: is.cleaned,
            campaigns: is.campaigns,
            open_ratio: Number(is.openRate) / 100,
            click_ratio: Number(is.clickRate) / 100,
            subscribe_rate: Number(is.subRate),
            unsubscribe_rate: Number(is.unsubRate),
          },
        },
        ...days.map((day) => dayRow(is.id, day)),
        ...months.map((month) => ({
          measurement: 'mailchimp_list_growth',
          tags: { list: is.id },
          fields: monthOf(is.id, month),
          time: `${month}-01T00:00:00.000Z`,
        })),
      ];
    }),
    ...campaigns.map((campaign) => {
      const { id, type: _, list, sent, ...is } = sentOf(campaign);
      return {
        measurement: 'mailchimp_campaign',
        tags: { campaign: id, list },
        fields: {
          title: is.title,
          subject: is.subject,
          emails_sent: is.emails,
          opens: is.opens,
          unique_opens: is.uniqueOpens,
          open_ratio: is.openRate,
          clicks: is.clicks,
          unique_clicks: is.uniqueClicks,
          subscriber_clicks: is.subscriberClicks,
          click_ratio: is.clickRate,
          hard_bounces: is.hard,
          soft_bounces: is.soft,
          unsubscribed: is.unsubscribed,
          forwards: is.forwards,
          revenue: Number(is.revenue),
          currency: 'USD',
        },
        time: new Date(sent).toISOString(),
      };
    }),
    ...automations.map((automation) => {
      const { id, list, ...is } = automatedOf(automation);
      return {
        measurement: 'mailchimp_automation',
        tags: { automation: id, list },
        fields: {
          title: is.title,
          status: is.status,
          started_at: new Date(is.started).toISOString(),
          emails_sent: is.emails,
          opens: is.opens,
          unique_opens: is.uniqueOpens,
          open_ratio: is.openRate,
          clicks: is.clicks,
          subscriber_clicks: is.subscriberClicks,
          click_ratio: is.clickRate,
        },
      };
    }),
  ];
}

function dayRow(list: string, day: string): DatedRow {
  const is = dayOf(list, day);
  return {
    measurement: 'mailchimp_list_activity',
    tags: { list },
    fields: {
      emails_sent: is.emails,
      unique_opens: is.opens,
      clicks: is.clicks,
      hard_bounces: is.hard,
      soft_bounces: is.soft,
      subscribes: is.subs,
      unsubscribes: is.unsubs,
      other_adds: is.adds,
      other_removes: is.removes,
    },
    time: `${day}T00:00:00.000Z`,
  };
}
