import { PermanentError, type ProviderContext } from '../../sdk/index.ts';
import { type Feed, search } from './feed.ts';
import { keyOf, Package } from './schema.ts';

/** The package with this id, as the endpoint with the highest total tells of it. */
export async function findPackage(feed: Feed, id: string, context: ProviderContext): Promise<Package> {
  const answers = await feed.ask(context, async (endpoint) => {
    const page = await search(context, endpoint, { q: `packageid:${id}`, skip: 0, take: 1 }, `package ${id}`);
    if (page.data.length === 0) return undefined;
    const found = readPackage(page.data[0]);
    if (keyOf(found.id) === keyOf(id)) return found;
    // A search that does not know `packageid:` ignores it and answers with any package.
    throw new PermanentError(`asked for package ${id}, the search answered with ${found.id}: it does not know the condition "packageid:"`);
  });
  return answers.reduce(better, undefined) ?? notListed(id);
}

/** Of a search for words: pages long enough for any marketplace, and few. */
const wordsTake = 100;
const wordsPages = 10;

/**
 * The same on a feed that promises no more than the protocol: what the words of a search mean is the server's own, so they are the id
 * alone, and the package is looked for among what comes.
 */
export async function findPackageByWords(feed: Feed, id: string, context: ProviderContext): Promise<Package> {
  const answers = await feed.ask(context, async (endpoint) => {
    const ids = new Set<string>();
    let told = 0;
    for (let page = 0; page < wordsPages; page++) {
      const { data, totalHits } = await search(context, endpoint, { q: id, skip: told, take: wordsTake }, `package ${id}`);
      const item = data.find((one) => keyOf(idOf(one) ?? '') === keyOf(id));
      if (item !== undefined) return readPackage(item);
      for (const [place, one] of data.entries()) ids.add(idOf(one) ?? `item ${told + place}`);
      told += data.length;
      if (data.length === 0 || told >= totalHits) {
        if (ids.size >= totalHits) return undefined;
        throw new PermanentError(
          `package ${id} may be listed, but pages repeated or were cut: ${ids.size} of ${totalHits} packages were told`,
          {
            kind: 'incomplete',
          },
        );
      }
    }
    throw new PermanentError(`package ${id} is not among the first ${told} that the search answers with`, { kind: 'incomplete' });
  });
  return answers.reduce(better, undefined) ?? notListed(id);
}

function notListed(id: string): never {
  throw new PermanentError(`no package ${id} is listed: check the id, and whether all of its versions are unlisted`, { kind: 'not-found' });
}

/** The id of an item that may be no good otherwise. */
export function idOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  return typeof item.id === 'string' && item.id !== '' ? item.id : undefined;
}

/** Reads one item of a search. */
export function readPackage(item: unknown): Package {
  const read = Package.safeParse(item);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new PermanentError(
    `the search answered with a package that is not well-formed: ${issue?.path.join('.') ?? ''}: ${issue?.message.replace(/^Invalid input: /, '') ?? ''}`,
  );
}

/** Of two answers about one package, that with the higher total: endpoints lag behind one another, and counts only grow. */
export function better(one: Package | undefined, other: Package | undefined): Package | undefined {
  if (!one || !other) return one ?? other;
  return (other.total ?? -1) > (one.total ?? -1) ? other : one;
}
