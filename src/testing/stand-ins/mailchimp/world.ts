/** A list of the stand-in's account. Plain data; what is not given has a value that follows from the rest. */
export interface MailchimpList {
  readonly id: string;
  readonly name?: string;
  readonly members?: number;
  readonly unsubscribed?: number;
  readonly cleaned?: number;
  readonly campaigns?: number;
  /** Percentages; null: not calculated yet. */
  readonly openRate?: number | null;
  readonly clickRate?: number | null;
  /** In a month; null: not calculated yet. */
  readonly subRate?: number | null;
  readonly unsubRate?: number | null;
  /** `2026-11-20`, the newest first. */
  readonly days?: readonly string[];
  /** `2026-11`. */
  readonly months?: readonly string[];
  /** How often the numbers of a day or a month were revised: each time they are others. */
  readonly again?: Readonly<Record<string, number>>;
}

export interface MailchimpCampaign {
  readonly id: string;
  readonly title?: string;
  readonly subject?: string;
  readonly type?: string;
  /** Empty: Mailchimp does not tell it. */
  readonly list?: string;
  /** Empty: Mailchimp does not tell it. */
  readonly sent?: string;
  readonly emails?: number;
  /** null: no shop is connected. */
  readonly revenue?: number | null;
}

export interface MailchimpAutomation {
  readonly id: string;
  readonly title?: string;
  readonly list?: string;
  readonly status?: 'save' | 'paused' | 'sending';
  /** Empty: it was never started, and has no summary. */
  readonly started?: string;
  readonly emails?: number;
}

/** What one account holds. */
export interface MailchimpWorld {
  readonly lists: readonly MailchimpList[];
  readonly campaigns?: readonly MailchimpCampaign[];
  readonly automations?: readonly MailchimpAutomation[];
}

/** A list with every number. */
export function numbersOf(list: MailchimpList) {
  const members = list.members ?? 1000 + seedOf(list.id);
  return {
    name: `Readers of ${list.id}`,
    unsubscribed: Math.floor(members / 20),
    cleaned: Math.floor(members / 50),
    campaigns: 12,
    openRate: 21.5,
    clickRate: 3.25,
    subRate: 40,
    unsubRate: 7,
    days: [],
    months: [],
    again: {},
    ...list,
    members,
  };
}

/** What happened to a list on a day. */
export function dayOf(list: string, day: string, again = 0) {
  const size = seedOf(list + day) + 100 * again;
  return {
    emails: 10 * size,
    opens: 3 * size,
    clicks: size,
    hard: size % 7,
    soft: size % 5,
    subs: size % 11,
    unsubs: size % 3,
    adds: size % 4,
    removes: size % 2,
  };
}

/** What happened to a list in a month. */
export function monthOf(list: string, month: string, again = 0) {
  const size = seedOf(list + month) + 100 * again;
  return {
    subscribed: 1000 + size,
    unsubscribed: size % 20,
    reconfirm: size % 6,
    cleaned: size % 9,
    pending: size % 8,
    deleted: size % 4,
    transactional: size % 3,
  };
}

/** A campaign with every number. */
export function sentOf(campaign: MailchimpCampaign) {
  const emails = campaign.emails ?? 500 + seedOf(campaign.id);
  const opens = Math.floor(emails / 4);
  const clicks = Math.floor(emails / 20);
  return {
    title: `Campaign ${campaign.id}`,
    subject: `News of ${campaign.id}`,
    type: 'regular',
    list: '',
    sent: '2026-11-01T10:00:00+00:00',
    revenue: 1234.5,
    ...campaign,
    emails,
    opens: opens + 11,
    uniqueOpens: opens,
    openRate: opens / emails,
    clicks: clicks + 5,
    uniqueClicks: clicks + 2,
    subscriberClicks: clicks,
    clickRate: clicks / emails,
    hard: emails % 7,
    soft: emails % 5,
    unsubscribed: emails % 9,
    forwards: emails % 4,
  };
}

/** An automation with every number. */
export function automatedOf(automation: MailchimpAutomation) {
  const emails = automation.emails ?? 300 + seedOf(automation.id);
  const opens = Math.floor(emails / 3);
  const clicks = Math.floor(emails / 15);
  return {
    title: `Welcome ${automation.id}`,
    list: '',
    status: 'sending',
    started: '2026-01-02T03:04:05+00:00',
    ...automation,
    emails,
    opens: opens + 7,
    uniqueOpens: opens,
    openRate: opens / emails,
    clicks: clicks + 3,
    subscriberClicks: clicks,
    clickRate: clicks / emails,
  };
}

/** A number from 1 to 97 that is always the same for a text. */
function seedOf(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 97;
  return sum + 1;
}
