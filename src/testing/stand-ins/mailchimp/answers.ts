import type { StandInAnswer } from '../../stand-in.ts';
import {
  automatedOf,
  dayOf,
  type MailchimpAutomation,
  type MailchimpCampaign,
  type MailchimpList,
  monthOf,
  numbersOf,
  sentOf,
} from './world.ts';

// Whole resources, with what nobody asks for: who takes all of an answer would find it too long, and percentages beside fractions.

function links(path: string) {
  const href = `https://us1.api.mailchimp.com/3.0/${path}`;
  return {
    _links: [{ rel: 'self', href, method: 'GET', targetSchema: 'https://us1.api.mailchimp.com/schema/3.0/Definitions/Response.json' }],
  };
}

export function listAnswer(list: MailchimpList, place: number) {
  const is = numbersOf(list);
  return {
    id: is.id,
    web_id: 100_000 + place,
    name: is.name,
    contact: { company: 'Acme', address1: '1 Road', address2: '', city: 'Atlanta', state: 'GA', zip: '30308', country: 'US', phone: '' },
    permission_reminder: 'You asked for it.',
    use_archive_bar: true,
    campaign_defaults: { from_name: 'Acme', from_email: 'news@acme.example', subject: '', language: 'en' },
    notify_on_subscribe: '',
    notify_on_unsubscribe: '',
    date_created: '2019-01-02T03:04:05+00:00',
    list_rating: 3,
    email_type_option: false,
    subscribe_url_short: 'http://eepurl.com/xyz',
    subscribe_url_long: 'https://acme.us1.list-manage.com/subscribe?u=1&id=2',
    beamer_address: 'us1-1234@inbound.mailchimp.com',
    visibility: 'pub',
    double_optin: false,
    has_welcome: false,
    marketing_permissions: false,
    modules: [],
    stats: {
      member_count: is.members,
      unsubscribe_count: is.unsubscribed,
      cleaned_count: is.cleaned,
      member_count_since_send: 5,
      unsubscribe_count_since_send: 1,
      cleaned_count_since_send: 0,
      campaign_count: is.campaigns,
      campaign_last_sent: '2026-11-01T10:00:00+00:00',
      merge_field_count: 6,
      ...(is.subRate !== null && { avg_sub_rate: is.subRate }),
      ...(is.unsubRate !== null && { avg_unsub_rate: is.unsubRate }),
      ...(is.subRate !== null && { target_sub_rate: 2 }),
      ...(is.openRate !== null && { open_rate: is.openRate }),
      ...(is.clickRate !== null && { click_rate: is.clickRate }),
      last_sub_date: '2026-11-20T10:00:00+00:00',
      last_unsub_date: '',
    },
    ...links(`lists/${is.id}`),
  };
}

export function dayAnswer(list: string, day: string, again?: number) {
  const is = dayOf(list, day, again);
  return {
    day,
    emails_sent: is.emails,
    unique_opens: is.opens,
    recipient_clicks: is.clicks,
    hard_bounce: is.hard,
    soft_bounce: is.soft,
    subs: is.subs,
    unsubs: is.unsubs,
    other_adds: is.adds,
    other_removes: is.removes,
    ...links(`lists/${list}/activity`),
  };
}

export function monthAnswer(list: string, month: string, again?: number) {
  const { subscribed, unsubscribed, reconfirm, cleaned, pending, deleted, transactional } = monthOf(list, month, again);
  const numbers = { subscribed, unsubscribed, reconfirm, cleaned, pending, deleted, transactional };
  return { list_id: list, month, existing: 0, imports: 0, optins: 0, ...numbers, ...links(`lists/${list}/growth-history/${month}`) };
}

export function reportAnswer(campaign: MailchimpCampaign) {
  const is = sentOf(campaign);
  return {
    id: is.id,
    campaign_title: is.title,
    type: is.type,
    list_id: is.list,
    list_is_active: true,
    list_name: `Readers of ${is.list}`,
    subject_line: is.subject,
    preview_text: '',
    emails_sent: is.emails,
    abuse_reports: 0,
    unsubscribed: is.unsubscribed,
    send_time: is.sent,
    bounces: { hard_bounces: is.hard, soft_bounces: is.soft, syntax_errors: 0 },
    forwards: { forwards_count: is.forwards, forwards_opens: 0 },
    opens: { opens_total: is.opens, unique_opens: is.uniqueOpens, open_rate: is.openRate, last_open: '2026-11-20T10:00:00+00:00' },
    clicks: {
      clicks_total: is.clicks,
      unique_clicks: is.uniqueClicks,
      unique_subscriber_clicks: is.subscriberClicks,
      click_rate: is.clickRate,
      last_click: '2026-11-20T10:00:00+00:00',
    },
    facebook_likes: { recipient_likes: 0, unique_likes: 0, facebook_likes: 0 },
    industry_stats: {
      type: 'Software',
      open_rate: 0.17,
      click_rate: 0.02,
      bounce_rate: 0.01,
      unopen_rate: 0.8,
      unsub_rate: 0,
      abuse_rate: 0,
    },
    list_stats: { sub_rate: 40, unsub_rate: 7, open_rate: 21.5, click_rate: 3.25 },
    timeseries: Array.from({ length: 24 }, (_, hour) => ({
      timestamp: `2026-11-01T${String(hour).padStart(2, '0')}:00:00+00:00`,
      emails_sent: hour,
      unique_opens: hour,
      recipients_clicks: 0,
    })),
    share_report: { share_url: '', share_password: '' },
    ...(is.revenue !== null && {
      ecommerce: { total_orders: 3, total_spent: is.revenue + 10, total_revenue: is.revenue, currency_code: 'USD' },
    }),
    delivery_status: { enabled: false },
    ...links(`reports/${is.id}`),
  };
}

export function automationAnswer(automation: MailchimpAutomation) {
  const is = automatedOf(automation);
  return {
    id: is.id,
    create_time: '2026-01-01T00:00:00+00:00',
    start_time: is.started,
    status: is.status,
    emails_sent: is.started === '' ? 0 : is.emails,
    recipients: { list_id: is.list, list_is_active: true, list_name: `Readers of ${is.list}` },
    settings: { title: is.title, from_name: 'Acme', reply_to: 'news@acme.example', use_conversation: false, to_name: '' },
    tracking: { opens: true, html_clicks: true, text_clicks: false },
    trigger_settings: { workflow_type: 'welcomeSeries', workflow_title: 'Welcome', workflow_emails_count: 2 },
    ...(is.started !== '' && {
      report_summary: {
        opens: is.opens,
        unique_opens: is.uniqueOpens,
        open_rate: is.openRate,
        clicks: is.clicks,
        subscriber_clicks: is.subscriberClicks,
        click_rate: is.clickRate,
      },
    }),
    ...links(`automations/${is.id}`),
  };
}

/** An error in Mailchimp's form. https://mailchimp.com/developer/marketing/docs/errors/ */
export function problem(status: number, title: string, detail: string): StandInAnswer {
  const type = 'https://mailchimp.com/developer/marketing/docs/errors/';
  const instance = '6504625c-e316-4a96-bedf-af444621979b';
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: { type, title, status, detail, instance },
  };
}
