import type { ConfigProblem } from '../../sdk/errors.ts';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { AnySink } from '../../sdk/sink.ts';
import { kindOfProviders, kindOfSinks } from '../config/draft.ts';
import { commonKeys } from '../config/entries.ts';
import { createNotes } from '../config/notes.ts';
import { pathText, valueAt } from '../config/path.ts';
import { referencesIn } from '../config/reference.ts';
import { secretPaths } from '../config/secrets.ts';
import * as sections from '../config/sections.ts';
import { readSettings } from '../config/settings.ts';
import { clearSecret, isVariables } from './clear-secrets.ts';

export type Section = 'providers' | 'sinks';

type Entry = Readonly<Record<string, unknown>>;

/** What is wrong with an entry, by the integration's own settings and those that all entries have. Secrets may not be written out. */
export function problemsOf(section: Section, integration: AnyProvider | AnySink, entry: Entry): readonly ConfigProblem[] {
  const kind = section === 'providers' ? kindOfProviders({ providers: {} }) : kindOfSinks({ sinks: {} });
  const known = commonKeys(kind);
  const common = section === 'providers' ? sections.providerCommon : sections.sinkCommon;
  const at = [section, integration.name];
  const own = split(entry, (key) => !known.includes(key));
  const secrets = secretPaths(integration.settings, own);
  const notes = createNotes({ lenient: true });
  for (const path of secrets) {
    const value = valueAt(own, path);
    if (typeof value === 'string' && !isVariables(value)) notes.problem([...at, ...path], `is a secret, and ${asVariable}`);
  }
  for (const [key, value] of Object.entries(own)) {
    const clear = clearSecret(value);
    if (clear !== undefined) notes.problem([...at, key], `${clear}, and ${asVariable}`);
  }
  const reading = { path: at, env: undefined, notes };
  readSettings(kind.head, pick(entry, kind.head.shape), reading);
  readSettings(common, pick(entry, common.shape), reading);

  const inner = createNotes({ lenient: true });
  const env = pretended(secrets.map((path) => valueAt(own, path)));
  readSettings(integration.settings, own, { path: at, env, notes: inner, alsoKnown: known });
  // Nobody knows yet what such a variable will hold.
  const unknown = secrets.map((path) => pathText([...at, ...path]));
  return [...notes.problems, ...inner.problems.filter(({ path }) => !unknown.includes(path))];
}

const asVariable = 'none is written into files: give it as ${NAME}, and set that variable';

function pick(entry: Entry, shape: object): Entry {
  return split(entry, (key) => Object.hasOwn(shape, key));
}

/** The variables of secrets, as if they were set: with a secret that is missing, a check of the whole could tell nothing. */
function pretended(secrets: readonly unknown[]): Readonly<Record<string, string>> {
  const names = secrets.flatMap((value) => (typeof value === 'string' ? referencesIn(value) : []));
  return Object.fromEntries(names.map((name) => [name, `the value of ${name}`]));
}

function split(entry: Entry, belongs: (key: string) => boolean): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => belongs(key)));
}
