import { type Finding, messageOf, PermanentError, type ProviderContext } from '../../sdk/index.ts';
import { type Feed, openFeed, search } from './feed.ts';
import { findPackage } from './package.ts';
import type { Settings } from './schema.ts';

/** Of packages, and of owners: enough to see whether the feed and the names are right. */
const mostNames = 20;

/** Whether the feed is one, and has what the config names. NuGet asks for no credential. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const feed = await openFeed(settings.serviceIndex, context);
  yield { check: 'access', status: 'ok', message: 'the service index names a search service' };
  const { packages, owners } = settings;
  if (packages.length > 0) yield await namesFinding('packages', packages, (id) => findPackage(feed, id, context), context);
  if (owners.length > 0) yield await namesFinding('owners', owners, (owner) => findOwner(feed, owner, context), context);
}

async function namesFinding(
  setting: 'packages' | 'owners',
  names: readonly string[],
  find: (name: string) => Promise<unknown>,
  context: ProviderContext,
): Promise<Finding> {
  const asked = names.slice(0, mostNames);
  const missing: string[] = [];
  for (const name of asked) {
    try {
      await find(name);
    } catch (error) {
      context.signal.throwIfAborted();
      // What else goes wrong is no matter of one name.
      if (!(error instanceof PermanentError) || error.kind !== 'not-found') throw error;
      missing.push(messageOf(error));
    }
  }
  const most = names.length > asked.length ? ` (the first ${asked.length} of ${names.length} were asked for)` : '';
  if (missing.length === 0) return { check: setting, status: 'ok', message: `${asked.length} of ${asked.length} are listed${most}` };
  const [first = '', ...further] = missing;
  const message = `${first}${further.length > 0 ? `; and ${further.length} more like it` : ''}${most}`;
  return {
    check: setting,
    status: missing.length === asked.length ? 'error' : 'warning',
    message,
    mend: `correct "${setting}": https://www.nuget.org/packages finds them`,
  };
}

async function findOwner(feed: Feed, owner: string, context: ProviderContext): Promise<void> {
  const hits = await feed.ask(context, async (endpoint) => {
    const query = { q: `owner:${owner}`, skip: 0, take: 1 };
    return (await search(context, endpoint, query, `packages of ${owner}`)).totalHits;
  });
  if (Math.max(...hits) === 0) throw new PermanentError(`no package of owner ${owner} is listed: check the name`, { kind: 'not-found' });
}
