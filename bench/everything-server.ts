import { manyRepositories, startGithub } from '../src/testing/stand-ins/github/index.ts';
import { createAccount, startGoogleAnalytics } from '../src/testing/stand-ins/google-analytics/index.ts';
import { startMailchimp } from '../src/testing/stand-ins/mailchimp/index.ts';
import { startNuget } from '../src/testing/stand-ins/nuget/index.ts';
import { postsOn, startReddit } from '../src/testing/stand-ins/reddit/index.ts';
import { startWebsite } from '../src/testing/stand-ins/website/index.ts';

/** Stand-ins with much to tell, each answer late; the entries that ask them, and the variables of those. */
export async function startEverything(latencyMs: number) {
  const account = createAccount();
  const key = '0123456789abcdef0123456789abcdef-us1';
  const properties = Array.from({ length: 50 }, (_, index) => ({ id: String(100_000_000 + index), timeZone: 'UTC' }));
  const lists = Array.from({ length: 200 }, (_, index) => ({
    id: `list${index}`,
    days: [dayAgo(1), dayAgo(2)],
    months: [dayAgo(0).slice(0, 7)],
  }));
  const campaigns = Array.from({ length: 1000 }, (_, index) => ({
    id: `campaign${index}`,
    title: `Campaign ${index}`,
    list: `list${index % 200}`,
    sent: `${dayAgo(index % 200)}T00:00:01+00:00`,
  }));
  const subreddits = Array.from({ length: 20 }, (_, index) => ({
    name: `sub${index}`,
    subscribers: 1000,
    posts: [20, 2, 1].flatMap((ago) => postsOn(dayAgo(ago), 20)),
  }));
  const packages = Array.from({ length: 1000 }, (_, index) => ({
    id: `Package.${index}`,
    owners: 'acme',
    versions: [{ version: '1.0.0', downloads: index }],
  }));
  const [github, analytics, mailchimp, reddit, nuget, website] = await Promise.all([
    startGithub({ repositories: manyRepositories('acme', 2000), latencyMs }),
    startGoogleAnalytics({ properties, account, now: () => new Date(), latencyMs }),
    startMailchimp({ key, lists, campaigns, automations: [], latencyMs }),
    startReddit({ subreddits, clientId: 'an-app', clientSecret: 'a-secret-of-the-app', latencyMs }),
    startNuget({ packages, latencyMs }),
    startWebsite({ latencyMs }),
  ]);
  return {
    env: {
      GOOGLE_KEY: account.key,
      MAILCHIMP_API_KEY: key,
      REDDIT_CLIENT_SECRET: 'a-secret-of-the-app',
      GITHUB_TOKEN: 'a-token-of-github',
    },
    providers: {
      github: { token: '${GITHUB_TOKEN}', orgs: [{ name: 'acme' }], baseUrl: github.url },
      'google-analytics': {
        properties: properties.map(({ id }) => id),
        credentials: '${GOOGLE_KEY}',
        transport: 'rest',
        baseUrl: analytics.url,
      },
      mailchimp: { apiKey: '${MAILCHIMP_API_KEY}', baseUrl: mailchimp.url },
      nuget: { packages: packages.map(({ id }) => id), serviceIndex: nuget.serviceIndex },
      reddit: {
        clientId: 'an-app',
        clientSecret: '${REDDIT_CLIENT_SECRET}',
        userAgent: 'linux:com.example.kpi-bench:1.0 (by /u/somebody)',
        subreddits: subreddits.map(({ name }) => name),
        baseUrl: reddit.url,
        authUrl: reddit.authUrl,
      },
      website: {
        sites: Array.from({ length: 500 }, (_, index) => ({
          name: `site-${index}`,
          url: `${website.url}/site/${index}`,
          match: 'Welcome',
        })),
        concurrency: 50,
      },
    },
  };
}

/** `2026-11-20`: so many days ago, UTC. */
function dayAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}
