import { unescape as percentDecoded } from 'node:querystring';
import { z } from 'zod';
import { queryWord } from '../../protocols/nuget/schema.ts';
import { type Secret, secret } from '../../sdk/secret.ts';

export const Settings = z.strictObject({
  feed: secret(keysOf)
    .superRefine((feed, context) => {
      const message = problemOfKnown(feed);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .describe('The address of the service index, as Sdkbin shows it, with its key: https://feed.sdkbin.com/auth/KEY/v3/index.json'),
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

/**
 * Why an address is not that of a feed whose key is kept in, without quoting it; undefined where it is: what opens the feed is told by
 * `keysOf`, and stands nowhere else in the address.
 */
export function feedProblem(feed: string): string | undefined {
  if (!/^https?:\/\//i.test(feed) || !URL.canParse(feed)) {
    return 'is no http or https address: copy that of the feed from Sdkbin, up to /v3/index.json';
  }
  const key = /\/auth\/([^/]+)\/./i.exec(new URL(feed).pathname)?.[1] ?? '';
  if (!/[?#]/.test(feed) && percentDecoded(key).length >= shortestKey) return undefined;
  return 'must be as https://feed.sdkbin.com/auth/KEY/v3/index.json, with a KEY of 8 characters or more and without "?" and "#": no other key could be kept out of what is written';
}

/** What a file or a command gives is known when the feed is opened; and what is not selected keeps its `${}`. */
function problemOfKnown(feed: Secret): string | undefined {
  if (feed.source !== undefined || feed.reveal().includes('${')) return undefined;
  return feedProblem(feed.reveal());
}
