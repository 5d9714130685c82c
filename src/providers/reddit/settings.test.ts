import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

const app = { clientId: 'p-jcoLKBynTLew', clientSecret: 'app-secret-0123456789', userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)' };

describe('settings', () => {
  it('name each subreddit once, without r/', () => {
    const parsed = Settings.parse({ ...app, subreddits: ['r/TypeScript', '/r/dotnet', 'typescript'] });
    expect(parsed).toMatchObject({
      subreddits: ['typescript', 'dotnet'],
      baseUrl: 'https://oauth.reddit.com',
      authUrl: 'https://www.reddit.com/api/v1/access_token',
    });
  });

  it.each([
    [{ subreddits: [] }],
    [{ subreddits: ['a/b'] }],
    [{ subreddits: ['https://www.reddit.com/r/a'] }],
    [{ subreddits: ['aa'], clientId: 'a b' }],
    [{ subreddits: ['aa'], userAgent: '' }],
    [{ subreddits: ['aa'], userAgent: 'two\r\nlines: here' }],
    [{ subreddits: ['aa'], clientSecret: undefined }],
    [{ subreddits: ['aa'], baseUrl: 'https://user@oauth.reddit.com' }],
    [{ subreddits: ['aa'], authUrl: 'ftp://www.reddit.com' }],
  ])('refuse %j', (given) => {
    expect(Settings.safeParse({ ...app, ...given }).success).toBe(false);
  });
});
