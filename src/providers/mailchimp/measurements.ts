import { counter, gauge, measurement, moment, name, ratio, text } from '../../sdk/measurement.ts';
import { durationMs } from '../../sdk/time.ts';

const dayMs = 86_400_000;

/** One list (an audience) as it stands. https://mailchimp.com/developer/marketing/api/lists/get-lists-info/ */
export const list = measurement('mailchimp_list', {
  help: 'One list (an audience) as it stands.',
  time: 'snapshot',
  tags: { list: "the list's id" },
  fields: {
    name: name(),
    members: gauge('{contact}', 'Those who are subscribed.'),
    unsubscribed: gauge('{contact}'),
    cleaned: gauge('{contact}', 'Removed by Mailchimp, since their addresses bounced.'),
    campaigns: gauge('{campaign}', 'In any status.'),
    open_ratio: ratio('The average of its campaigns; absent until Mailchimp has calculated it, as the next three.'),
    click_ratio: ratio('The average of its campaigns.'),
    subscribe_rate: gauge('{contact}/mo', 'Subscriptions in an average month.'),
    unsubscribe_rate: gauge('{contact}/mo', 'Unsubscriptions in an average month.'),
  },
});

/**
 * One day of a list. Whose calendar its days are of, and for how long they are revised, Mailchimp does not say: three days are more than
 * the zones differ. https://mailchimp.com/developer/marketing/api/list-activity/list-recent-activity/
 */
export const activity = measurement('mailchimp_list_activity', {
  help: 'One day of a list, without what automations send.',
  time: 'day',
  tags: { list: "the list's id" },
  fields: {
    emails_sent: gauge('{email}'),
    unique_opens: gauge('{open}'),
    clicks: gauge('{click}'),
    hard_bounces: gauge('{bounce}'),
    soft_bounces: gauge('{bounce}'),
    subscribes: gauge('{contact}'),
    unsubscribes: gauge('{contact}'),
    other_adds: gauge('{contact}', 'Added in another way than by the form: by an import or the API.'),
    other_removes: gauge('{contact}', 'Gone in another way than by unsubscribing or a complaint: deleted, for one.'),
  },
  history: { depth: '180d', first: '180d', settle: '3d' },
});

/** One month of a list. https://mailchimp.com/developer/marketing/api/list-growth-history/list-growth-history-data/ */
export const growth = measurement('mailchimp_list_growth', {
  help: 'One month of a list.',
  time: 'month',
  tags: { list: "the list's id" },
  fields: {
    subscribed: gauge('{contact}', 'Those who were subscribed at the end of the month.'),
    unsubscribed: gauge('{contact}', 'New in this month, as the following.'),
    reconfirm: gauge('{contact}', 'Those who confirmed again.'),
    cleaned: gauge('{contact}', 'Removed, since their addresses bounced.'),
    pending: gauge('{contact}', 'Those who had not confirmed yet.'),
    deleted: gauge('{contact}'),
    transactional: gauge('{contact}', 'Those who were sent transactional email.'),
  },
  // The first run asks for all of it.
  history: { first: '9125d', settle: '3d' },
});

/**
 * Nearly all who open a campaign do so in its first days: after 14 days its numbers count as final, and are asked for no more. An entry's
 * own `settle` says otherwise.
 */
const settleDays = 14;

/**
 * One campaign that was sent: its totals so far. The first run asks for those of the last `reportsSince`, each for those that may still
 * change. https://mailchimp.com/developer/marketing/api/reports/list-campaign-reports/
 */
export function campaign(reportsSince: string) {
  const isShorter = (durationMs(reportsSince) ?? 0) < settleDays * dayMs;
  return measurement('mailchimp_campaign', {
    help: 'One campaign, at the time when it was sent: its totals so far.',
    time: 'event',
    tags: { campaign: "the campaign's id", list: 'the id of its list, or `none`' },
    fields: {
      title: name(),
      subject: name(),
      emails_sent: counter('{email}'),
      opens: counter('{open}'),
      unique_opens: counter('{open}'),
      open_ratio: ratio('Unique opens of the deliveries.'),
      clicks: counter('{click}'),
      unique_clicks: counter('{click}', 'Of each link and subscriber one.'),
      subscriber_clicks: counter('{contact}', 'Those who clicked.'),
      click_ratio: ratio('Unique clicks of the deliveries.'),
      hard_bounces: counter('{bounce}'),
      soft_bounces: counter('{bounce}'),
      unsubscribed: counter('{contact}'),
      forwards: counter('{forward}'),
      revenue: gauge('{currency}', 'Orders without shipping and tax. Absent without a shop.'),
      currency: text("The revenue's: USD, for one."),
    },
    history: { first: reportsSince, settle: isShorter ? reportsSince : `${settleDays}d` },
  });
}
export type Campaign = ReturnType<typeof campaign>;

/** One classic automation as it stands. https://mailchimp.com/developer/marketing/api/automation/list-automations/ */
export const automation = measurement('mailchimp_automation', {
  help: 'One classic automation as it stands: its totals so far.',
  time: 'snapshot',
  tags: { automation: "the automation's id", list: 'the id of its list, or `none`' },
  fields: {
    title: name(),
    status: text('`save`, `paused` or `sending`.'),
    started_at: moment('Absent until it was started.'),
    emails_sent: counter('{email}'),
    opens: counter('{open}', 'Absent, as the following, until something was sent.'),
    unique_opens: counter('{open}'),
    open_ratio: ratio('Unique opens of the deliveries.'),
    clicks: counter('{click}'),
    subscriber_clicks: counter('{contact}', 'Those who clicked.'),
    click_ratio: ratio('Unique clicks of the deliveries.'),
  },
});
