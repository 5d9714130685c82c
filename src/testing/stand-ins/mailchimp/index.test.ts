import { afterEach, describe, expect, it } from 'vitest';
import type { StandIn } from '../../stand-in.ts';
import { automationAnswer, dayAnswer, listAnswer, monthAnswer, reportAnswer } from './answers.ts';
import { activity, automations, growth, lists, reports } from './documented.ts';
import { type MailchimpOptions, startMailchimp } from './index.ts';

const opened: StandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

const world = {
  lists: [
    { id: 'aa', days: ['2026-11-20', '2026-11-19'], months: ['2026-10', '2026-11'] },
    { id: 'bb', openRate: null },
  ],
  campaigns: [
    { id: 'c1', list: 'aa', sent: '2026-11-01T10:00:00+00:00' },
    { id: 'c2', list: 'aa', sent: '2026-10-01T10:00:00+00:00' },
  ],
  automations: [{ id: 'w1', list: 'aa' }],
};

async function start(options: Partial<MailchimpOptions> = {}) {
  const standIn = await startMailchimp({ key: 'the-key-us1', ...world, ...options });
  opened.push(standIn);
  const get = async (path: string, key = 'the-key-us1', method = 'GET') => {
    const authorization = `Basic ${Buffer.from(`anybody:${key}`).toString('base64')}`;
    const response = await fetch(`${standIn.url}/3.0${path}`, { method, headers: { authorization } });
    const text = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), json: text.startsWith('{') ? JSON.parse(text) : text };
  };
  return { standIn, get };
}

describe('the stand-in of Mailchimp', () => {
  it('answers with ten items where nothing else is asked for, and with what the page leaves', async () => {
    const { get } = await start({ lists: Array.from({ length: 12 }, (_, place) => ({ id: `l${place}` })) });
    const { json } = await get('/lists');
    expect(json.lists.map(({ id }: { id: string }) => id)).toEqual(Array.from({ length: 10 }, (_, place) => `l${place}`));
    expect(json).toMatchObject({ total_items: 12, _links: [] });
    expect((await get('/lists?count=1000&offset=11')).json.lists).toHaveLength(1);
  });

  it('gives only the fields that are asked for', async () => {
    const { get } = await start();
    const { json } = await get('/lists?fields=lists.id,lists.stats.member_count,lists.stats.open_rate,total_items');
    expect(json).toEqual({
      lists: [
        { id: 'aa', stats: { member_count: expect.any(Number), open_rate: 21.5 } },
        { id: 'bb', stats: { member_count: expect.any(Number) } },
      ],
      total_items: 2,
    });
  });

  it('sorts months, keeps days in their order, and knows who has none', async () => {
    const { get } = await start();
    const { json } = await get('/lists/aa/growth-history?sort_field=month&sort_dir=DESC');
    expect(json.history.map(({ month }: { month: string }) => month)).toEqual(['2026-11', '2026-10']);
    expect((await get('/lists/aa/activity')).json).toMatchObject({ list_id: 'aa', total_items: 2, activity: [{ day: '2026-11-20' }, {}] });
    expect((await get('/lists/bb/activity')).json).toMatchObject({ activity: [], total_items: 0 });
    const gone = await get('/lists/cc/activity');
    expect(gone).toMatchObject({ status: 404, type: 'application/problem+json; charset=utf-8', json: { title: 'Resource Not Found' } });
  });

  it('gives the reports of a time', async () => {
    const { get } = await start();
    const { json } = await get('/reports?since_send_time=2026-10-01T10:00:00%2B00:00&before_send_time=2026-11-01T10:00:01%2B00:00');
    expect(json.reports.map(({ id }: { id: string }) => id)).toEqual(['c1']);
    expect((await get('/automations')).json.automations).toHaveLength(1);
    expect((await get('/ping')).json).toEqual({ health_status: "Everything's Chimpy!" });
  });

  it('accepts one key, whoever uses it', async () => {
    const { get, standIn } = await start();
    expect(await get('/ping', 'another')).toMatchObject({ status: 401, json: { title: 'API Key Invalid', status: 401 } });
    expect(standIn.unexpected).toEqual([]);
  });

  it.each([
    ['a parameter that is not documented', '/lists?sort=name'],
    ['one of another endpoint', '/lists?since_send_time=2026-10-01T10:00:00%2B00:00'],
    ['one that stands twice', '/lists?count=1&count=2'],
    ['more than a page may have', '/lists?count=1001'],
    ['a negative offset', '/lists?offset=-1'],
    ['a field that is not documented', '/reports?fields=reports.id,reports.opens.total'],
    ['a time in another form', '/reports?since_send_time=2026-10-01'],
    ['another order', '/lists/aa/growth-history?sort_field=day'],
    ['another resource', '/lists/aa/members'],
  ])('does not expect %s', async (_, path) => {
    const { get, standIn } = await start();
    expect((await get(path)).status).toBe(400);
    expect(standIn.unexpected).toHaveLength(1);
  });

  it('does not expect that something is changed', async () => {
    const { get, standIn } = await start();
    expect((await get('/lists', 'the-key-us1', 'DELETE')).status).toBe(400);
    expect(standIn.unexpected).toHaveLength(1);
  });
});

describe('its answers have only what is documented', () => {
  it.each([
    ['lists', lists, listAnswer({ id: 'aa' }, 0)],
    ['days', activity, dayAnswer('aa', '2026-11-20')],
    ['months', growth, monthAnswer('aa', '2026-11')],
    ['reports', reports, reportAnswer({ id: 'c1' })],
    ['automations', automations, automationAnswer({ id: 'w1' })],
  ] as const)('%s', (_, endpoint, item) => {
    const paths = Object.entries(item).flatMap(([name, value]) =>
      typeof value === 'object' && !Array.isArray(value) && !endpoint.fields.includes(name)
        ? Object.keys(value).map((inner) => `${name}.${inner}`)
        : [name],
    );
    expect(paths.filter((path) => !endpoint.fields.includes(path))).toEqual([]);
  });
});
