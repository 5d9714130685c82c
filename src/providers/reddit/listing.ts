import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Client } from './client.ts';
import { Page, Post, Traces } from './schema.ts';

/** Of a page. https://www.reddit.com/dev/api/#listings */
const limit = 100;
/** Lists end at about 1,000 items (https://www.reddit.com/r/redditdev/wiki/api/faq), of which those that were removed are left out. */
const mostPages = 25;

/** One item of the list: a post; or what is none, with what is known of it. */
interface Entry {
  /** Seconds; absent where it is not told. */
  readonly created?: number | undefined;
  readonly post?: Post;
}

/** The newest posts of a subreddit, in the order of the list: newest first. */
export interface Listing {
  readonly entries: readonly Entry[];
  /** The list came to a stop where it should not have, and that was told. */
  readonly broken: boolean;
}

/** So many posts older than what is wanted end the paging: one alone may be a stray. */
const olderPosts = 2;

/**
 * Pages through `/new` until posts are older than `oldest` (seconds), or until its end. Throws where the list is not in the order of time:
 * then nothing says how far back it tells of everything. What is no post vouches for nothing.
 */
export async function listPosts(client: Client, name: string, oldest: number, context: ProviderContext): Promise<Listing> {
  const entries: Entry[] = [];
  const seen = new Set<string>();
  const cursors = new Set<string>();
  let after: string | undefined;
  let last = Number.POSITIVE_INFINITY;
  let older = 0;

  function broken(why: string): Listing {
    context.problem(
      `posts of ${name}`,
      new PermanentError(`Reddit's list of the newest posts ${why}: what follows is missing`, { kind: 'incomplete' }),
    );
    return { entries, broken: true };
  }

  for (let number = 1; number <= mostPages; number += 1) {
    const call = { path: `/r/${name}/new`, query: { limit, after }, what: `page ${number} of the posts of ${name}` };
    const page: Page = await client.ask(context, call, Page);
    for (const [place, item] of page.items.entries()) {
      const entry = read(item, `item ${(number - 1) * limit + place + 1} of ${name}`, context);
      if (entry.post !== undefined && seen.has(entry.post.name)) continue;
      if (entry.post !== undefined) {
        seen.add(entry.post.name);
        if (entry.post.created > last) throw disorder();
        last = entry.post.created;
        if (last < oldest) older += 1;
      }
      entries.push(entry);
    }
    after = page.after;
    if (after === undefined) return { entries, broken: false };
    if (older >= olderPosts) return { entries, broken: false };
    if (cursors.has(after)) return broken('came back to where it was before');
    cursors.add(after);
  }
  return broken(`did not end after ${mostPages} pages`);
}

function disorder(): PermanentError {
  return new PermanentError("Reddit's list of the newest posts is not in the order of time: none of its days is told", {
    kind: 'incomplete',
  });
}

function read(item: unknown, place: string, context: ProviderContext): Entry {
  const post = Post.safeParse(item);
  if (post.success) return { created: post.data.created, post: post.data };
  const traces = Traces.safeParse(item).data?.data;
  const [issue] = post.error.issues;
  const why = issue === undefined ? '' : `: ${issue.path.join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`;
  const message = `Reddit told of a post what it does not document, and its day is left out${why}`;
  context.problem(traces?.name ?? place, new PermanentError(message));
  return { created: traces?.created_utc };
}
