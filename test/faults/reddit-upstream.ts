import { postsOn, type RedditPost, type Subreddit, startReddit as startStandIn } from '../../src/testing/stand-ins/reddit/index.ts';
import type { Row, Upstream, UpstreamOptions } from './upstreams.ts';

/** A row whose time the upstream names; without it, that of the run. */
export interface DatedRow extends Row {
  readonly time?: string;
}

/** What the first run asks for at 2026-11-21T20:00Z. */
const days = Array.from({ length: 8 }, (_, place) => `2026-11-${14 + place}`);

/** Two subreddits at once: their counts, and eight days of posts; three pages of the first where `pages` is set. */
export async function startReddit({ world, pages, now }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `REDDIT_SECRET_OF_${world}`, value: `reddit-${world}-0123456789` };
  const many = pages ? [...postsOn('2026-11-18', 80), ...postsOn('2026-11-20', 120)] : postsOn('2026-11-20', 3);
  const subreddits: readonly Subreddit[] = [
    { name: `${world}_One`, subscribers: 4000, activeUsers: 12, posts: [...postsOn('2026-11-13', 1), ...many] },
    { name: `${world}_Two`, subscribers: 90, activeUsers: 1, posts: [...postsOn('2026-11-13', 1), ...postsOn('2026-11-20', 2)] },
  ];
  const standIn = await startStandIn({
    subreddits,
    clientId: 'ada',
    clientSecret: secret.value,
    // A token that got out would be found as the secret is.
    token: (number) => `${secret.value}-token-${number}`,
    limit: 1_000_000,
    now,
  });
  return {
    standIn,
    secret,
    entry: {
      type: 'reddit',
      clientId: 'ada',
      clientSecret: `\${${secret.name}}`,
      userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)',
      subreddits: subreddits.map(({ name }) => name.toLowerCase()),
      baseUrl: standIn.url,
      authUrl: standIn.authUrl,
      // A later run asks for the same days.
      settle: '7d',
    },
    truth: () => subreddits.flatMap(rowsOf),
  };
}

function rowsOf({ name, subscribers, activeUsers, posts = [] }: Subreddit): readonly DatedRow[] {
  const tags = { subreddit: name };
  return [
    { measurement: 'reddit_subreddit', tags, fields: { subscribers: Number(subscribers), active_users: Number(activeUsers) } },
    ...days.map((day) => ({ measurement: 'reddit_posts', tags, fields: sumOf(posts, day), time: `${day}T00:00:00.000Z` })),
  ];
}

function sumOf(posts: readonly RedditPost[], day: string) {
  const own = posts.filter(({ created }) => created.startsWith(day));
  return {
    posts: own.length,
    score: own.reduce((sum, { score = 0 }) => sum + score, 0),
    comments: own.reduce((sum, { comments = 0 }) => sum + comments, 0),
  };
}
