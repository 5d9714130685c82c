import { basename } from 'node:path';
import { ConfigError, type ConfigProblem } from '../sdk/errors.ts';
import type { Config, LoadOptions } from './config/config.ts';
import { type Draft, draftConfig } from './config/draft.ts';
import { checkTagValues, configOf, findSecrets } from './config/load.ts';
import { isRecord, pathText } from './config/path.ts';
import { parseReferences, type TextPart } from './config/reference.ts';
import { secretsIn } from './config/secrets.ts';
import type { Found } from './doctor-findings.ts';
import { checkProviders } from './startable.ts';
import { checkStdout } from './stdout.ts';

/** The config as far as it can be used, and what is wrong with it. */
export interface ExaminedConfig {
  /** The file, as messages call it. */
  readonly shown: string;
  readonly found: readonly Found[];
  /** Undefined where there is none that can be read. */
  readonly config: Config | undefined;
  /** Something in it is wrong, whatever the variables hold: `kpi collect` would not start. */
  readonly isWrong: boolean;
  /** By `providers.NAME` and `sinks.NAME`: why an entry cannot be used. */
  readonly broken: ReadonlyMap<string, string>;
}

/** Reads the config, and goes on where loading it would end. Throws `UsageError` for a selection that it has not. */
export async function examineConfig(options: LoadOptions, offline: boolean): Promise<ExaminedConfig> {
  try {
    const draft = await draftConfig(options, offline ? 'text' : 'load');
    return await examineDraft(draft, options, offline);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConfigError') throw error;
    const found = fileFound(error as ConfigError);
    return { shown: basename(options.file ?? 'config'), found, config: undefined, isWrong: true, broken: new Map() };
  }
}

function fileFound({ message, problems }: ConfigError): readonly Found[] {
  const further = problems.filter((one) => !message.includes(one.message));
  const texts = [message, ...further.map((one) => `${one.path}: ${one.message}`)];
  return texts.map((text) => withMend({ check: 'file', status: 'error' }, text, 'name another file with --config, or make one: kpi init'));
}

async function examineDraft(draft: Draft, options: LoadOptions, offline: boolean): Promise<ExaminedConfig> {
  const { notes, source } = draft;
  const unset = notes.problems.filter(isUnset);
  const mayRun = notes.problems.length === unset.length;
  const before = notes.problems.length;
  if (!offline) await findSecrets(draft, mayRun);
  const lacking = notes.problems.slice(before);
  const checked = notes.problems.length;
  checkTagValues(draft);
  const wrong = [...notes.problems.slice(0, before).filter((one) => !isUnset(one)), ...notes.problems.slice(checked)];

  const found: Found[] = [];
  const file = { check: 'file' } as const;
  if (wrong.length === 0) found.push({ ...file, status: 'ok', message: `${source.shown} is well-formed, and every key in it is known` });
  for (const one of wrong)
    found.push(withMend({ ...file, status: 'error' }, `${one.path}: ${one.message}`, `correct it in ${source.shown}`));
  for (const one of notes.warnings) {
    found.push(withMend({ check: 'warnings', status: 'warning' }, `${one.path}: ${one.message}`, `correct it in ${source.shown}`));
  }
  found.push(...variablesFound(draft, unset, offline));
  for (const one of lacking) {
    found.push(withMend({ check: 'secrets', status: 'error' }, `${one.path}: ${one.message}`, `correct it in ${source.shown}`));
  }
  const broken = brokenEntries(draft, { wrong, unset, lacking }, mayRun);
  const config = configOf(options, draft);
  const start = wrong.length > 0 ? [] : startFound(config, source.shown);
  return { shown: source.shown, found: [...found, ...start], config, isWrong: wrong.length + start.length > 0, broken };

  function isUnset(problem: ConfigProblem): boolean {
    return notes.unset.some((one) => one.path === problem.path && problem.message.startsWith(`the variable ${one.variable} `));
  }
}

/** What `kpi collect` would refuse in a config that is otherwise well. */
function startFound(config: Config, shown: string): readonly Found[] {
  const found: Found[] = [];
  const sinks = config.sinks.filter((one) => one.settings !== undefined);
  for (const check of [() => checkProviders({ ...config, file: shown }), () => checkStdout({ sinks }, false)]) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const at = error.message.lastIndexOf(': ');
      found.push({ check: 'start', status: 'error', message: error.message.slice(0, at), mend: error.message.slice(at + 2) });
    }
  }
  return found;
}

/** Each variable that is not set, once, with all places where it is used. */
function variablesFound(draft: Draft, unset: readonly ConfigProblem[], offline: boolean): readonly Found[] {
  const used = variablesOf(draft);
  const check = 'variables';
  if (offline) {
    const entries = [...draft.providers, ...draft.sinks].filter((one) => one.selected);
    const names = new Set(entries.flatMap(({ entry }) => variablesIn([entry.own, entry.common])));
    if (names.size === 0) return unsetFound(draft, unset);
    return [{ check, status: 'skipped', message: `not read offline: ${[...names].join(', ')}` }, ...unsetFound(draft, unset)];
  }
  if (unset.length > 0) return unsetFound(draft, unset);
  const message = used.length === 0 ? 'none is used' : `set, or with a default: ${used.join(', ')}`;
  return [{ check, status: 'ok', message }];
}

function unsetFound({ notes }: Draft, unset: readonly ConfigProblem[]): readonly Found[] {
  const places = new Map<string, { readonly paths: string[]; readonly message: string }>();
  for (const { path, variable } of notes.unset) {
    const problem = unset.find((one) => one.path === path && one.message.startsWith(`the variable ${variable} `));
    if (!problem) continue;
    const place = places.get(variable) ?? { paths: [], message: problem.message };
    if (!place.paths.includes(path)) place.paths.push(path);
    places.set(variable, place);
  }
  return [...places].map(([variable, { paths, message }]) => ({
    check: 'variables',
    status: 'error',
    message: `${splitMend(message)[0]} (used by ${paths.join(', ')})`,
    mend: `export ${variable}=…, or write it into a file and name that with --env-file`,
  }));
}

/** The variables of what is selected, and of the config's own sections. */
function variablesOf({ source, providers, sinks }: Draft): readonly string[] {
  const { providers: _, sinks: __, ...sections } = source.raw;
  const entries = [...providers, ...sinks].filter((one) => one.selected).flatMap(({ entry }) => [entry.own, entry.common]);
  return [...new Set(variablesIn([sections, entries]))];
}

function variablesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return (parseReferences(value) ?? []).flatMap(namesOf);
  if (Array.isArray(value)) return value.flatMap(variablesIn);
  return isRecord(value) ? Object.values(value).flatMap(variablesIn) : [];
}

function namesOf(part: TextPart): readonly string[] {
  return typeof part === 'string' ? [] : [part.name, ...(part.fallback ?? []).flatMap(namesOf)];
}

/** Why entries cannot be used, in the words of the one who asks them. */
function brokenEntries(
  draft: Draft,
  problems: Readonly<Record<'wrong' | 'unset' | 'lacking', readonly ConfigProblem[]>>,
  mayRun: boolean,
): ReadonlyMap<string, string> {
  const broken = new Map<string, string>();
  for (const { entry, settings, common, resolved } of [...draft.providers, ...draft.sinks]) {
    const path = pathText(entry.path);
    const isIn = (one: { readonly path: string }) =>
      one.path === path || one.path.startsWith(`${path}.`) || one.path.startsWith(`${path}[`);
    const names = [...new Set(draft.notes.unset.filter(isIn).map((one) => one.variable))];
    if (problems.wrong.some(isIn)) broken.set(path, 'its entry is wrong');
    else if (problems.unset.some(isIn)) broken.set(path, `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not set`);
    else if (problems.lacking.some(isIn)) broken.set(path, 'its secret is not to be had');
    else if (resolved && (settings.value === undefined || common.value === undefined)) broken.set(path, 'its entry is not complete');
    else if (resolved && !mayRun && hasCommand(settings.value)) {
      broken.set(path, 'the command of its secret is not run while the config is wrong');
    }
  }
  return broken;
}

function hasCommand(settings: unknown): boolean {
  return secretsIn(settings).some(({ secret }) => secret.source !== undefined && 'command' in secret.source);
}

/** A problem's sentence ends in what to do about it, behind a semicolon. */
function withMend(found: Pick<Found, 'check' | 'status'>, sentence: string, otherwise: string): Found {
  const [message, mend = otherwise] = splitMend(sentence);
  return { ...found, message, mend };
}

function splitMend(sentence: string): readonly [string, string?] {
  const at = sentence.indexOf('; ');
  return at === -1 ? [sentence] : [sentence.slice(0, at), sentence.slice(at + 2)];
}
