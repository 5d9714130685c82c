import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

function problems(given: object): readonly string[] {
  const parsed = Settings.safeParse({ properties: ['1'], ...given });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}
function ofReport(report: object): readonly string[] {
  return problems({ reports: [{ name: 'r', metrics: ['sessions'], ...report }] });
}

describe('Settings', () => {
  it('has defaults: the traffic by day and kind of visitor', () => {
    const settings = Settings.parse({ properties: [123, '456'] });
    expect(settings).toMatchObject({ properties: ['123', '456'], transport: 'grpc', baseUrl: 'https://analyticsdata.googleapis.com' });
    expect(settings.credentials).toBeUndefined();
    expect(settings.reports).toHaveLength(1);
    expect(settings.reports[0]).toMatchObject({ name: 'traffic', dimensions: [{ name: 'newVsReturning', tag: 'new_vs_returning' }] });
    expect(settings.reports[0]?.metrics.map(({ name, field }) => `${name} ${field}`)).toEqual([
      'sessions sessions',
      'totalUsers total_users',
      'newUsers new_users',
      'activeUsers active_users',
      'sessionsPerUser sessions_per_user',
      'averageSessionDuration average_session_duration_s',
      'userEngagementDuration engagement_s',
      'screenPageViews views',
      'screenPageViewsPerSession views_per_session',
    ]);
  });

  it('takes the key as text, from a file, and as an object, and shows it nowhere', () => {
    const key = { type: 'service_account', client_email: 'a@b', private_key: '-----BEGIN', project_id: 'p' };
    for (const credentials of [JSON.stringify(key), { file: 'key.json' }, { command: ['pass', 'ga'] }, key]) {
      const settings = Settings.parse({ properties: ['1'], credentials });
      expect(JSON.stringify(settings.credentials)).toBe('"***"');
    }
    expect(Settings.parse({ properties: ['1'], credentials: { file: 'key.json' } }).credentials?.source).toEqual({ file: 'key.json' });
    expect(JSON.parse(Settings.parse({ properties: ['1'], credentials: key }).credentials?.reveal() ?? '')).toEqual(key);
  });

  it.each([
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['https://analyticsdata.example', 'https://analyticsdata.example'],
  ])('takes %s', (baseUrl, meant) => {
    expect(Settings.parse({ properties: ['1'], baseUrl }).baseUrl).toBe(meant);
  });

  it('says in one sentence each what is wrong', () => {
    expect(problems({ properties: ['G-ABC123'] })).toEqual([
      'properties.0: must be the number of a GA4 property (Admin → Property details), not a measurement id (G-…)',
    ]);
    expect(problems({ properties: ['1', 1] })).toEqual(['properties.1: 1 stands twice in "properties"']);
    expect(problems({ baseUrl: 'https://a.example/v1beta' })).toEqual(['baseUrl: must be a host and a port alone']);
    expect(problems({ baseUrl: 'not an address' })[0]).toMatch(/^baseUrl: must be an http or https address/);
    const twice = ['a', 'a'].map((name) => ({ name, metrics: ['sessions'] }));
    expect(problems({ reports: twice })).toEqual(['reports.1: a stands twice in "reports": each report needs a name of its own']);
    expect(ofReport({ name: 'My Report' })[0]).toMatch(/^reports.0.name: must be of a-z/);
    expect(ofReport({ dimensions: ['date'] })).toEqual(['reports.0.dimensions.0: date is always asked for: it is the time of the points']);
    expect(ofReport({ dimensions: ['pagePath', 'pageLocation'] })).toEqual([
      'reports.0.dimensions.1: pageLocation holds whole addresses, whose query may be secret and is no tag: ask for pagePath, and hostName',
    ]);
    expect(ofReport({ metrics: ['sessions', { name: 'totalUsers', as: 'sessions' }] })).toEqual([
      'reports.0.metrics.1: totalUsers would be called "sessions", and so would something else: give it another with "as"',
    ]);
    expect(ofReport({ metrics: [{ name: 'sessions', as: 'value' }] })).toEqual([
      'reports.0.metrics.0: sessions would be called "value", which cannot be: give it another with "as"',
    ]);
    expect(ofReport({ metrics: ['purchaseRevenue', { name: 'sessions', as: 'currency' }] })).toHaveLength(1);
    expect(ofReport({ metrics: Array.from({ length: 11 }, (_, index) => `m${index}`) })).toHaveLength(1);
    expect(ofReport({ dimensions: Array.from({ length: 9 }, (_, index) => `d${index}`) })).toHaveLength(1);
    expect(ofReport({ where: { country: { like: 'x' } } })).toHaveLength(1);
    expect(ofReport({})).toEqual([]);
  });
});
