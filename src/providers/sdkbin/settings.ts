import { unescape as percentDecoded } from 'node:querystring';
import { z } from 'zod';
import { queryWord } from '../../protocols/nuget/schema.ts';
import { secret } from '../../sdk/secret.ts';

export const Settings = z.strictObject({
  feed: secret(keysOf).describe(
    'The address of the service index, as Sdkbin shows it, with its key: https://feed.sdkbin.com/auth/KEY/v3/index.json',
  ),
  packages: z.array(queryWord).min(1, 'names no packages').describe('Package ids, in any case.'),
});
export type Settings = z.output<typeof Settings>;

/** What opens the feed: the part of its path behind `auth`, and a password, each as it stands there and decoded. */
export function keysOf(feed: string): readonly string[] {
  if (!URL.canParse(feed)) return [];
  const { pathname, password } = new URL(feed);
  const asWritten = /\/auth\/([^/?#]+)/i.exec(feed)?.[1];
  const key = /\/auth\/([^/]+)/i.exec(pathname)?.[1];
  return [...new Set([asWritten, key, password].flatMap((one) => (one ? [one, percentDecoded(one)] : [])))];
}
