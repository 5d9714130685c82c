import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Config, LoadOptions, Registry } from '../engine/config/config.ts';
import { loadConfig } from '../engine/config/load.ts';
import { ConfigError } from '../sdk/errors.ts';
import { gauge, measurement } from '../sdk/measurement.ts';
import { type AnyProvider, defineProvider } from '../sdk/provider.ts';
import { secret } from '../sdk/secret.ts';
import { type AnySink, defineSink } from '../sdk/sink.ts';

const sales = measurement('shop_sales', {
  help: 'Sales of a shop.',
  time: 'snapshot',
  tags: { city: 'where it is' },
  fields: { sold: gauge() },
});
const visits = measurement('shop_visits', {
  help: 'Its visits.',
  time: 'snapshot',
  tags: { city: 'where it is' },
  fields: { seen: gauge() },
});

/** A provider with settings of every kind, which collects nothing. */
const shopProvider = defineProvider({
  name: 'shop',
  help: 'Shops.',
  settings: z
    .strictObject({
      token: secret().describe('Opens the shops.'),
      cities: z
        .array(
          z.strictObject({ name: z.string().min(1).describe('Its name.'), open: z.boolean().default(true).describe('Whether it is.') }),
        )
        .min(1)
        .describe('Where.'),
      baseUrl: z.url().default('https://shop.example').describe('Where the API is.'),
      size: z.int().min(1).max(100).default(50).describe('Cities at once.'),
      mode: z.enum(['fast', 'slow']).default('fast').describe('How.'),
    })
    .superRefine(({ cities }, context) => {
      const names = cities.map((city) => city.name);
      const twice = names.findIndex((name, index) => names.indexOf(name) < index);
      if (twice !== -1) context.addIssue({ code: 'custom', path: ['cities', twice, 'name'], message: 'stands here a second time' });
    }),
  example: { token: '${SHOP_TOKEN}', cities: [{ name: 'Riga' }] },
  measurements: () => [sales, visits],
  limits: () => [],
  targets: () => [],
  label: () => '',
  connect: () => Promise.reject(new Error('a made-up provider connects to nothing')),
});

const weather = measurement('weather_now', {
  help: 'The weather.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { celsius: gauge('Cel') },
});

/** A provider that needs no setting at all. */
const sky = defineProvider({
  name: 'sky',
  help: 'The sky.',
  settings: z.strictObject({}),
  example: {},
  measurements: () => [weather],
  limits: () => [],
  targets: () => [],
  label: () => '',
  connect: () => Promise.reject(new Error('a made-up provider connects to nothing')),
});

function madeUpSink(name: string, able: { readonly ask?: boolean; readonly state?: boolean }): AnySink {
  const closed = () => Promise.reject(new Error('a made-up sink opens nothing'));
  return defineSink({
    name,
    help: `The sink ${name}.`,
    settings: z.strictObject({ path: z.string().min(1).describe('Where.'), password: secret().optional().describe('Opens it.') }),
    example: { path: 'x' },
    autoInit: name === 'sqlite',
    accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 1000 } }),
    open: closed,
    ...(able.ask && { ask: closed }),
    ...(able.state && { state: closed }),
  });
}

export const madeUpProviders: Registry<AnyProvider> = { shop: async () => shopProvider, sky: async () => sky };

/** `sqlite` and `vault` answer questions, `vault` holds kpi's state, `pipe` does neither. */
export const madeUpSinks: Registry<AnySink> = {
  pipe: async () => madeUpSink('pipe', {}),
  sqlite: async () => madeUpSink('sqlite', { ask: true }),
  vault: async () => madeUpSink('vault', { ask: true, state: true }),
};

/** A folder for one test, with these files in it: text as it is, anything else as JSON. */
export interface Folder extends AsyncDisposable {
  readonly dir: string;
  write(files: Readonly<Record<string, unknown>>): Promise<void>;
  /** What is loaded there, with the made-up integrations. */
  options(more?: Partial<LoadOptions>): LoadOptions;
}

export async function madeUpFolder(files: Readonly<Record<string, unknown>> = {}): Promise<Folder> {
  const dir = await mkdtemp(join(tmpdir(), 'kpi-config-'));
  const folder: Folder = {
    dir,
    async write(more) {
      for (const [name, content] of Object.entries(more)) {
        await mkdir(dirname(join(dir, name)), { recursive: true });
        await writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
      }
    },
    options: (more) => ({ cwd: dir, env: {}, providers: madeUpProviders, sinks: madeUpSinks, select: {}, ...more }),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
  await folder.write(files);
  return folder;
}

/** An entry of the provider `shop`, and what it needs. */
export const shop = { token: '${SHOP_TOKEN}', cities: [{ name: 'Riga' }] };
export const shopEnv = { SHOP_TOKEN: 'shop-token-value' };

/** Loads a config of these contents. */
export async function loadMadeUp(
  config: object,
  options: Partial<LoadOptions> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Config> {
  await using folder = await madeUpFolder({ 'kpi.config.json': config, ...files });
  return await loadConfig(folder.options(options));
}

/** What that throws. */
export async function failureOf(config: object, options: Partial<LoadOptions> = {}): Promise<unknown> {
  return await loadMadeUp(config, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The problems of a config, a line each. */
export async function problemsOf(config: object, options: Partial<LoadOptions> = { env: shopEnv }): Promise<string[]> {
  const error = await failureOf(config, options);
  if (error === undefined) return [];
  if (!(error instanceof ConfigError)) throw error;
  return error.problems.map(({ path, message }) => `${path}: ${message}`);
}

/** The settings of the first instance. */
export function settingsOf<Settings>([first]: readonly { readonly settings: unknown }[]): Settings {
  if (first?.settings === undefined) throw new Error('there are no settings');
  return first.settings as Settings;
}
