import { z } from 'zod';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { AnySink } from '../../sdk/sink.ts';
import { didYouMean } from '../nearest.ts';
import type { LoadOptions } from './config.ts';
import { checkSelection, commonKeys, type Entry, type Kind, readEntries } from './entries.ts';
import { type Env, readEnv } from './env.ts';
import { type ConfigFile, findConfig } from './file.ts';
import { checkMeasurements } from './measurements.ts';
import { createNotes, type Notes } from './notes.ts';
import { isRecord } from './path.ts';
import { checkPlaces, stateDirOf } from './places.ts';
import * as sections from './sections.ts';
import { asObject, readSettings, type Settings } from './settings.ts';
import { chooseStore } from './store.ts';

/** The config as it was read and checked, with the problems in its notes. */
export interface Draft {
  readonly source: ConfigFile;
  readonly env: Env;
  readonly notes: Notes;
  readonly run: Settings<z.output<typeof sections.run>>;
  readonly tags: Settings<Readonly<Record<string, string>>>;
  readonly outbox: Settings<z.output<typeof sections.outbox>>;
  readonly store: string | undefined;
  readonly providers: readonly DraftInstance<AnyProvider, z.output<typeof sections.providerCommon>>[];
  readonly sinks: readonly DraftInstance<AnySink, z.output<typeof sections.sinkCommon>>[];
}

export interface DraftInstance<Integration, Common> {
  readonly entry: Entry<Integration>;
  readonly selected: boolean;
  /** Its `${}` were filled, and its secrets are to be found. */
  readonly resolved: boolean;
  readonly common: Settings<Common>;
  readonly settings: Settings<unknown>;
}

/** `show`: all that is enabled is filled as far as it can be, and an unset variable is no problem. `text`: no instance is filled at all. */
type Purpose = 'load' | 'show' | 'text';

export async function draftConfig(options: LoadOptions, purpose: Purpose = 'load'): Promise<Draft> {
  const { select, cwd } = options;
  const notes = createNotes({ onSecret: options.onSecret, lenient: purpose === 'show' });
  const source = await findConfig(cwd, options.file);
  const env = await readEnv(options.env, cwd, options.envFile);
  const raw = source.raw;
  const providerKind = kindOfProviders(options);
  const sinkKind = kindOfSinks(options);
  const rawSinks = withDefaultSink(raw.sinks, options);

  checkKeys(raw, options, notes);
  for (const file of source.ignored) notes.warning(file, `is not read: ${source.shown} is, which comes first`);
  checkSelection(select.providers, raw.providers, providerKind, source.shown);
  checkSelection(select.sinks, rawSinks, sinkKind, source.shown);

  const part = { env, notes, computed: source.computed };
  const run = readSettings(sections.run, asObject(raw.run, ['run'], notes), { ...part, path: ['run'] });
  const tags = readSettings(sections.tags, asObject(raw.tags, ['tags'], notes), { ...part, path: ['tags'] });
  const outbox = readSettings(sections.outbox, asObject(raw.outbox, ['outbox'], notes), { ...part, path: ['outbox'] });
  const asked = readSettings(z.string().optional(), raw.store, { ...part, path: ['store'] }).value;

  const providerEntries = await readEntries(raw.providers, providerKind, notes);
  const sinkEntries = await readEntries(rawSinks, sinkKind, notes);
  const isEmpty = isRecord(raw.providers) && Object.keys(raw.providers).length === 0;
  if (raw.providers === undefined || (isEmpty && select.providers?.length !== 0)) {
    notes.problem(['providers'], `names no provider; add one of ${Object.keys(options.providers).join(', ')}`);
  }
  const store = chooseStore(asked, run.value?.state === 'store', sinkEntries, rawSinks, notes);

  const dry = select.dryRun === true;
  const neededSink = select.asksStore || (run.value?.state === 'store' && !dry) ? store : undefined;
  const providers = providerEntries.map((entry) => {
    const selected = entry.enabled && (select.providers?.includes(entry.name) ?? true);
    return draftInstance(entry, sections.providerCommon, commonKeys(providerKind), selected, selected, part, purpose);
  });
  const sinks = sinkEntries.map((entry) => {
    const selected = entry.enabled && !dry && (select.sinks?.includes(entry.name) ?? true);
    return draftInstance(entry, sections.sinkCommon, commonKeys(sinkKind), selected, selected || entry.name === neededSink, part, purpose);
  });
  const draft = { source, env, notes, run, tags, outbox, store, providers, sinks };
  checkMeasurements(draft, options.own ?? []);
  checkPlaces(draft, stateDirOf(options, draft, run.value?.stateDir ?? '.kpi'));
  return draft;
}

interface Part {
  readonly env: Env;
  readonly notes: Notes;
  readonly computed: boolean;
}

interface WithSettings {
  readonly settings: z.ZodType;
  readonly variables?: AnySink['variables'];
}

function draftInstance<Integration extends WithSettings, Common>(
  entry: Entry<Integration>,
  schema: z.ZodType<Common>,
  known: readonly string[],
  selected: boolean,
  needed: boolean,
  part: Part,
  purpose: Purpose,
): DraftInstance<Integration, Common> {
  const resolved = purpose === 'show' ? entry.enabled : purpose === 'load' && needed;
  const reading = { ...part, path: entry.path, env: resolved ? part.env : undefined };
  const common = readSettings(schema, entry.common, reading);
  const settings = readSettings(entry.integration.settings, withVariables(entry, reading.env), { ...reading, alsoKnown: known });
  return { entry, selected, resolved, common, settings };
}

/** What the entry does not say, and a variable that its integration names does. */
function withVariables({ own, integration }: Entry<WithSettings>, env: Env | undefined): Readonly<Record<string, unknown>> {
  const set = Object.entries(integration.variables ?? {}).filter(([setting, name]) => !Object.hasOwn(own, setting) && env?.[name]);
  return { ...Object.fromEntries(set.map(([setting, name]) => [setting, `\${${name}}`])), ...own };
}

/** The engine knows one sink by name: where points go when the config has none. */
function withDefaultSink(raw: unknown, { sinks }: LoadOptions): unknown {
  const none = raw === undefined || (isRecord(raw) && Object.keys(raw).length === 0);
  return none && Object.hasOwn(sinks, 'sqlite') ? { local: { type: 'sqlite', path: 'kpi.db' } } : raw;
}

function checkKeys(raw: Readonly<Record<string, unknown>>, options: LoadOptions, notes: Notes): void {
  for (const key of Object.keys(raw)) {
    if (sections.topKeys.some((known) => known === key)) continue;
    if (Object.hasOwn(options.providers, key)) notes.problem([key], 'is not known here; providers stand under "providers"');
    else if (Object.hasOwn(options.sinks, key)) notes.problem([key], 'is not known here; sinks stand under "sinks"');
    else notes.problem([key], `is not known here${didYouMean(key, sections.topKeys)}`);
  }
  if (raw.$schema !== undefined && typeof raw.$schema !== 'string') notes.problem(['$schema'], 'must be a string');
}

export function kindOfProviders({ providers }: Pick<LoadOptions, 'providers'>): Kind<AnyProvider> {
  const { providerHead: head, providerCommon: common } = sections;
  return { section: 'providers', word: 'provider', registry: providers, head, common };
}

export function kindOfSinks({ sinks }: Pick<LoadOptions, 'sinks'>): Kind<AnySink> {
  const { sinkHead: head, sinkCommon: common } = sections;
  return { section: 'sinks', word: 'sink', registry: sinks, head, common };
}
