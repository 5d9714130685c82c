import { type Feed, openFeed, search } from '../../protocols/nuget/feed.ts';
import { listedFinding } from '../../protocols/nuget/listed.ts';
import { findPackage } from '../../protocols/nuget/package.ts';
import { type Finding, PermanentError, type ProviderContext } from '../../sdk/index.ts';
import type { Settings } from './settings.ts';

/** Whether the feed is one, and has what the config names. NuGet asks for no credential. */
export async function* check({ serviceIndex, packages, owners }: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const feed = await openFeed(serviceIndex, context);
  yield { check: 'access', status: 'ok', message: 'the service index names a search service' };
  const named = (setting: 'packages' | 'owners', names: readonly string[], find: (name: string) => Promise<unknown>) => {
    return listedFinding({ setting, names, find, mend: `correct "${setting}": https://www.nuget.org/packages finds them` }, context);
  };
  if (packages.length > 0) yield await named('packages', packages, (id) => findPackage(feed, id, context));
  if (owners.length > 0) yield await named('owners', owners, (owner) => findOwner(feed, owner, context));
}

async function findOwner(feed: Feed, owner: string, context: ProviderContext): Promise<void> {
  const hits = await feed.ask(context, async (endpoint) => {
    const query = { q: `owner:${owner}`, skip: 0, take: 1 };
    return (await search(context, endpoint, query, `packages of ${owner}`)).totalHits;
  });
  if (Math.max(...hits) === 0) throw new PermanentError(`no package of owner ${owner} is listed: check the name`, { kind: 'not-found' });
}
