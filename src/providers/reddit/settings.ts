import { z } from 'zod';
import { secret } from '../../sdk/secret.ts';

/** With or without the `r/` before it. */
const subreddit = z
  .string()
  .regex(/^(?:\/?r\/)?[A-Za-z0-9_]{2,50}$/, 'must be the name of one subreddit, such as "typescript" or "r/typescript"')
  .transform((name) => name.replace(/^\/?r\//, ''));
const address = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .refine((url) => !/[@?#]/.test(url), 'must have no user, query or fragment')
  .transform((url) => url.replace(/\/+$/, ''));

export const Settings = z.strictObject({
  clientId: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'must be the id of an app')
    .describe('The id of the app, which stands below its name at https://www.reddit.com/prefs/apps.'),
  clientSecret: secret().describe('The secret of the app.'),
  userAgent: z
    .string()
    .regex(/^[\x20-\x7e]{10,200}$/, 'must be 10 to 200 characters of ASCII, such as "linux:org.example.kpi:1.0 (by /u/somebody)"')
    .describe('How the app calls itself: "platform:app:version (by /u/name)". Reddit blocks those that do not say who they are.'),
  subreddits: z
    .array(subreddit)
    .min(1, 'names no subreddit')
    .transform((names) => [...new Map(names.map((name) => [name.toLowerCase(), name])).values()])
    .describe('Subreddits, with or without "r/", in any case.'),
  baseUrl: address.prefault('https://oauth.reddit.com').describe('The address of the API.'),
  authUrl: address.prefault('https://www.reddit.com/api/v1/access_token').describe('Where the app gets its token.'),
});
export type Settings = z.output<typeof Settings>;
