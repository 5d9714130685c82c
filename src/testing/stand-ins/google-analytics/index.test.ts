import { sign } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAccount, type GaProperty, startGoogleAnalytics } from './index.ts';

const account = createAccount();
const now = new Date('2026-11-21T20:00:00.000Z');

function token(claims: object = {}, by = account): string {
  const seconds = Math.floor(Date.now() / 1000);
  const usual = {
    iss: by.email,
    sub: by.email,
    scope: 'https://www.googleapis.com/auth/analytics.readonly',
    iat: seconds,
    exp: seconds + 3600,
  };
  const parts = [{ alg: 'RS256' }, { ...usual, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signed = sign('RSA-SHA256', Buffer.from(parts.join('.')), JSON.parse(by.key).private_key);
  return [...parts, signed.toString('base64url')].join('.');
}

async function ask(
  property: Partial<GaProperty>,
  requests: readonly object[],
  given: { path?: string; bearer?: string; query?: string } = {},
) {
  const standIn = await startGoogleAnalytics({ properties: [{ id: '1', timeZone: 'UTC', ...property }], account, now: () => now });
  onTestFinished(() => standIn.close());
  const { path = '/v1beta/properties/1:batchRunReports', bearer = token(), query = '$alt=json%3Benum-encoding=int' } = given;
  const id = /(\d+):/.exec(path)?.[1];
  const response = await fetch(`${standIn.url}${path}?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'x-goog-request-params': `property=properties%2F${id}` },
    body: JSON.stringify({ requests }),
  });
  const text = await response.text();
  return { status: response.status, json: text.startsWith('{') ? JSON.parse(text) : text, unexpected: standIn.unexpected };
}

const request = {
  metrics: [{ name: 'sessions' }],
  dimensions: [{ name: 'date' }],
  dateRanges: [{ startDate: '2026-11-19', endDate: '2026-11-30' }],
};

describe('answers as the Data API', () => {
  it('with values as text, up to today, what is empty left out', async () => {
    const { status, json } = await ask({ silent: ['2026-11-19'], zero: ['2026-11-20'] }, [request, { ...request, keepEmptyRows: true }]);
    expect(status).toBe(200);
    const row = (date: string, value: unknown) => ({ dimensionValues: [{ value: date }], metricValues: [{ value }] });
    const metadata = { currencyCode: 'USD', timeZone: 'UTC' };
    const head = {
      dimensionHeaders: [{ name: 'date' }],
      metricHeaders: [{ name: 'sessions', type: 1 }],
      metadata,
      kind: 'analyticsData#runReport',
    };
    const today = row('20261121', expect.stringMatching(/^\d+$/));
    expect(json).toEqual({
      kind: 'analyticsData#batchRunReports',
      reports: [
        { ...head, rows: [today], rowCount: 1 },
        { ...head, rows: [row('20261120', '0'), today], rowCount: 2 },
      ],
    });
    const empty = await ask({}, [{ ...request, dateRanges: [{ startDate: '2026-11-22', endDate: '2026-11-30' }] }]);
    expect(empty.json.reports).toEqual([head]);
  });

  it('by the calendar of the property', async () => {
    const first = { ...request, dateRanges: [{ startDate: '2026-11-22', endDate: '2026-11-22' }] };
    expect((await ask({ timeZone: 'Asia/Tokyo' }, [first])).json.reports[0].rowCount).toBe(1);
  });

  it('in pages, in the order asked for, with the tokens that are left', async () => {
    const paged = {
      ...request,
      orderBys: [{ dimension: { dimensionName: 'date' } }],
      limit: '1',
      offset: '1',
      returnPropertyQuota: true,
    };
    const [report] = (await ask({ cost: 10, tokens: { hour: 100 } }, [paged])).json.reports;
    expect([report.rows.length, report.rowCount, report.rows[0].dimensionValues[0].value]).toEqual([1, 3, '20261120']);
    expect(report.propertyQuota).toMatchObject({
      tokensPerHour: { consumed: 10, remaining: 90 },
      tokensPerProjectPerHour: { consumed: 10, remaining: 25 },
    });
  });

  it.each([
    [{ ...request, metrics: [{ name: 'nope' }] }, 400, 'INVALID_ARGUMENT'],
    [{ ...request, dimensions: [{ name: 'nope' }] }, 400, 'INVALID_ARGUMENT'],
    [{ ...request, dateRanges: [{ startDate: '2015-08-13', endDate: '2026-11-20' }] }, 400, 'INVALID_ARGUMENT'],
    [{ ...request, dateRanges: [{ startDate: '2026-11-20', endDate: '2026-11-19' }] }, 400, 'INVALID_ARGUMENT'],
  ])('refuses what Google refuses: %#', async (wrong, code, status) => {
    const answer = await ask({}, [wrong]);
    expect(answer).toMatchObject({ status: code, json: { error: { code, status } }, unexpected: [] });
  });

  it('refuses six reports, tokens of others, too old, or of another scope, and properties that are not there', async () => {
    expect(await ask({}, Array(6).fill(request))).toMatchObject({ status: 400 });
    const others = [token({}, createAccount()), token({ exp: 1 }), token({ scope: 'email' }), 'ya29.none', 'a.b.c'];
    for (const bearer of others) expect(await ask({}, [request], { bearer })).toMatchObject({ status: 401, unexpected: [] });
    expect(await ask({}, [request], { path: '/v1beta/properties/2:batchRunReports' })).toMatchObject({ status: 403 });
    expect(await ask({ tokens: { hour: 5 } }, [request])).toMatchObject({
      status: 429,
      json: { error: { message: expect.stringContaining('per hour') } },
    });
  });

  it.each([
    ['a field that is not documented', [{ ...request, pageSize: 5 }], {}],
    ['a number where the API wants text', [{ ...request, limit: 5 }], {}],
    ['another method', [request], { path: '/v1beta/properties/1:runRealtimeReport' }],
    ['another query', [request], { query: 'alt=json' }],
  ])('does not expect %s', async (_, requests, given) => {
    expect((await ask({}, requests, given)).unexpected).toHaveLength(1);
  });
});
