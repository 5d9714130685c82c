import { z } from 'zod';

export const settings = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('The file, relative to the config file; `-` is standard output. It is appended to. Its directory must exist.'),
});

export type Settings = z.infer<typeof settings>;
