/** A subreddit of the stand-in's Reddit. Plain data. */
export interface Subreddit {
  /** As Reddit spells it; it is found in any case. */
  readonly name: string;
  /** `null`: the field is there, and empty; `undefined`: 1000. */
  readonly subscribers?: number | null;
  readonly activeUsers?: number | null;
  /** Default 2012-10-01T00:00:00Z. */
  readonly created?: string;
  /** In any order. */
  readonly posts?: readonly RedditPost[];
  /** It is refused, or not there any more. */
  readonly state?: 'private' | 'quarantined' | 'gold_only' | 'banned';
}

export interface RedditPost {
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly score?: number;
  readonly comments?: number;
  /** Its category: it is listed all the same. */
  readonly removed?: string;
}

/** Posts of one day, spread over it: the first in its first second, the last in its last. Each has a score of 10 and 2 comments. */
export function postsOn(day: string, count: number, prefix = day.replaceAll('-', '')): readonly RedditPost[] {
  const start = Date.parse(`${day}T00:00:00Z`);
  return Array.from({ length: count }, (_, place) => {
    const second = count === 1 ? 0 : Math.floor((place * 86_399) / (count - 1));
    return { id: `${prefix}${place}`, created: new Date(start + second * 1000).toISOString(), score: 10, comments: 2 };
  });
}

/** https://www.reddit.com/dev/api/#GET_r_{subreddit}_about */
export function aboutOf(one: Subreddit) {
  const { name, subscribers = 1000, activeUsers = null } = one;
  return {
    kind: 't5',
    data: {
      id: `id_${name}`,
      name: `t5_${name}`,
      display_name: name,
      display_name_prefixed: `r/${name}`,
      title: name,
      subscribers,
      active_user_count: activeUsers,
      accounts_active: activeUsers,
      created_utc: seconds(one.created ?? '2012-10-01T00:00:00Z'),
      over18: false,
      subreddit_type: 'public',
    },
  };
}

export function thingOf(subreddit: Subreddit, post: RedditPost) {
  return {
    kind: 't3',
    data: {
      id: post.id,
      name: `t3_${post.id}`,
      subreddit: subreddit.name,
      title: 'A post',
      author: post.removed === undefined ? 'somebody' : '[deleted]',
      created_utc: seconds(post.created),
      score: post.score ?? 1,
      num_comments: post.comments ?? 0,
      removed_by_category: post.removed ?? null,
      stickied: false,
    },
  };
}

/** Newest first, and no more than Reddit's lists hold. */
export function newest({ posts = [] }: Subreddit, cap: number): readonly RedditPost[] {
  return posts.toSorted((one, other) => seconds(other.created) - seconds(one.created)).slice(0, cap);
}

function seconds(text: string): number {
  return Date.parse(text) / 1000;
}
