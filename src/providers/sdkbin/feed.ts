import { type Feed, openFeed } from '../../protocols/nuget/feed.ts';
import { PermanentError, type ProviderContext } from '../../sdk/index.ts';
import { feedProblem, keysOf, type Settings } from './settings.ts';

/** Opens the feed. Its address is a secret, so what is wrong with it is said without quoting it. */
export async function openSdkbin({ feed }: Settings, context: ProviderContext): Promise<Feed> {
  const address = feed.reveal();
  const problem = feedProblem(address);
  if (problem !== undefined) throw new PermanentError(`"feed" ${problem}`, { kind: 'config' });
  return await openFeed(address, context, keysOf(address));
}
