import { describe, expect, it } from 'vitest';
import { createLimiter } from '../../engine/limiter.ts';
import type { Asked, Limit } from '../../sdk/provider.ts';
import { createTestClock } from '../../testing/clock.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { dayOf, monthOf, startMailchimp } from '../../testing/stand-ins/mailchimp/index.ts';
import { runAt, runKey } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

const world = {
  lists: [{ id: 'aa11', days: ['2026-11-21', '2026-11-20'], months: ['2026-10', '2026-11'] }, { id: 'bb22' }],
  campaigns: [
    { id: 'c1', list: 'aa11' },
    { id: 'c2', list: 'bb22' },
  ],
  automations: [{ id: 'w1', list: 'aa11' }],
};
const at = new Date('2026-11-21T20:00:00.000Z');

providerContract(mailchimp, {
  async start() {
    const standIn = await startMailchimp({ key: runKey, ...world });
    return { settings: { apiKey: runKey, baseUrl: standIn.url }, standIn, close: () => standIn.close() };
  },
  requests: [
    'GET /3.0/automations',
    'GET /3.0/lists',
    ...['aa11', 'bb22'].flatMap((id) => [`GET /3.0/lists/${id}/activity`, `GET /3.0/lists/${id}/growth-history`]),
    'GET /3.0/reports',
  ],
  points: 9,
});

describe('mailchimp', () => {
  it('gives all numbers of a list, a campaign and an automation; percentages of a list as ratios', async () => {
    const { points, problems, notices, errors } = await runAt(mailchimp, {
      lists: [
        {
          id: 'aa11',
          name: 'Readers',
          members: 900,
          unsubscribed: 50,
          cleaned: 20,
          campaigns: 7,
          openRate: 21.5,
          clickRate: 3.2,
          subRate: 40,
          unsubRate: 7,
        },
      ],
      campaigns: [
        {
          id: 'c1',
          title: 'November',
          subject: 'What is new',
          list: 'aa11',
          sent: '2026-11-01T11:00:00+01:00',
          emails: 1000,
          revenue: 99.5,
        },
      ],
      automations: [{ id: 'w1', title: 'Welcome', list: 'aa11', status: 'sending', started: '2026-01-02T03:04:05+00:00', emails: 300 }],
    });
    expect({ problems, notices, errors: [...errors] }).toEqual({ problems: [], notices: [], errors: [] });
    expect(points).toEqual([
      {
        measurement: 'mailchimp_list',
        tags: { list: 'aa11' },
        time: at,
        fields: {
          name: 'Readers',
          members: 900,
          unsubscribed: 50,
          cleaned: 20,
          campaigns: 7,
          open_ratio: 0.215,
          click_ratio: 0.032,
          subscribe_rate: 40,
          unsubscribe_rate: 7,
        },
      },
      {
        measurement: 'mailchimp_campaign',
        tags: { campaign: 'c1', list: 'aa11' },
        time: new Date('2026-11-01T10:00:00.000Z'),
        fields: {
          title: 'November',
          subject: 'What is new',
          emails_sent: 1000,
          opens: 261,
          unique_opens: 250,
          open_ratio: 0.25,
          clicks: 55,
          unique_clicks: 52,
          subscriber_clicks: 50,
          click_ratio: 0.05,
          hard_bounces: 6,
          soft_bounces: 0,
          unsubscribed: 1,
          forwards: 0,
          revenue: 99.5,
          currency: 'USD',
        },
      },
      {
        measurement: 'mailchimp_automation',
        tags: { automation: 'w1', list: 'aa11' },
        time: at,
        fields: {
          title: 'Welcome',
          status: 'sending',
          started_at: '2026-01-02T03:04:05.000Z',
          emails_sent: 300,
          opens: 107,
          unique_opens: 100,
          open_ratio: 100 / 300,
          clicks: 23,
          subscriber_clicks: 20,
          click_ratio: 20 / 300,
        },
      },
    ]);
  });

  it('gives the days and months of a list, at 00:00Z of the dates that Mailchimp names', async () => {
    const { points } = await runAt(mailchimp, { lists: [{ id: 'aa11', days: ['2026-11-20'], months: ['2026-10'] }] });
    const [day, month] = [dayOf('aa11', '2026-11-20'), monthOf('aa11', '2026-10')];
    expect(points.slice(1)).toEqual([
      {
        measurement: 'mailchimp_list_activity',
        tags: { list: 'aa11' },
        time: new Date('2026-11-20T00:00:00.000Z'),
        fields: {
          emails_sent: day.emails,
          unique_opens: day.opens,
          clicks: day.clicks,
          hard_bounces: day.hard,
          soft_bounces: day.soft,
          subscribes: day.subs,
          unsubscribes: day.unsubs,
          other_adds: day.adds,
          other_removes: day.removes,
        },
      },
      { measurement: 'mailchimp_list_growth', tags: { list: 'aa11' }, time: new Date('2026-10-01T00:00:00.000Z'), fields: month },
    ]);
  });

  it('leaves out what Mailchimp has not calculated, or does not have', async () => {
    const { points, problems } = await runAt(mailchimp, {
      lists: [{ id: 'aa11', openRate: null, clickRate: null, subRate: null, unsubRate: null }],
      campaigns: [{ id: 'c1', list: '', revenue: null }],
      automations: [{ id: 'w1', started: '' }],
    });
    expect(problems).toEqual([]);
    const [list, campaign, automation] = points;
    expect(Object.keys(list?.fields ?? {})).toEqual(['name', 'members', 'unsubscribed', 'cleaned', 'campaigns']);
    expect(campaign?.tags).toEqual({ campaign: 'c1', list: 'none' });
    expect(campaign?.fields).not.toHaveProperty('revenue');
    expect(campaign?.fields).not.toHaveProperty('currency');
    expect(automation).toMatchObject({ tags: { automation: 'w1', list: 'none' }, fields: { status: 'sending', emails_sent: 0 } });
    expect(Object.keys(automation?.fields ?? {})).toEqual(['title', 'status', 'emails_sent']);
  });

  it('collects the lists that are named, with their campaigns and automations alone, and tells of one that is not there', async () => {
    const { points, problems, labels, standIn } = await runAt(mailchimp, world, { settings: { lists: ['bb22', 'gone'] } });
    expect(points.map(({ measurement, tags }) => `${measurement} ${tags.list}`)).toEqual([
      'mailchimp_list bb22',
      'mailchimp_campaign bb22',
    ]);
    expect(problems).toEqual([
      { item: 'gone', kind: 'not-found', message: 'the account has no list gone: correct "lists", or remove it there' },
    ]);
    expect(labels).toEqual(['list bb22', 'campaigns', 'automations']);
    expect(standIn.requests.filter(({ path }) => path.includes('aa11'))).toEqual([]);
  });

  it('keeps the series of a list, a campaign and an automation that are renamed', async () => {
    const named = (name: string) => ({
      lists: [{ id: 'aa11', name }],
      campaigns: [{ id: 'c1', title: name }],
      automations: [{ id: 'w1', title: name }],
    });
    const runs = [await runAt(mailchimp, named('Old')), await runAt(mailchimp, named('New'))];
    const [before, after] = runs.map(({ points }) => points.map(({ measurement, tags, time }) => ({ measurement, tags, time })));
    expect(after).toEqual(before);
    expect(JSON.stringify(runs[1]?.points)).not.toContain('Old');
  });

  it.each([
    [['mailchimp_list'], ['/3.0/lists']],
    [['mailchimp_list_growth'], ['/3.0/lists', '/3.0/lists/aa11/growth-history', '/3.0/lists/bb22/growth-history']],
    [['mailchimp_list_activity'], ['/3.0/lists', '/3.0/lists/aa11/activity', '/3.0/lists/bb22/activity']],
    [['mailchimp_campaign'], ['/3.0/reports']],
    [['mailchimp_automation'], ['/3.0/automations']],
    [[], []],
  ])('asks only for what is selected: %s', async (only, paths) => {
    const { points, standIn } = await runAt(mailchimp, world, { asked: { windows: {}, only } });
    expect(standIn.requests.map(({ path }) => path)).toEqual(paths);
    expect([...new Set(points.map(({ measurement }) => measurement))]).toEqual(only);
  });

  it('needs no more than its target to collect a list again', async () => {
    const settings = mailchimp.settings.parse({ apiKey: runKey });
    const [lists] = mailchimp.targets(settings, { windows: {} }) as readonly { readonly parts: object }[];
    const again = { ...mailchimp, targets: () => [{ kind: 'list', id: 'bb22', parts: lists?.parts }] };
    const { points, standIn } = await runAt(again, world);
    expect(points.map(({ measurement, tags }) => `${measurement} ${tags.list}`)).toEqual(['mailchimp_list bb22']);
    expect(standIn.requests).toHaveLength(3);
  });
});

describe('windows', () => {
  const days = ['2026-11-22', '2026-11-21', '2026-11-20', '2026-11-19', '2026-11-18'];
  const months = ['2026-12', '2026-11', '2026-10', '2026-09'];
  const campaigns = [
    { id: 'late', sent: '2026-11-20T00:00:00+00:00' },
    { id: 'last', sent: '2026-11-19T23:59:59+00:00' },
    { id: 'first', sent: '2026-11-18T00:00:00+00:00' },
    { id: 'early', sent: '2026-11-17T23:59:59+00:00' },
  ];
  const window = (from: string, to: string) => ({ from: new Date(from), to: new Date(to) });
  const stamps = async (asked: Asked) => {
    const { points } = await runAt(mailchimp, { lists: [{ id: 'aa11', days, months }], campaigns }, { asked });
    return points.filter(({ measurement }) => asked.only?.includes(measurement)).map(({ time }) => time.toISOString().slice(0, 19));
  };

  it('of days are honoured, from the whole day to before the end', async () => {
    const windows = { mailchimp_list_activity: window('2026-11-19T15:00:00Z', '2026-11-21T00:00:00Z') };
    expect(await stamps({ windows, only: ['mailchimp_list_activity'] })).toEqual(['2026-11-20T00:00:00', '2026-11-19T00:00:00']);
  });

  it('of months are honoured', async () => {
    const windows = { mailchimp_list_growth: window('2026-10-01T00:00:00Z', '2026-11-21T20:00:00Z') };
    expect(await stamps({ windows, only: ['mailchimp_list_growth'] })).toEqual(['2026-11-01T00:00:00', '2026-10-01T00:00:00']);
  });

  it('of campaigns are half-open, to the second', async () => {
    const windows = { mailchimp_campaign: window('2026-11-18T00:00:00Z', '2026-11-20T00:00:00Z') };
    expect(await stamps({ windows, only: ['mailchimp_campaign'] })).toEqual(['2026-11-19T23:59:59', '2026-11-18T00:00:00']);
  });

  it('are asked of Mailchimp with a second more on each side, in its own form of time', async () => {
    const windows = { mailchimp_campaign: window('2026-11-18T00:00:00Z', '2026-11-20T00:00:00.500Z') };
    const { standIn } = await runAt(mailchimp, { lists: [], campaigns }, { asked: { windows, only: ['mailchimp_campaign'] } });
    const query = standIn.requests[0]?.query;
    expect(query?.get('since_send_time')).toBe('2026-11-17T23:59:59+00:00');
    expect(query?.get('before_send_time')).toBe('2026-11-20T00:00:02+00:00');
  });

  it('that were not asked for are all there is, but for what is ahead of the clock; of campaigns `reportsSince`', async () => {
    const all = { lists: [{ id: 'aa11', days, months }], campaigns };
    const { points } = await runAt(mailchimp, all, { settings: { reportsSince: '2d' } });
    const of = (name: string) => points.filter(({ measurement }) => measurement === name);
    expect(of('mailchimp_list_activity').map(({ time }) => time.getUTCDate())).toEqual([21, 20, 19, 18]);
    expect(of('mailchimp_list_growth').map(({ time }) => time.getUTCMonth() + 1)).toEqual([11, 10, 9]);
    // Two days before 21 November, 20:00, and that day whole.
    expect(of('mailchimp_campaign').map(({ tags }) => tags.campaign)).toEqual(['late', 'last']);
  });

  it('are known of every measurement with a past, and campaigns may change for 14 days', () => {
    const settings = mailchimp.settings.parse({ apiKey: runKey, reportsSince: '30d' });
    expect(Object.fromEntries(mailchimp.measurements(settings).map((one) => [one.name, [one.time, one.history]]))).toEqual({
      mailchimp_list: ['snapshot', undefined],
      mailchimp_list_activity: ['day', { depth: '180d', first: '180d', settle: '3d' }],
      mailchimp_list_growth: ['month', { first: '9125d', settle: '3d' }],
      mailchimp_campaign: ['event', { first: '30d', settle: '14d' }],
      mailchimp_automation: ['snapshot', undefined],
    });
  });
});

describe('targets', () => {
  const settings = mailchimp.settings.parse({ apiKey: runKey });

  it('are plain JSON, with the windows in them', () => {
    const window = { from: new Date('2026-11-18T00:00:00Z'), to: at };
    const targets = mailchimp.targets(settings, { windows: { mailchimp_list_activity: window, mailchimp_campaign: window } });
    const range = { from: '2026-11-18T00:00:00.000Z', to: '2026-11-21T20:00:00.000Z' };
    expect(targets).toEqual([
      { kind: 'lists', parts: { snapshot: true, activity: range, growth: {} } },
      { kind: 'campaigns', range },
      { kind: 'automations' },
    ]);
    expect(targets.map((target) => mailchimp.label(target))).toEqual(['lists', 'campaigns', 'automations']);
  });

  it('cost what they ask for', () => {
    const costs = [{ snapshot: true }, { snapshot: true, activity: {} }, { snapshot: false, activity: {}, growth: {} }];
    expect(costs.map((parts) => mailchimp.cost?.({ kind: 'list', id: 'aa11', parts }))).toEqual([1, 1, 2]);
  });

  it('hold one limit with all instances of the key, by whatever address they ask', () => {
    expect(mailchimp.limits(settings)).toMatchObject([{ concurrency: 8 }]);
    const limiter = createLimiter({ clock: createTestClock(), concurrency: 64 });
    const gates = [
      undefined,
      'https://us19.api.mailchimp.com',
      'https://us19.api.mailchimp.com/3.0',
      'https://proxy.example/mailchimp',
    ].map((baseUrl) => {
      const [limit] = mailchimp.limits(mailchimp.settings.parse({ apiKey: runKey, ...(baseUrl !== undefined && { baseUrl }) }));
      return limiter.gate(limit as Limit);
    });
    expect(new Set(gates).size).toBe(1);
    const [other] = mailchimp.limits(mailchimp.settings.parse({ apiKey: 'fedcba9876543210fedcba9876543210-us19' }));
    expect(gates).not.toContain(limiter.gate(other as Limit));
  });
});
