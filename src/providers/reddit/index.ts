import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { type Asked, defineProvider } from '../../sdk/provider.ts';
import { check } from './check.ts';
import { type Client, createClient } from './client.ts';
import { judge } from './judge.ts';
import { redditPosts, redditSubreddit } from './measurements.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';
import { findSubreddit, keyOf, postPoints, subredditPoints } from './subreddit.ts';

/** One subreddit. */
export interface Target {
  readonly subreddit: string;
  /** Whether its counts are taken as they stand. */
  readonly snapshot: boolean;
  /** The window whose days are counted, in ISO 8601. */
  readonly days?: { readonly from: string; readonly to: string };
}

/** Subreddits, for those whose app Reddit has approved. */
export const reddit = defineProvider<Settings, Target>({
  name: 'reddit',
  help: 'Subreddits on Reddit: subscribers, who is there, and posts with their score and comments by day.',
  settings: Settings,
  example: {
    clientId: 'p-jcoLKBynTLew',
    clientSecret: `\${REDDIT_CLIENT_SECRET}`,
    userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)',
    subreddits: ['typescript', 'dotnet'],
    baseUrl: 'https://oauth.reddit.com',
    authUrl: 'https://www.reddit.com/api/v1/access_token',
  },
  setup,
  measurements: () => [redditSubreddit, redditPosts],

  limits: ({ baseUrl, clientId }) => [
    {
      name: 'app',
      // 100 requests a minute for each app, on the average of ten: its answers say what is left.
      key: ['reddit', new URL(baseUrl).origin, clientId],
      concurrency: 4,
      source: 'https://support.reddithelp.com/hc/en-us/articles/16160319875092-Reddit-Data-API-Wiki',
    },
  ],

  targets({ subreddits }, asked) {
    const snapshot = wants(asked, redditSubreddit.name);
    const window = wants(asked, redditPosts.name) ? asked.windows[redditPosts.name] : undefined;
    if (!snapshot && window === undefined) return [];
    const days = window && { from: window.from.toISOString(), to: window.to.toISOString() };
    return subreddits.map((subreddit) => ({ subreddit, snapshot, ...(days && { days }) }));
  },

  label: ({ subreddit }) => `r/${subreddit}`,

  /** How many pages there are shows only when they are read: one, or up to ten. */
  cost: ({ days }) => (days ? 4 : 1),

  judge,

  async connect(settings, context) {
    const client = createClient(settings);
    await client.open(context);
    return {
      collect: (target, inner) => collect(target, client, inner),
      close: async () => {},
    };
  },

  check,
});

async function* collect({ subreddit, snapshot, days }: Target, client: Client, context: ProviderContext): AsyncGenerator<Point> {
  // Also where only its posts are wanted: it tells whether there is such a subreddit, and how it is spelt.
  const about = await findSubreddit(client, subreddit, context);
  context.identify(keyOf(about.name), about.name);
  if (snapshot) yield* subredditPoints(about, context);
  if (days) yield* postPoints(client, about, { from: new Date(days.from), to: new Date(days.to) }, context);
}

function wants(asked: Asked, measurement: string): boolean {
  return asked.only === undefined || asked.only.includes(measurement);
}
