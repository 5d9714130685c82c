import { z } from 'zod';

/** https://github.com/reddit-archive/reddit/wiki/OAuth2#application-only-oauth. The life is in seconds. */
export const Token = z
  .object({ access_token: z.string().min(1), expires_in: z.number().positive() })
  .transform((one) => ({ value: one.access_token, lifeMs: one.expires_in * 1000 }));

/** Anything that Reddit tells of. https://www.reddit.com/dev/api/#overview */
export const Thing = z.object({ kind: z.string(), data: z.unknown() });

/** A subreddit. Every count may be missing. https://www.reddit.com/dev/api/#GET_r_{subreddit}_about */
export const About = z
  .object({
    display_name: z.string().min(1),
    subscribers: z.unknown().optional(),
    active_user_count: z.unknown().optional(),
    accounts_active: z.unknown().optional(),
  })
  .transform((one) => ({
    name: one.display_name,
    counts: { subscribers: one.subscribers, active_users: one.active_user_count ?? one.accounts_active },
  }));
export type About = z.output<typeof About>;

/** One of its counts. They are read one by one, so that a bad one costs only itself. */
export const Count = z.int().min(0).nullish();

/** A page asks for at most 100; more than twice as many is no page. */
const mostItems = 200;

/** One page. Its items are read one by one, so that a bad one costs only its day. https://www.reddit.com/dev/api/#listings */
export const Page = z
  .object({
    kind: z.literal('Listing'),
    data: z.object({
      after: z.string().min(1).nullable(),
      children: z.array(z.unknown()).max(mostItems, `more than ${mostItems} posts on one page`),
    }),
  })
  .transform(({ data }) => ({ after: data.after ?? undefined, items: data.children }));
export type Page = z.output<typeof Page>;

const created = z.number().positive();

/** A post, as far as it is counted. A score may be negative. */
export const Post = z
  .object({
    kind: z.literal('t3'),
    data: z.object({
      name: z.string().min(1),
      created_utc: created,
      score: z.int(),
      num_comments: z.int().min(0),
      removed_by_category: z.string().nullish(),
    }),
  })
  .transform(({ data }) => ({
    name: data.name,
    /** Seconds. */
    created: data.created_utc,
    score: data.score,
    comments: data.num_comments,
    /** By its author, a moderator or Reddit: it does not stand any more. */
    isRemoved: (data.removed_by_category ?? '') !== '',
  }));
export type Post = z.output<typeof Post>;

/** What may be told of a post that is not well-formed. */
export const Traces = z.object({
  data: z.object({ name: z.string().optional().catch(undefined), created_utc: created.optional().catch(undefined) }),
});
