import { z } from 'zod';
import { secret } from '../../sdk/secret.ts';
import { durationMs } from '../../sdk/time.ts';

const dayMs = 86_400_000;
/** Mailchimp began in 2001. */
const longestDays = 9125;

const listId = z.string().regex(/^\w+$/, 'must be the id of an audience, as under Settings, Audience name and defaults');
const since = z.string().refine((text) => {
  const ms = durationMs(text) ?? 0;
  return ms >= dayMs && ms <= longestDays * dayMs;
}, `must be a duration from 1d to ${longestDays}d`);
const baseUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .refine((url) => !/[@?#]/.test(url), 'must have no user, query or fragment')
  .transform((url) => url.replace(/\/+$/, '').replace(/\/3\.0$/, ''));

export const Settings = z
  .strictObject({
    apiKey: secret().describe('A key of the Marketing API. What follows its last dash, such as us19, is the data centre that is asked.'),
    lists: z
      .array(listId)
      .min(1)
      .optional()
      .describe('The ids of single audiences, to which campaigns and automations are then limited too.'),
    reportsSince: since
      .default('300d')
      .describe('How far back the first run asks for campaigns; later ones ask for those of the last 14 days at most.'),
    baseUrl: baseUrl.optional().describe('Another address than that of the data centre in the key: of a proxy, for one.'),
  })
  .check(({ value, issues }) => {
    for (const [index, id] of (value.lists ?? []).entries()) {
      if (value.lists?.indexOf(id) === index) continue;
      issues.push({ code: 'custom', input: value, path: ['lists', index], message: `${id} stands twice in "lists"` });
    }
  });
export type Settings = z.output<typeof Settings>;
