import { z } from 'zod';
import { durationMs, type FieldKind, secret } from '../../sdk/index.ts';

/** Every kind of field there is. */
export const allKinds = [
  'gauge',
  'counter',
  'ratio',
  'flag',
  'moment',
  'text',
  'name',
  'summary',
  'histogram',
] as const satisfies readonly FieldKind[];

const noNul = (text: string) => !text.includes('\0');
const nulMessage = 'has a character NUL, which no argument and no variable can hold';
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable: letters, digits and _');

export const Settings = z
  .strictObject({
    command: z
      .array(z.string().refine(noNul, nulMessage))
      .min(1, 'must name a program')
      .refine(([program]) => program !== '', 'must begin with a program')
      .describe(
        'The program, and its arguments; started without a shell, in the folder of the config. Where its name has a /, it is relative to that folder.',
      )
      .meta({ examples: [['./store-points', '--quiet']] }),
    env: z
      .record(variable, z.string().refine(noNul, nulMessage))
      .default({})
      .describe('Variables that the program finds, besides PATH, HOME and the like. It sees nothing else of the environment.')
      .meta({ examples: [{ STORE_URL: 'https://store.example/points' }] }),
    secrets: z
      .record(variable, secret())
      .default({})
      .describe('Variables whose values are secrets.')
      .meta({ examples: [{ STORE_TOKEN: '${STORE_TOKEN}' }] }),
    timeout: z
      .string()
      // An outlet takes a sink that needs 30 s for a write for one that hangs.
      .refine((text) => isBetween(durationMs(text), 1, 25_000), 'must be a duration such as 20s, of at most 25s')
      .default('20s')
      .describe('Of one batch: then the program is killed, and the batch is given to it again.'),
    batch: z.int().min(1).max(10_000).default(1000).describe('The most points that it is given at once.'),
    kinds: z
      .array(z.enum(allKinds))
      .min(1)
      .default([...allKinds])
      .describe('The kinds of fields that it is given; the others are left out.'),
    rerun: z
      .enum(['appends', 'overwrites', 'merges', 'keepsFirst'])
      .default('appends')
      .describe('What its store does with a point that comes again. It changes nothing but what `kpi sinks` tells.'),
  })
  .superRefine(({ env, secrets, kinds }, { addIssue }) => {
    for (const name of Object.keys(secrets)) {
      if (Object.hasOwn(env, name)) addIssue({ code: 'custom', path: ['env', name], message: 'stands in "secrets" as well: name it once' });
    }
    for (const [of, names] of Object.entries({ env, secrets })) {
      for (const name of Object.keys(names)) {
        if (name.startsWith('KPI_'))
          addIssue({ code: 'custom', path: [of, name], message: 'begins with KPI_, as only variables of kpi do' });
      }
    }
    const twice = kinds.findIndex((kind, index) => kinds.indexOf(kind) < index);
    if (twice !== -1) addIssue({ code: 'custom', path: ['kinds', twice], message: 'stands here a second time' });
  });
export type Settings = z.output<typeof Settings>;

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
