import { z } from 'zod';

export const settings = z.strictObject({
  path: z.string().min(1).default('kpi.db').describe('The database file, relative to the config file. Its directory must exist.'),
});

export type Settings = z.infer<typeof settings>;
