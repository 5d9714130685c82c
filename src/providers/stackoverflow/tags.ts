import type { ProviderContext } from '../../sdk/context.ts';
import { BlockedError, PermanentError, TransientError } from '../../sdk/errors.ts';
import { type Client, filter } from './client.ts';
import { Items, Tag } from './schema.ts';
import type { Settings } from './settings.ts';

/** In one call. https://api.stackexchange.com/docs/tags-by-name */
const mostAtOnce = 20;

/** Where so many calls in a row find nobody, the further ones are spared: each may take minutes. */
const mostInARow = 2;

/** What the site tells of tags, by the names that were asked for; or why it tells nothing of one. */
export type Found = ReadonlyMap<string, Tag | Error>;

/**
 * Looks tags up: of one that the site does not have, a count says 0, which was not measured of anything. A call that fails costs its own
 * tags alone. Rejects where no call is answered, and with what would befall all of them.
 */
export async function findTags(names: readonly string[], settings: Settings, client: Client, context: ProviderContext): Promise<Found> {
  const found = new Map<string, Tag | Error>(names.map((name) => [name, missing(name, settings)]));
  let first: Error | undefined;
  let isAnswered = false;
  /** Calls in a row that found nobody. */
  let away: readonly TransientError[] = [];

  async function look(batch: readonly string[]): Promise<void> {
    const [reason] = away;
    if (reason !== undefined && away.length >= mostInARow) return fail(batch, reason);
    try {
      take(await itemsOf(batch, settings, client, context));
      isAnswered = true;
      away = [];
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof Error) || isGeneral(error)) throw error;
      if (error instanceof TransientError) away = [...away, error];
      else if (batch.length > 1) return await lookAlone(batch);
      fail(batch, error);
    }
  }

  /** What is refused for good may be refused for one tag's sake. */
  async function lookAlone(batch: readonly string[]): Promise<void> {
    for (const name of batch) await look([name]);
  }

  function take(items: readonly unknown[]): void {
    for (const item of items) {
      const name = nameOf(item);
      if (name === undefined || !found.has(name)) continue;
      const read = Tag.safeParse(item);
      found.set(name, read.success ? read.data : malformed(name, read.error.issues[0]));
    }
  }

  function fail(batch: readonly string[], error: Error): void {
    first ??= error;
    for (const name of batch) found.set(name, error);
  }

  for (let start = 0; start < names.length; start += mostAtOnce) await look(names.slice(start, start + mostAtOnce));
  if (!isAnswered && first !== undefined) throw first;
  return found;
}

/** What is not about the tags that were asked for: the next call would fare no better. */
function isGeneral(error: Error): boolean {
  if (error instanceof BlockedError) return true;
  return error instanceof PermanentError && (error.kind === 'not-found' || error.kind === 'quota');
}

async function itemsOf(
  names: readonly string[],
  { site }: Settings,
  client: Client,
  context: ProviderContext,
): Promise<readonly unknown[]> {
  const answer = await client.ask(
    context,
    {
      method: '/tags/{tags}/info',
      path: `/tags/${names.map(encodeURIComponent).join(';')}/info`,
      query: { site, pagesize: 100, filter },
      what: names.length === 1 ? `tag ${names[0]}` : `tag ${names[0]} and ${names.length - 1} more`,
    },
    Items,
  );
  return answer.items;
}

function missing(tag: string, { site }: Settings): PermanentError {
  const message = `${site} has no tag ${tag}: check its spelling, and whether it is a synonym, in which case name the tag that it stands for`;
  return new PermanentError(message, { kind: 'not-found' });
}

function malformed(tag: string, issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): PermanentError {
  const why = issue === undefined ? '' : `: ${issue.path.join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`;
  return new PermanentError(`the API told of tag ${tag} what it does not document${why}`);
}

function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('name' in item)) return undefined;
  return typeof item.name === 'string' ? item.name.toLowerCase() : undefined;
}
