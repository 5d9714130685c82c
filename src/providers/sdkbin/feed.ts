import { type Feed, openFeed } from '../../protocols/nuget/feed.ts';
import { PermanentError, type ProviderContext } from '../../sdk/index.ts';
import { hasKnownKey, keysOf, type Settings } from './settings.ts';

/** Opens the feed. Its address is a secret, so what is wrong with it is said without quoting it. */
export async function openSdkbin({ feed }: Settings, context: ProviderContext): Promise<Feed> {
  const address = feed.reveal();
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new PermanentError('"feed" is no http or https address: copy that of the feed from Sdkbin, up to /v3/index.json', {
      kind: 'config',
    });
  }
  if (!hasKnownKey(address)) {
    const message =
      '"feed" must be as https://feed.sdkbin.com/auth/KEY/v3/index.json, with a KEY of 8 characters or more and without "?" and "#": no other key could be kept out of what is written';
    throw new PermanentError(message, { kind: 'config' });
  }
  return await openFeed(address, context, keysOf(address));
}
