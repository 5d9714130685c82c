import type { z } from 'zod';
import type { ConfigOptions } from './config.ts';
import { type Draft, draftConfig } from './draft.ts';
import { configError } from './load.ts';
import { isRecord, type Path, pathKey } from './path.ts';
import { stateDirOf } from './places.ts';
import { hasReference } from './reference.ts';
import { maskAddresses } from './secrets.ts';
import * as sections from './sections.ts';
import type { Settings } from './settings.ts';

/** The config as it works, for people. */
export interface ShownConfig {
  readonly file: string;
  /** With `${}` filled, defaults in place, and `***` for every secret. What is not set stays `${NAME}`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The variables that are not set, and where they are needed. */
  readonly unset: readonly { readonly path: string; readonly variable: string }[];
}

/** The config with all that is enabled in it. Throws `ConfigError` for what is wrong with it, unset variables aside. */
export async function showConfig(options: ConfigOptions): Promise<ShownConfig> {
  const all = { ...options, select: {} };
  const draft = await draftConfig(all, 'show');
  const { notes, source, run } = draft;
  if (notes.problems.length > 0) throw configError(source.shown, notes.problems);
  const shown = (schema: z.ZodType, settings: Settings<unknown>) =>
    masked(withDefaults(schema, settings.written), settings.secrets, notes.secrets);
  return {
    file: source.file,
    config: {
      run: { ...asRecord(shown(sections.run, run)), stateDir: stateDirOf(all, draft, run.value?.stateDir ?? '.kpi') },
      tags: shown(sections.tags, draft.tags),
      providers: instances(draft.providers, sections.providerCommon, shown),
      ...(draft.store !== undefined && { store: draft.store }),
      sinks: instances(draft.sinks, sections.sinkCommon, shown),
      outbox: shown(sections.outbox, draft.outbox),
    },
    unset: notes.unset,
  };
}

function instances(
  drafts: Draft['providers'] | Draft['sinks'],
  common: z.ZodType,
  shown: (schema: z.ZodType, settings: Settings<unknown>) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    drafts.map(({ entry, common: written, settings }) => {
      const own = asRecord(shown(entry.integration.settings, settings));
      const basics = { type: entry.type, enabled: entry.enabled, ...asRecord(shown(common, written)) };
      const autoInit = 'autoInit' in entry.integration ? { autoInit: entry.integration.autoInit } : {};
      return [entry.name, { ...autoInit, ...basics, ...own }];
    }),
  );
}

/** What is written, and the schema's own defaults for what is not. */
function withDefaults(schema: z.core.$ZodType, written: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'default':
    case 'prefault':
      return withDefaults(def.innerType, written === undefined ? def.defaultValue : written);
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'readonly':
      return written === undefined ? undefined : withDefaults(def.innerType, written);
    case 'pipe':
      return withDefaults(def.in, written);
    case 'array':
      return Array.isArray(written) ? written.map((item) => withDefaults(def.element, item)) : written;
    case 'object': {
      if (!isRecord(written)) return written;
      const added = Object.entries(def.shape).map(([key, child]) => [key, withDefaults(child, written[key])] as const);
      return { ...written, ...Object.fromEntries(added.filter(([, value]) => value !== undefined)) };
    }
    default:
      return written;
  }
}

function masked(value: unknown, secrets: readonly Path[], values: ReadonlySet<string>): unknown {
  const keys = new Set(secrets.map(pathKey));

  function walk(one: unknown, path: Path): unknown {
    const unset = typeof one === 'string' && hasReference(one);
    if (keys.has(pathKey(path)) && !unset) return '***';
    if (typeof one === 'string') return maskText(one, values);
    if (Array.isArray(one)) return one.map((item, index) => walk(item, [...path, index]));
    if (isRecord(one)) return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, walk(item, [...path, key])]));
    return one;
  }

  return walk(value, []);
}

/** Short values are masked where they are all of a text only: they would be found in any other. */
function maskText(text: string, values: ReadonlySet<string>): string {
  let hidden = text;
  for (const value of values) {
    if (hidden === value) return '***';
    if (value.length >= 8) hidden = hidden.replaceAll(value, '***');
  }
  return maskAddresses(hidden);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
