import type { Measurement } from '../../src/sdk/measurement.ts';
import type { StandInRequest } from '../../src/testing/stand-in.ts';
import * as github from '../../src/testing/stand-ins/github/index.ts';
import type { GithubRepository } from '../../src/testing/stand-ins/github/world.ts';
import * as googleAnalytics from '../../src/testing/stand-ins/google-analytics/index.ts';
import * as mailchimp from '../../src/testing/stand-ins/mailchimp/index.ts';
import * as reddit from '../../src/testing/stand-ins/reddit/index.ts';
import * as stackoverflow from '../../src/testing/stand-ins/stackoverflow/index.ts';
import type { Upstream } from '../faults/upstreams.ts';

/** A measurement with a past, at its upstream. Times of its points are written as `2026-11-21`, and of events with their time. */
export interface Subject {
  readonly provider: string;
  readonly measurement: string;
  /** Hours by which the days that it counts end after UTC's. */
  readonly lagHours: number;
  /** The field that a revision changes. */
  readonly field: string;
  start(now: () => Date): Promise<Played>;
  /** What a request asks for, where it names a time: days both inclusive, of events from and to. Absent where no request does. */
  asks?(request: StandInRequest): readonly [from: string, to: string] | undefined;
}

export interface Played {
  readonly upstream: Omit<Upstream, 'truth'>;
  /** From now on it knows of these times, of each in its first numbers or as they were revised. */
  show(times: readonly string[], revised: ReadonlySet<string>): void;
}

/** How the upstream is told of, over and over: only what changes is told anew. */
function keep<T>(list: T[], one: T): void {
  list.splice(0, list.length, one);
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const secretOf = (name: string) => ({ name: `SECRET_OF_${name}`, value: `secret-of-${name.toLowerCase()}-0123456789` });
const userAgent = 'linux:org.example.kpi:1.0 (by /u/somebody)';

async function playGithub(
  entry: object,
  now: () => Date,
  worldOf: (times: readonly string[], revised: ReadonlySet<string>) => object,
): Promise<Played> {
  const secret = secretOf('GITHUB');
  const repositories: GithubRepository[] = [];
  const standIn = await github.startGithub({ repositories, token: secret.value, limit: 1_000_000, restLimit: 1_000_000, now });
  return {
    upstream: { standIn, secret, entry: { type: 'github', token: `\${${secret.name}}`, repos: ['a/b'], baseUrl: standIn.url, ...entry } },
    show: (times, revised) => keep(repositories, { name: 'a/b', createdAt: '2010-01-01T00:00:00Z', ...worldOf(times, revised) }),
  };
}

const traffic: Subject = {
  provider: 'github',
  measurement: 'github_traffic',
  lagHours: 0,
  field: 'views',
  start: (now) =>
    playGithub({ traffic: true }, now, (times, revised) => {
      const counted = times.map((day) => [day, { count: revised.has(day) ? 70 : 50, uniques: 9 }]);
      return { traffic: { views: Object.fromEntries(counted) } };
    }),
};

const stars: Subject = {
  provider: 'github',
  measurement: 'github_stars',
  lagHours: 0,
  field: 'gained',
  start: (now) =>
    playGithub({ stars: true }, now, (times, revised) => ({
      starredAt: times.flatMap((day) => Array.from({ length: revised.has(day) ? 3 : 2 }, (_, hour) => `${day}T0${hour}:00:00Z`)),
    })),
};

const analytics: Subject = {
  provider: 'google-analytics',
  measurement: 'google_analytics_traffic',
  // Los Angeles, from November to March.
  lagHours: 8,
  field: 'sessions',
  async start(now) {
    const account = googleAnalytics.createAccount('kpi@history.iam.gserviceaccount.com');
    const secret = { name: 'KEY_OF_ANALYTICS', value: JSON.stringify(JSON.parse(account.key)) };
    const properties: googleAnalytics.GaProperty[] = [];
    const standIn = await googleAnalytics.startGoogleAnalytics({ properties, account, now });
    const reports = [{ name: 'traffic', metrics: ['sessions'] }];
    const entry = { type: 'google-analytics', properties: ['123'], credentials: `\${${secret.name}}`, transport: 'rest', reports };
    return {
      upstream: { standIn, secret, entry: { ...entry, baseUrl: standIn.url } },
      // It tells of all days.
      show: (_, revised) => keep(properties, { id: '123', again: Object.fromEntries([...revised].map((day) => [day, 1])) }),
    };
  },
  asks({ body }) {
    const [{ dateRanges }] = JSON.parse(body).requests;
    return [dateRanges[0].startDate, dateRanges[0].endDate];
  },
};

function mailchimpSubject(one: Pick<Subject, 'measurement' | 'field' | 'asks'>, worldOf: WorldOf): Subject {
  return {
    ...one,
    provider: 'mailchimp',
    lagHours: 0,
    async start() {
      const secret = { name: 'SECRET_OF_MAILCHIMP', value: '0123456789abcdef-of-history-us19' };
      const lists: mailchimp.MailchimpList[] = [];
      const campaigns: mailchimp.MailchimpCampaign[] = [];
      const standIn = await mailchimp.startMailchimp({ key: secret.value, lists, campaigns });
      return {
        upstream: { standIn, secret, entry: { type: 'mailchimp', apiKey: `\${${secret.name}}`, baseUrl: standIn.url } },
        show(times, revised) {
          const world = worldOf(times, Object.fromEntries([...revised].map((time) => [time, 1])));
          keep(lists, { id: 'a1', ...world.list });
          campaigns.splice(0, campaigns.length, ...(world.campaigns ?? []));
        },
      };
    },
  };
}

type WorldOf = (
  times: readonly string[],
  again: Readonly<Record<string, number>>,
) => { readonly list?: Partial<mailchimp.MailchimpList>; readonly campaigns?: readonly mailchimp.MailchimpCampaign[] };

const activity = mailchimpSubject({ measurement: 'mailchimp_list_activity', field: 'emails_sent' }, (times, again) => ({
  list: { days: times.toReversed(), again },
}));

const growth = mailchimpSubject({ measurement: 'mailchimp_list_growth', field: 'subscribed' }, (times, again) => {
  const monthly = (of: readonly string[]) => of.map((time) => time.slice(0, 7));
  return { list: { months: monthly(times), again: Object.fromEntries(monthly(Object.keys(again)).map((month) => [month, 1])) } };
});

const campaign = mailchimpSubject(
  {
    measurement: 'mailchimp_campaign',
    field: 'emails_sent',
    asks({ path, query }) {
      if (path !== '/3.0/reports') return undefined;
      const [since, before] = ['since_send_time', 'before_send_time'].map((name) => Date.parse(query.get(name) ?? ''));
      // A second more is asked for on each side, and two of them lie beyond the end.
      return [text(new Date(Number(since) + 1000)), text(new Date(Number(before) - 1000))];
    },
  },
  (times, again) => ({
    campaigns: times.map((time) => ({
      id: `sent${Date.parse(time)}`,
      list: 'a1',
      sent: time.replace(/\.\d+Z$/, '+00:00'),
      emails: again[time] === undefined ? 500 : 700,
    })),
  }),
);

const questions: Subject = {
  provider: 'stackoverflow',
  measurement: 'stackoverflow_questions',
  lagHours: 0,
  field: 'questions',
  async start(now) {
    const secret = secretOf('STACK');
    const tags: stackoverflow.StackTag[] = [];
    const standIn = await stackoverflow.startStackoverflow({ tags, key: secret.value, quota: 1_000_000, now });
    return {
      upstream: {
        standIn,
        secret,
        entry: { type: 'stackoverflow', tagged: ['akka'], key: `\${${secret.name}}`, baseUrl: standIn.baseUrl },
      },
      show: (times, revised) =>
        keep(tags, { name: 'akka', byDay: Object.fromEntries(times.map((day) => [day, revised.has(day) ? 8 : 5])) }),
    };
  },
  asks({ query }) {
    const second = query.get('fromdate');
    if (second === null) return undefined;
    const day = text(new Date(Number(second) * 1000));
    return [day, day];
  },
};

const posts: Subject = {
  provider: 'reddit',
  measurement: 'reddit_posts',
  lagHours: 0,
  field: 'posts',
  async start(now) {
    const secret = secretOf('REDDIT');
    const subreddits: reddit.Subreddit[] = [];
    const standIn = await reddit.startReddit({ subreddits, clientId: 'ada', clientSecret: secret.value, limit: 1_000_000, now });
    const app = { clientId: 'ada', clientSecret: `\${${secret.name}}`, userAgent, baseUrl: standIn.url, authUrl: standIn.authUrl };
    return {
      upstream: { standIn, secret, entry: { type: 'reddit', subreddits: ['akka'], ...app } },
      show(times, revised) {
        const made = times.flatMap((day) => [
          { id: `${day}a`.replaceAll('-', ''), created: `${day}T00:00:01Z` },
          ...(revised.has(day) ? [{ id: `${day}b`.replaceAll('-', ''), created: `${day}T00:00:02Z` }] : []),
        ]);
        keep(subreddits, { name: 'akka', posts: made });
      },
    };
  },
};

/** All measurements with a past. */
export const subjects: readonly Subject[] = [traffic, stars, analytics, activity, growth, campaign, questions, posts];

export function text(time: Date): string {
  const iso = time.toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso;
}

/** All times that the upstreams know of at a moment: 400 days, their months, or a campaign on each day. */
export function knownTimes(time: Measurement['time'], now: number): readonly string[] {
  const days = Array.from({ length: 400 }, (_, ago) => Math.floor(now / dayMs) * dayMs - ago * dayMs).reverse();
  if (time === 'event') return days.map((day) => new Date(day + 10 * hourMs).toISOString()).filter((sent) => Date.parse(sent) < now);
  return days.map((day) => text(new Date(day))).filter((day) => time === 'day' || day.endsWith('-01'));
}
