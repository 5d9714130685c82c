import type { Setup } from '../../sdk/setup.ts';

/** What `kpi init` asks for Reddit. */
export const setup: Setup = {
  questions: [
    { setting: 'subreddits[]', ask: 'Reddit: subreddits', example: 'typescript, dotnet' },
    { setting: 'clientId', ask: 'Reddit: the id of your app (https://www.reddit.com/prefs/apps)', example: 'p-jcoLKBynTLew' },
    {
      setting: 'userAgent',
      ask: 'Reddit: how your app calls itself',
      example: 'linux:org.example.kpi:1.0 (by /u/somebody)',
    },
  ],
  secrets: [
    {
      setting: 'clientSecret',
      variable: 'REDDIT_CLIENT_SECRET',
      what: 'the secret of an app at Reddit',
      // https://support.reddithelp.com/hc/en-us/articles/42728983564564-Responsible-Builder-Policy
      scope: 'none beyond reading what is public; Reddit must have approved the app',
      url: 'https://www.reddit.com/prefs/apps',
    },
  ],
};
