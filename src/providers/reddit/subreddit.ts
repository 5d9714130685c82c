import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { utcDay, type Window } from '../../sdk/time.ts';
import type { Client } from './client.ts';
import { type Days, daysOf } from './days.ts';
import { noSubreddit } from './judge.ts';
import { listPosts } from './listing.ts';
import { redditPosts, redditSubreddit } from './measurements.ts';
import { About, Count, Thing } from './schema.ts';

/** What Reddit tells of a subreddit. Rejects where there is none. */
export async function findSubreddit(client: Client, name: string, context: ProviderContext): Promise<About> {
  const { kind, data } = await client.ask(context, { path: `/r/${name}/about`, what: `r/${name}` }, Thing);
  // What a search brings, to which Reddit leads whoever asks for a subreddit that it does not have.
  if (kind === 'Listing') throw noSubreddit();
  const about = kind === 't5' ? About.safeParse(data) : undefined;
  if (about?.success) {
    // What stands between us and Reddit may answer with another's.
    if (keyOf(about.data.name) === keyOf(name)) return about.data;
    throw new PermanentError(`asked for r/${name}, Reddit told of another: r/${about.data.name}`);
  }
  throw new PermanentError(
    `Reddit told of r/${name} what it does not document: ${about ? issueOf(about.error) : `a thing of kind ${kind}`}`,
  );
}

/** Its counts, as far as they are told. */
export function* subredditPoints({ name, counts }: About, context: ProviderContext): Generator<Point> {
  const fields: { subscribers?: number; active_users?: number } = {};
  let isToldOdd = false;
  for (const field of ['subscribers', 'active_users'] as const) {
    const { data, error } = Count.safeParse(counts[field]);
    if (typeof data === 'number') fields[field] = data;
    if (error === undefined) continue;
    isToldOdd = true;
    const message = `Reddit told of r/${name} what it does not document: ${field}: ${issueOf(error)}; that is left out`;
    context.problem(name, new PermanentError(message));
  }
  if (Object.keys(fields).length > 0) {
    yield redditSubreddit.of({ tags: { subreddit: name }, fields, time: context.at });
  } else if (!isToldOdd) {
    const message = `Reddit tells of r/${name} neither how many subscribe nor how many are there`;
    context.problem(name, new PermanentError(message, { kind: 'incomplete' }));
  }
}

/** The days of the window, as far back as the list of the newest posts tells of them wholly. */
export async function* postPoints(client: Client, { name }: About, window: Window, context: ProviderContext): AsyncGenerator<Point> {
  const listing = await listPosts(client, name, utcDay(window.from).getTime() / 1000, context);
  const days = daysOf(listing, window);
  for (const { day, posts, score, comments } of days.whole) {
    yield redditPosts.of({ tags: { subreddit: name }, fields: { posts, score, comments }, time: day });
  }
  if (!listing.broken && days.missing.length > 0) context.notice(`posts of ${name}`, missingText(days, listing.entries.length));
}

/** What a list does not tell is lost for all, and nobody's failure. */
function missingText({ missing, reach }: Days, posts: number): string {
  const [first = '', last = ''] = [missing.at(0), missing.at(-1)].map((day) => day?.toISOString().slice(0, 10));
  const end = reach === undefined ? undefined : `ends after ${posts} posts, at ${new Date(reach * 1000).toISOString().slice(0, 16)}Z`;
  const where = end ?? (posts > 0 ? 'has no post that is well-formed' : 'is empty');
  return `Reddit's list ${where}: it does not tell the whole of ${first === last ? first : `${first} to ${last}`}, which is left out`;
}

/** Names are compared without regard to case, in ASCII alone, of which they are: elsewhere different letters have one lower case. */
export function keyOf(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function issueOf({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'it does not fit';
  return [...issue.path.map(String), issue.message.replace(/^Invalid input: /, '')].join(': ');
}
