import { listedFinding } from '../../protocols/nuget/listed.ts';
import { findPackageByWords } from '../../protocols/nuget/package.ts';
import type { Finding, ProviderContext } from '../../sdk/index.ts';
import { openSdkbin } from './feed.ts';
import type { Settings } from './settings.ts';

/** Whether the key opens the feed, and the feed lists the packages. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const feed = await openSdkbin(settings, context);
  yield { check: 'access', status: 'ok', message: 'the key opens the feed, and its service index names a search service' };
  const find = (id: string) => findPackageByWords(feed, id, context);
  const mend = 'correct "packages": a feed lists what its key may read';
  yield await listedFinding({ setting: 'packages', names: settings.packages, find, mend }, context);
}
