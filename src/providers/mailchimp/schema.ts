import { z } from 'zod';

const Count = z.int().nonnegative();
/** Of reports and automations. What is a rate may be absent everywhere: `readItem` leaves out those that are none. */
const Ratio = z.number().min(0).max(1).nullish();
/** Of lists, these are between 0 and 100. */
const Percentage = z
  .number()
  .min(0)
  .max(100)
  .transform((percentage) => percentage / 100)
  .nullish();
const Moment = z.iso.datetime({ offset: true });
/** Empty for what did not happen yet. */
const LaterMoment = z.union([z.literal('').transform(() => undefined), Moment]).nullish();
/** The id of a list; empty or absent where there is none. */
const ListId = z
  .string()
  .nullish()
  .transform((id) => id || 'none');

/** One page of a collection, whose items are in `property`. Each item is checked by itself. */
export function pageOf(property: string) {
  return z
    .object({ total_items: Count.nullish(), [property]: z.array(z.unknown()) })
    .transform((page) => ({ items: page[property] as readonly unknown[], total: page.total_items as number | null | undefined }));
}

export const List = z
  .object({
    name: z.string(),
    stats: z.object({
      member_count: Count,
      unsubscribe_count: Count,
      cleaned_count: Count,
      campaign_count: Count,
      open_rate: Percentage,
      click_rate: Percentage,
      avg_sub_rate: z.number().nonnegative().nullish(),
      avg_unsub_rate: z.number().nonnegative().nullish(),
    }),
  })
  .transform(({ name, stats }) => ({
    name,
    members: stats.member_count,
    unsubscribed: stats.unsubscribe_count,
    cleaned: stats.cleaned_count,
    campaigns: stats.campaign_count,
    open_ratio: stats.open_rate,
    click_ratio: stats.click_rate,
    subscribe_rate: stats.avg_sub_rate,
    unsubscribe_rate: stats.avg_unsub_rate,
  }));

export const Day = z
  .object({
    day: z.iso.date(),
    emails_sent: Count,
    unique_opens: Count,
    recipient_clicks: Count,
    hard_bounce: Count,
    soft_bounce: Count,
    subs: Count,
    unsubs: Count,
    other_adds: Count,
    other_removes: Count,
  })
  .transform((is) => ({
    time: new Date(`${is.day}T00:00:00Z`),
    fields: {
      emails_sent: is.emails_sent,
      unique_opens: is.unique_opens,
      clicks: is.recipient_clicks,
      hard_bounces: is.hard_bounce,
      soft_bounces: is.soft_bounce,
      subscribes: is.subs,
      unsubscribes: is.unsubs,
      other_adds: is.other_adds,
      other_removes: is.other_removes,
    },
  }));

export const Month = z
  .object({
    month: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month, such as 2026-11'),
    subscribed: Count,
    unsubscribed: Count,
    cleaned: Count,
    reconfirm: Count.nullish(),
    pending: Count.nullish(),
    deleted: Count.nullish(),
    transactional: Count.nullish(),
  })
  .transform(({ month, ...fields }) => ({ time: new Date(`${month}-01T00:00:00Z`), fields }));

export const Automation = z
  .object({
    status: z.string(),
    start_time: LaterMoment,
    emails_sent: Count,
    recipients: z.object({ list_id: ListId }).nullish(),
    settings: z.object({ title: z.string() }).nullish(),
    report_summary: z
      .object({ opens: Count, unique_opens: Count, open_rate: Ratio, clicks: Count, subscriber_clicks: Count, click_rate: Ratio })
      .partial()
      .nullish(),
  })
  .transform(({ report_summary: summary, ...is }) => ({
    list: is.recipients?.list_id ?? 'none',
    fields: {
      title: is.settings?.title,
      status: is.status,
      started_at: is.start_time,
      emails_sent: is.emails_sent,
      opens: summary?.opens,
      unique_opens: summary?.unique_opens,
      open_ratio: summary?.open_rate,
      clicks: summary?.clicks,
      subscriber_clicks: summary?.subscriber_clicks,
      click_ratio: summary?.click_rate,
    },
  }));

export const Report = z
  .object({
    campaign_title: z.string(),
    subject_line: z.string().nullish(),
    list_id: ListId,
    send_time: LaterMoment,
    emails_sent: Count,
    unsubscribed: Count,
    bounces: z.object({ hard_bounces: Count, soft_bounces: Count }),
    forwards: z.object({ forwards_count: Count }),
    opens: z.object({ opens_total: Count, unique_opens: Count, open_rate: Ratio }),
    clicks: z.object({ clicks_total: Count, unique_clicks: Count, unique_subscriber_clicks: Count, click_rate: Ratio }),
    ecommerce: z.object({ total_revenue: z.number(), currency_code: z.string() }).partial().nullish(),
  })
  .transform(({ opens, clicks, ...is }) => ({
    list: is.list_id,
    sent: is.send_time == null ? undefined : new Date(is.send_time),
    fields: {
      title: is.campaign_title,
      subject: is.subject_line,
      emails_sent: is.emails_sent,
      opens: opens.opens_total,
      unique_opens: opens.unique_opens,
      open_ratio: opens.open_rate,
      clicks: clicks.clicks_total,
      unique_clicks: clicks.unique_clicks,
      subscriber_clicks: clicks.unique_subscriber_clicks,
      click_ratio: clicks.click_rate,
      hard_bounces: is.bounces.hard_bounces,
      soft_bounces: is.bounces.soft_bounces,
      unsubscribed: is.unsubscribed,
      forwards: is.forwards.forwards_count,
      revenue: is.ecommerce?.total_revenue,
      currency: is.ecommerce?.currency_code || undefined,
    },
  }));
