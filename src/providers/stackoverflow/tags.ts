import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import { type Client, filter } from './client.ts';
import { Items, Tag } from './schema.ts';
import type { Settings } from './settings.ts';

/** In one call. https://api.stackexchange.com/docs/tags-by-name */
const mostAtOnce = 20;

/** What the site tells of tags, by the names that were asked for; or why it tells nothing of one. */
export type Found = ReadonlyMap<string, Tag | PermanentError>;

/** Looks tags up: of one that the site does not have, a count says 0, which was not measured of anything. */
export async function findTags(names: readonly string[], settings: Settings, client: Client, context: ProviderContext): Promise<Found> {
  const found = new Map<string, Tag | PermanentError>(names.map((name) => [name, missing(name, settings)]));
  for (let start = 0; start < names.length; start += mostAtOnce) {
    for (const item of await itemsOf(names.slice(start, start + mostAtOnce), settings, client, context)) {
      const name = nameOf(item);
      if (name === undefined || !found.has(name)) continue;
      const read = Tag.safeParse(item);
      found.set(name, read.success ? read.data : malformed(name, read.error.issues[0]));
    }
  }
  return found;
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
