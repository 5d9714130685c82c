import { z } from 'zod';
import { queryWord } from '../../protocols/nuget/schema.ts';

export const Settings = z
  .strictObject({
    packages: z.array(queryWord).default([]).describe('Package ids, in any case.'),
    owners: z.array(queryWord).default([]).describe('Owners (users or organisations) whose listed packages are all collected.'),
    versions: z.boolean().default(false).describe('Also collect the downloads of each version.'),
    serviceIndex: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .default('https://api.nuget.org/v3/index.json')
      .describe("The feed's service index. A user name and password in it also go to its search endpoints, those of the same origin."),
  })
  .refine((settings) => settings.packages.length + settings.owners.length > 0, 'names neither packages nor owners');
export type Settings = z.output<typeof Settings>;
