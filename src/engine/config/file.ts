import { access, constants, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { cosmiconfig } from 'cosmiconfig';
import { ConfigError, messageOf } from '../../sdk/errors.ts';
import { jsonFaults } from './json.ts';
import { configLoaders, fileError, notAnObject, programs, shownPath } from './loaders.ts';
import { isRecord } from './path.ts';
import { reasonOf } from './reason.ts';

/** The config as it is written. */
export interface ConfigFile {
  /** Absolute. */
  readonly file: string;
  readonly dir: string;
  /** For messages: relative to the working directory where it is below it. */
  readonly shown: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** It is a program: what stands in it as text may come from anywhere. */
  readonly computed: boolean;
  /** Other configs beside it, which are not read. */
  readonly ignored: readonly string[];
}

/** Where a config is looked for, the first that is there. */
export const places: readonly string[] = [
  'kpi.config.json',
  'kpi.config.yaml',
  'kpi.config.js',
  'kpi.config.mjs',
  'kpi.config.ts',
  'package.json',
];

/** Reads the config named, or that of the working directory. Throws `ConfigError` where there is none, or none that can be read. */
export async function findConfig(cwd: string, named?: string): Promise<ConfigFile> {
  const result = await search(cwd, named);
  if (!result) throw await noConfig(cwd);
  const file = result.filepath;
  const shown = shownPath(cwd, file);
  if (result.isEmpty) throw fileError(shown, 'is empty; kpi.config.example.json shows what a config looks like');
  const raw: unknown = result.config;
  if (!isRecord(raw)) throw fileError(shown, notAnObject(file, raw));
  return {
    file,
    dir: dirname(file),
    shown,
    raw,
    computed: programs.includes(extname(file)),
    ignored: named === undefined ? await others(cwd, basename(file)) : [],
  };
}

async function search(cwd: string, named: string | undefined) {
  try {
    const explorer = cosmiconfig('kpi', {
      searchPlaces: [...places],
      searchStrategy: 'none',
      ignoreEmptySearchPlaces: false,
      cache: false,
      loaders: { ...configLoaders(cwd) },
    });
    if (named === undefined) return await explorer.search(cwd);
    return (await explorer.load(resolve(cwd, named))) ?? missingKey(named);
  } catch (error) {
    throw error instanceof ConfigError ? error : await unreadable(cwd, named, error);
  }
}

function missingKey(named: string): never {
  throw fileError(named, 'has no "kpi"; name a file that is a config with --config');
}

async function unreadable(cwd: string, named: string | undefined, error: unknown): Promise<ConfigError> {
  const { filepath, path } = error as { readonly filepath?: string; readonly path?: string };
  if (error instanceof SyntaxError && filepath !== undefined) return await brokenPackage(cwd, filepath);
  const shown = named ?? shownPath(cwd, filepath ?? path ?? cwd);
  if (error instanceof Error && 'code' in error && 'syscall' in error) return fileError(shown, `cannot be read: ${reasonOf(error)}`);
  if (named !== undefined && messageOf(error).startsWith('No loader specified')) {
    return fileError(named, 'must end in .json, .yaml, .js, .mjs or .ts');
  }
  return fileError(shown, `cannot be read: ${messageOf(error)}`);
}

/** cosmiconfig reads its own settings from the package.json of the working directory, before any loader of ours. */
async function brokenPackage(cwd: string, file: string): Promise<ConfigError> {
  const [fault] = jsonFaults(await readFile(file, 'utf8'));
  const position = fault ? `:${fault.line}:${fault.column}` : '';
  return fileError(shownPath(cwd, file), `is not well-formed JSON: ${fault?.message ?? 'it cannot be read'}`, position);
}

async function noConfig(cwd: string): Promise<ConfigError> {
  const found = await unreadablePlace(cwd);
  if (found) return fileError(found, 'cannot be read: permission denied');
  const similar = (await readdir(cwd).catch(() => [])).find((name) => /^\.?kpi(\.config|rc)\b/.test(name));
  const hint = similar === undefined ? 'make one with kpi init, or name one with --config' : `is "${similar}" meant? Name it with --config`;
  return new ConfigError(`there is no config in ${cwd}: looked for ${places.slice(0, -1).join(', ')} and "kpi" in package.json; ${hint}`);
}

/** A search takes a file that may not be read for one that is not there. */
async function unreadablePlace(cwd: string): Promise<string | undefined> {
  for (const place of places) {
    const reason = await access(join(cwd, place), constants.R_OK).catch((error: unknown) => error);
    if (reason instanceof Error && 'code' in reason && reason.code === 'EACCES') return place;
  }
  return undefined;
}

async function others(cwd: string, read: string): Promise<string[]> {
  const names = await readdir(cwd);
  return places.filter((place) => place !== read && place !== 'package.json' && names.includes(place));
}
