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

/** Shorter ones are not looked for in what is written: they are words, too. */
const shortestKey = 8;

/** Whether what opens the feed is told by `keysOf`, and stands nowhere else in the address. */
export function hasKnownKey(feed: string): boolean {
  if (/[?#]/.test(feed)) return false;
  const key = /\/auth\/([^/]+)\/./i.exec(new URL(feed).pathname)?.[1] ?? '';
  return percentDecoded(key).length >= shortestKey;
}
