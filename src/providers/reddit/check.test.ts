import { describe, expect, it, onTestFinished } from 'vitest';
import { checkAll, expectWellFormed } from '../../testing/contract/check.ts';
import { type RedditOptions, startReddit } from '../../testing/stand-ins/reddit/index.ts';
import { reddit } from './index.ts';

async function check(options: Partial<RedditOptions>, settings: object) {
  const standIn = await startReddit({ subreddits: [{ name: 'here' }, { name: 'shut', state: 'private' }], ...options });
  onTestFinished(() => standIn.close());
  const app = { clientId: 'app-id', clientSecret: 'app-secret-0123456789', userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)' };
  const seen = await checkAll(reddit, { ...app, subreddits: ['here'], baseUrl: standIn.url, authUrl: standIn.authUrl, ...settings });
  expectWellFormed(seen);
  expect(standIn.unexpected).toEqual([]);
  return { ...seen, told: seen.findings.map(({ check: name, status }) => `${name} ${status}`) };
}

describe('the check', () => {
  it('finds all well', async () => {
    expect((await check({}, {})).told).toEqual(['credential ok', 'user agent ok', 'subreddits ok']);
  });

  it('tells of an app that is not accepted', async () => {
    const { findings, told } = await check({}, { clientId: 'other' });
    expect(told).toEqual(['credential error']);
    expect(findings[0]).toMatchObject({ message: 'Reddit does not accept the app', mend: expect.stringContaining('"clientSecret"') });
  });

  it('warns of a name that Reddit may block, and tells where it does', async () => {
    expect((await check({}, { userAgent: 'my own little kpi' })).told[1]).toBe('user agent warning');
    expect((await check({}, { userAgent: 'curl/8.0.0' })).error).toMatchObject({ kind: 'blocked' });
  });

  it('names subreddits that cannot be seen', async () => {
    const { findings } = await check({}, { subreddits: ['here', 'shut', 'gone'] });
    expect(findings.at(-1)).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^r\/shut: .*private.*; and 1 more like it$/),
    });
    expect((await check({}, { subreddits: ['gone'] })).findings.at(-1)).toMatchObject({ status: 'error' });
  });
});
