import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import { checkAll } from '../../testing/contract/check.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { bodyFault } from '../../testing/stand-in.ts';
import {
  createAccount,
  type GoogleAnalyticsOptions,
  metricText,
  startGoogleAnalytics,
} from '../../testing/stand-ins/google-analytics/index.ts';
import { googleAnalytics } from './index.ts';

const account = createAccount();
const now = new Date('2026-11-21T20:00:00.000Z');

/** Six reports: two batches. */
const reports = [
  { name: 'traffic', metrics: ['sessions', 'engagementRate'], dimensions: ['newVsReturning'] },
  { name: 'docs', metrics: [{ name: 'screenPageViews', as: 'views' }], dimensions: ['pagePath'], where: { hostName: ['one', 'three'] } },
  { name: 'shop', metrics: ['purchaseRevenue'] },
  ...['a', 'b', 'c'].map((name) => ({ name, metrics: ['sessions'] })),
];
const window = { from: new Date('2026-11-18T00:00:00.000Z'), to: now };
const asked = { windows: Object.fromEntries(reports.map(({ name }) => [`google_analytics_${name}`, window])) };

async function started(options: Partial<GoogleAnalyticsOptions> = {}) {
  const standIn = await startGoogleAnalytics({ properties: [{ id: '1' }, { id: '2' }], account, now: () => now, ...options });
  onTestFinished(() => standIn.close());
  const settings = { properties: ['1'], credentials: account.key, transport: 'rest', baseUrl: standIn.url };
  return { standIn, settings };
}

async function collected(own: object, options: Partial<GoogleAnalyticsOptions> = {}, more: CollectAllOptions = {}) {
  const { standIn, settings } = await started(options);
  const seen = await collectAll(googleAnalytics, { ...settings, ...own }, { clock: createTestClock(now.toISOString()), ...more });
  expect(standIn.unexpected).toEqual([]);
  return { ...seen, standIn };
}

providerContract(googleAnalytics, {
  at: now,
  asked,
  async start() {
    const standIn = await startGoogleAnalytics({ properties: [{ id: '1' }, { id: '2' }], account, now: () => now });
    const settings = { properties: ['1', '2'], credentials: account.key, transport: 'rest', baseUrl: standIn.url, reports };
    return { settings, standIn, close: () => standIn.close() };
  },
  requests: ['1', '1', '2', '2'].map((id) => `POST /v1beta/properties/${id}:batchRunReports`),
  // Four days of each property: three kinds of visitors, two paths, and four without a dimension.
  points: 2 * 4 * (3 + 2 + 4),
});

describe('google-analytics: what is asked', () => {
  it('is the window in dates of the property, five reports at once, in a stable order, with the quota', async () => {
    const { standIn } = await collected({ reports }, {}, { asked });
    const [first, second] = standIn.requests.map(({ body }) => JSON.parse(body).requests);
    expect([first.length, second.length]).toEqual([5, 1]);
    expect(first[0]).toMatchObject({
      dimensions: [{ name: 'date' }, { name: 'newVsReturning' }],
      dateRanges: [{ startDate: '2026-11-18', endDate: '2026-11-21' }],
      orderBys: [{ dimension: { dimensionName: 'date' } }, { dimension: { dimensionName: 'newVsReturning' } }],
      returnPropertyQuota: true,
      limit: '10000',
    });
  });

  it('is of the selected measurements only, and of a narrowed target the reports that failed', async () => {
    const settings = googleAnalytics.settings.parse({ properties: ['1', '2'], reports });
    expect(googleAnalytics.targets(settings, { windows: {}, only: ['google_analytics_docs'] })).toEqual([
      { property: '1', reports: [{ name: 'docs' }] },
      { property: '2', reports: [{ name: 'docs' }] },
    ]);
    expect(googleAnalytics.targets(settings, { windows: {}, only: [] })).toEqual([]);
    const [target] = googleAnalytics.targets(settings, asked);
    expect(googleAnalytics.narrow?.(target, ['shop'])).toEqual({
      property: '1',
      reports: [{ name: 'shop', from: window.from.toISOString(), to: window.to.toISOString() }],
    });
    expect(googleAnalytics.narrow?.(target, ['gone'])).toBe(target);
    expect(googleAnalytics.cost?.(target)).toBe(2);
  });

  it('is nothing before the day from which Google tells, and one limit a property', async () => {
    const old = { from: new Date('2015-01-01T00:00:00.000Z'), to: new Date('2015-08-16T00:00:00.000Z') };
    const { standIn } = await collected({}, {}, { asked: { windows: { google_analytics_traffic: old } } });
    expect(JSON.parse(standIn.requests[0]?.body ?? '').requests[0].dateRanges).toEqual([
      { startDate: '2015-08-14', endDate: '2015-08-15' },
    ]);
    const older = { from: old.from, to: new Date('2015-02-01T00:00:00.000Z') };
    const none = await collected({}, {}, { asked: { windows: { google_analytics_traffic: older } } });
    expect([none.points, none.standIn.requests, none.errors.size]).toEqual([[], [], 0]);
    const keys = googleAnalytics.limits(googleAnalytics.settings.parse({ properties: ['1', '2'] })).map(({ key }) => key);
    expect(keys).toEqual(['1', '2'].map((id) => ['google-analytics', 'https://analyticsdata.googleapis.com', id]));
  });
});

describe('google-analytics: points', () => {
  it('are what each row says, at 00:00Z of its date', async () => {
    const { points } = await collected({}, {}, { asked });
    const of = (metric: string) => Number(metricText({ id: '1' }, '2026-11-20', ['new'], metric));
    expect(points.find(({ time, tags }) => time.toISOString().startsWith('2026-11-20') && tags.new_vs_returning === 'new')).toEqual({
      measurement: 'google_analytics_traffic',
      tags: { property: '1', new_vs_returning: 'new' },
      time: new Date('2026-11-20T00:00:00.000Z'),
      fields: {
        sessions: of('sessions'),
        total_users: of('totalUsers'),
        new_users: of('newUsers'),
        active_users: of('activeUsers'),
        sessions_per_user: of('sessionsPerUser'),
        average_session_duration_s: of('averageSessionDuration'),
        engagement_s: of('userEngagementDuration'),
        views: of('screenPageViews'),
        views_per_session: of('screenPageViewsPerSession'),
      },
    });
  });

  it('lack a ratio that cannot be one, which is told once, and nothing else', async () => {
    const { standIn, settings } = await started({ pageRows: 5 });
    interface Json {
      readonly reports: readonly { readonly rows: readonly { readonly metricValues: readonly { value: string }[] }[] }[];
    }
    standIn.misbehave(
      bodyFault('nan', (json: Json) => {
        for (const { rows } of json.reports)
          for (const { metricValues } of rows.slice(0, 1)) Object.assign(metricValues[1] ?? {}, { value: '1.02' });
        return json;
      }),
    );
    const one = { ...settings, reports: reports.slice(0, 1) };
    const { points, problems } = await collectAll(googleAnalytics, one, { asked, clock: createTestClock(now.toISOString()) });
    // Three pages, of each of which the first row is odd.
    expect(points).toHaveLength(12);
    expect(points.filter(({ fields }) => Object.keys(fields).join() === 'sessions')).toHaveLength(3);
    const message = 'engagementRate is no ratio from 0 to 1 in 3 rows (in the first it is 1.02), and left out there';
    expect(problems).toEqual([{ item: 'traffic', kind: 'invalid-answer', message }]);
  });

  it('are none where there is no row: of a day without data, and of one whose numbers are all 0', async () => {
    const properties = [{ id: '1', silent: ['2026-11-19'], zero: ['2026-11-20'] }];
    const days = (points: readonly { time: Date }[]) => [...new Set(points.map(({ time }) => time.toISOString().slice(8, 10)))];
    const { points, problems, notices } = await collected({}, { properties }, { asked });
    expect(days(points)).toEqual(['18', '21']);
    expect([problems, notices]).toEqual([[], []]);
    const report = { name: 'traffic', metrics: ['sessions'], keepEmpty: true };
    const kept = await collected({ reports: [report] }, { properties }, { asked });
    expect(days(kept.points)).toEqual(['18', '20', '21']);
    expect(kept.points[1]?.fields).toEqual({ sessions: 0 });
  });

  it('are none of an empty property, which is no error', async () => {
    const properties = [{ id: '1', values: { newVsReturning: [] } }];
    const { points, errors, problems } = await collected({}, { properties }, { asked });
    expect([points, errors.size, problems]).toEqual([[], 0, []]);
  });

  it('come from all pages', async () => {
    const { points, standIn } = await collected({}, { pageRows: 5 }, { asked });
    expect(points).toHaveLength(12);
    expect(standIn.requests.map(({ body }) => JSON.parse(body).requests[0].offset ?? '0')).toEqual(['0', '5', '10']);
  });

  it('keep apart what has no name from "(not set)" and "(other)"', async () => {
    const properties = [{ id: '1', values: { newVsReturning: ['', '(not set)', '(other)'] } }];
    const { points } = await collected({}, { properties }, { asked });
    expect([...new Set(points.map(({ tags }) => tags.new_vs_returning))]).toEqual(['(empty)', '(not set)', '(other)']);
  });

  it('carry the currency, and leave out what the credentials may not see', async () => {
    const shop = [{ name: 'shop', metrics: ['sessions', 'purchaseRevenue'] }];
    const euros = [{ id: '1', currencyCode: 'EUR' }];
    const { points } = await collected({ reports: shop }, { properties: euros }, { asked });
    expect(points[0]?.fields).toEqual({
      sessions: expect.any(Number),
      purchase_revenue: expect.any(Number),
      currency: 'EUR',
    });
    const metadata = {
      schemaRestrictionResponse: { activeMetricRestrictions: [{ metricName: 'purchaseRevenue', restrictedMetricTypes: [2] }] },
    };
    const blind = await collected({ reports: shop }, { properties: [{ id: '1', metadata }] }, { asked });
    expect(blind.points.map(({ fields }) => Object.keys(fields))).toEqual(Array(4).fill(['sessions']));
    expect(blind.problems).toMatchObject([{ item: 'shop', kind: 'forbidden', message: expect.stringContaining('purchaseRevenue') }]);
  });

  it('have no user and no query of an address in a tag, whatever the dimension is called', async () => {
    const secrets = ['token-0123456789', 'pass-0123456789'];
    const values = ['/cart', `/cart?key=${secrets[0]}`, '/cart?mail=ada@example.org', `https://ada:${secrets[1]}@example.org/`];
    const report = { name: 'links', metrics: ['sessions', 'eventCount'], dimensions: ['customEvent:what'] };
    const one = { id: '1', values: { 'customEvent:what': values }, silent: ['2026-11-18', '2026-11-19', '2026-11-21'] };
    const { points, notices, problems } = await collected(
      { reports: [report] },
      { properties: [one] },
      { asked: { windows: { google_analytics_links: window } } },
    );
    const [plain, first, second, user] = values.map((value) => {
      const [sessions, events] = report.metrics.map((metric) => Number(metricText(one, '2026-11-20', [value], metric)));
      return { sessions: Number(sessions), events: Number(events) };
    });
    expect(points.map(({ tags, fields }) => [tags.custom_event_what, fields])).toEqual([
      ['/cart', { sessions: plain?.sessions, event_count: plain?.events }],
      ['/cart?', { event_count: Number(first?.events) + Number(second?.events) }],
      ['https://@example.org/', { event_count: user?.events }],
    ]);
    const message =
      '3 rows have addresses with a user or a query, which are no tag: those that are alike without it are one point, without sessions, which cannot be added up';
    expect(notices).toEqual([{ item: 'links', message }]);
    expect(problems).toEqual([]);
    expect(JSON.stringify([points, notices])).not.toMatch(/0123456789|ada/);
  });

  it('know the filters of the config', async () => {
    const path = { pagePath: ['/a', '/b', '/docs/x', '/docs/y'] };
    const paths = async (where: object) => {
      const report = { name: 'docs', metrics: ['sessions'], dimensions: ['pagePath'], where };
      const { points } = await collected({ reports: [report] }, { properties: [{ id: '1', values: path }] }, { asked });
      return [...new Set(points.map(({ tags }) => tags.page_path))].join(' ');
    };
    expect(await paths({ pagePath: '/a' })).toBe('/a');
    expect(await paths({ pagePath: ['/a', '/b'] })).toBe('/a /b');
    expect(await paths({ pagePath: { contains: 'docs' } })).toBe('/docs/x /docs/y');
    expect(await paths({ pagePath: { matches: '/docs/[xz]' } })).toBe('/docs/x');
    expect(await paths({ pagePath: { not: ['/a', '/b'] }, country: 'one' })).toBe('/docs/x /docs/y');
  });
});

describe('google-analytics: days of the property', () => {
  it.each(['Asia/Tokyo', 'America/Los_Angeles', 'UTC'])('the session says %s', async (timeZone) => {
    const { settings } = await started({ properties: [{ id: '1', timeZone }] });
    const zones: unknown[] = [];
    const watched = {
      ...googleAnalytics,
      async connect(...given: Parameters<typeof googleAnalytics.connect>) {
        const session = await googleAnalytics.connect(...given);
        return {
          ...session,
          async *collect(target: unknown, context: Parameters<typeof session.collect>[1]) {
            for await (const point of session.collect(target, context)) {
              zones.push(session.zone?.(target));
              yield point;
            }
          },
        };
      },
    };
    await collectAll(watched, settings, { clock: createTestClock(now.toISOString()), asked });
    expect(new Set(zones)).toEqual(new Set([timeZone]));
  });

  it('a zone that nobody knows is told, and the days count as long as any', async () => {
    const { notices, points } = await collected({}, { properties: [{ id: '1', timeZone: 'UTC', metadata: { timeZone: 'Mars/Base' } }] });
    expect(points.length).toBeGreaterThan(0);
    expect(notices).toEqual([{ item: 'traffic', message: expect.stringContaining('time zone is not known here') }]);
  });
});

describe('google-analytics: notices', () => {
  it('say what makes the numbers less than the whole', async () => {
    const metadata = {
      subjectToThresholding: true,
      dataLossFromOtherRow: true,
      samplingMetadatas: [{ samplesReadCount: '250', samplingSpaceSize: '1000' }],
      dataTruncationReasons: [{ dataTruncationType: 8, dataTruncationMessage: 'past its retention', dataTruncationDate: '2026-01-01' }],
    };
    const { notices, problems } = await collected({}, { properties: [{ id: '1', metadata }], pageRows: 5 });
    expect(notices.map(({ item, message }) => `${item}: ${message}`)).toEqual([
      'traffic: rows with few users may be withheld (thresholding): what is missing is not zero',
      'traffic: the numbers are sampled: estimated from 25.0 % of the events',
      expect.stringContaining('"(other)"'),
      'traffic: data is cut off before 2026-01-01: past its retention',
    ]);
    expect(problems).toEqual([]);
  });

  it('say why a report is empty', async () => {
    const properties = [{ id: '1', values: { newVsReturning: [] }, metadata: { emptyReason: 'NO_DATA' } }];
    const { notices } = await collected({}, { properties });
    expect(notices).toEqual([{ item: 'traffic', message: 'the report is empty: NO_DATA' }]);
  });
});

describe('google-analytics: one bad report', () => {
  it('is a problem of its own, and the others of its batch are collected', async () => {
    const wrong = { name: 'wrong', metrics: ['noSuchMetric'] };
    const { points, problems, errors, standIn } = await collected({ reports: [reports[0], wrong, reports[2]] }, {}, { asked });
    expect(new Set(points.map(({ measurement }) => measurement))).toEqual(new Set(['google_analytics_traffic', 'google_analytics_shop']));
    expect(problems).toEqual([
      { item: 'wrong', kind: 'config', message: expect.stringContaining('Field noSuchMetric is not a valid metric.') },
    ]);
    expect(errors.size).toBe(0);
    // The batch, and each of the three.
    expect(standIn.requests).toHaveLength(4);
  });

  it('a property that may not be read ends alone', async () => {
    const { points, errors } = await collected({ properties: ['404', '2'] }, {}, { asked });
    expect([...errors.keys()]).toEqual(['property 404']);
    expect(errors.get('property 404')).toMatchObject({ kind: 'forbidden', message: expect.stringContaining('role Viewer') });
    expect(points.length).toBe(12);
  });
});

describe('google-analytics: the quota', () => {
  it('is told, the scarcest of the tokens', async () => {
    const { quotas } = await collected({}, {}, { asked });
    expect(quotas).toEqual([{ remaining: 14_000 - 8, resetAt: new Date('2026-11-21T21:00:00.000Z') }]);
    const daily = await collected({}, { properties: [{ id: '1', tokens: { day: 100 } }] }, { asked });
    // At noon in California.
    expect(daily.quotas).toEqual([{ remaining: 92, resetAt: new Date('2026-11-22T08:00:00.000Z') }]);
  });

  it('is not used up: what may be the last of it is left to others, and that is told', async () => {
    const { points, errors, standIn } = await collected({}, { properties: [{ id: '1', tokens: { day: 30 } }], pageRows: 5 }, { asked });
    expect(points).toHaveLength(10);
    expect(standIn.requests).toHaveLength(2);
    expect(errors.get('property 1')).toMatchObject({
      kind: 'quota',
      message: expect.stringMatching(/^14 are left of the tokens of the property for this day, and 1 more requests may take 8/),
    });
  });

  it('is not used up either where reports are asked for one by one', async () => {
    const wrong = { name: 'wrong', metrics: ['noSuchMetric'] };
    const properties = [{ id: '1', tokens: { day: 30 } }];
    const { points, problems, errors, standIn } = await collected({ reports: [wrong, ...reports.slice(0, 4)] }, { properties }, { asked });
    // The batch and the wrong one take nothing, and two take 8 each: the 14 that are left would not do for two more.
    expect(standIn.requests).toHaveLength(4);
    expect(new Set(points.map(({ measurement }) => measurement))).toEqual(new Set(['google_analytics_traffic', 'google_analytics_docs']));
    expect(problems.map(({ item }) => item)).toEqual(['wrong']);
    expect(errors.get('property 1')).toMatchObject({ kind: 'quota', message: expect.stringMatching(/^14 are left/) });
  });

  it('of server errors is left to others as well', async () => {
    const at = (serverErrors: number) => collected({}, { properties: [{ id: '1', serverErrors }], pageRows: 5 }, { asked });
    const few = await at(3);
    expect([few.points.length, few.standIn.requests.length]).toEqual([5, 1]);
    expect(few.errors.get('property 1')).toMatchObject({
      kind: 'quota',
      message: expect.stringMatching(/^3 are left of the server errors/),
    });
    const enough = await at(4);
    expect([enough.points.length, enough.errors.size]).toEqual([12, 0]);
  });

  it('of the day ends the property at once; one of the hour is waited for as long as the run lasts', async () => {
    const day = await collected({}, { properties: [{ id: '1', tokens: { day: 5 } }] });
    expect(day.errors.get('property 1')).toMatchObject({ kind: 'quota', message: expect.stringContaining('midnight, Pacific time') });
    expect(day.retries).toBe(0);
    const hour = await collected({}, { properties: [{ id: '1', tokens: { hour: 5 } }] });
    expect(hour.errors.get('property 1')).toMatchObject({ kind: 'quota', message: expect.stringContaining('does not wait that long') });
    const longer = await collected({}, { properties: [{ id: '1', tokens: { hour: 5 } }] }, { deadlineMs: 2 * 3_600_000 });
    // An hour, and another.
    expect(longer.retries).toBe(2);
  });
});

describe('google-analytics: check', () => {
  it('tells of the credentials and of each property', async () => {
    const { settings, standIn } = await started();
    const seen = await checkAll(googleAnalytics, { ...settings, properties: ['1', '404'], reports }, { clock: createTestClock() });
    expect(seen.findings).toEqual([
      { check: 'credential', status: 'ok', message: `${account.email} can sign` },
      { check: 'property 1', status: 'ok', message: '6 of 6 reports are answered; 13952 tokens are left' },
      { check: 'property 404', status: 'error', message: expect.stringContaining('role Viewer'), mend: expect.any(String) },
    ]);
    expect(standIn.unexpected).toEqual([]);
  });

  it('tells of a report that Google refuses, and of credentials that are none', async () => {
    const { settings } = await started();
    const wrong = await checkAll(googleAnalytics, { ...settings, reports: [{ name: 'wrong', metrics: ['noSuchMetric'] }] });
    expect(wrong.findings[1]).toMatchObject({ check: 'property 1', status: 'error', mend: 'correct "reports"' });
    const none = await checkAll(googleAnalytics, { ...settings, credentials: 'service-account.json' });
    expect(none.findings).toEqual([
      { check: 'credential', status: 'error', message: expect.stringContaining('is not JSON'), mend: expect.any(String) },
    ]);
  });
});
