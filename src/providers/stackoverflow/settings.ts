import { z } from 'zod';
import { secret } from '../../sdk/secret.ts';

/** One tag: no list of them, and nothing that a path would swallow. Tags are spelt in lower case, whatever the config has. */
const tag = z
  .string()
  .regex(/^(?=.*[\p{L}\p{N}])[^\s;/?]{1,50}$/u, 'must be one tag, such as "typescript" or "c#": several stand in the list one by one')
  .transform((name) => name.toLowerCase());
const baseUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .refine((url) => !/[@?#]/.test(url), 'must have no user, query or fragment')
  .transform((url) => url.replace(/\/+$/, ''));

export const Settings = z.strictObject({
  tagged: z
    .array(tag)
    .min(1, 'names no tag')
    .transform((tags) => [...new Set(tags)])
    .describe('Tags whose questions are counted.'),
  site: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be the name of a site in the API, such as "stackoverflow" or "meta.stackoverflow"')
    .default('stackoverflow')
    .describe('The site, by the name that https://api.stackexchange.com/docs/sites calls "api_site_parameter".'),
  key: secret()
    .optional()
    .describe('The key of an app registered at https://stackapps.com: 10,000 requests a day for this address instead of 300.'),
  baseUrl: baseUrl.prefault('https://api.stackexchange.com/2.3').describe('The address of the API, with its version.'),
});
export type Settings = z.output<typeof Settings>;
