import { realpath } from 'node:fs/promises';
import { basename, extname, isAbsolute, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { defaultLoaders, type Loader } from 'cosmiconfig';
import { ConfigError, messageOf } from '../../sdk/errors.ts';
import { jsonFaults } from './json.ts';
import { pathText } from './path.ts';

/** Endings of configs that are programs. */
export const programs: readonly string[] = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** What reads a config, by the ending of its name. They throw `ConfigError` with the line, and quote nothing of the file. */
export function configLoaders(cwd: string): Readonly<Record<string, Loader>> {
  const program = loadProgram(cwd);
  const yaml = loadYaml(cwd);
  return { ...Object.fromEntries(programs.map((ending) => [ending, program])), '.json': loadJson(cwd), '.yaml': yaml, '.yml': yaml };
}

/** The error of a file as a whole: one sentence. `position`: `:3:5`, line and column. */
export function fileError(shown: string, message: string, position = ''): ConfigError {
  return new ConfigError(`${shown}${position} ${message}`);
}

function loadJson(cwd: string): Loader {
  return (file, content) => {
    const text = withoutMark(content);
    const value = parseJson(text);
    const ours = basename(file) === 'package.json' ? 'kpi' : undefined;
    const fault = jsonFaults(text).find(({ path }) => value === undefined || ours === undefined || path[0] === ours);
    if (fault || value === undefined) {
      const position = fault ? `:${fault.line}:${fault.column}` : '';
      const where = fault && value !== undefined ? ` (${pathText(fault.path)})` : '';
      throw fileError(shownPath(cwd, file), `is not well-formed JSON: ${fault?.message ?? 'it cannot be read'}${where}`, position);
    }
    return something(cwd, file, value);
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function loadYaml(cwd: string): Loader {
  return (file, content) => {
    try {
      return something(cwd, file, defaultLoaders['.yaml'](file, withoutMark(content)));
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      // `message` quotes the file, and so its secrets.
      const { reason, mark } = error as { readonly reason?: string; readonly mark?: { readonly line: number; readonly column: number } };
      const position = mark ? `:${mark.line + 1}:${mark.column + 1}` : '';
      throw fileError(shownPath(cwd, file), `is not well-formed YAML: ${reason ?? 'it cannot be read'}`, position);
    }
  };
}

function loadProgram(cwd: string): Loader {
  return async (file) => {
    const { href } = pathToFileURL(await realpath(file));
    const loaded = await import(href).catch((error: unknown) => {
      throw fileError(shownPath(cwd, file), `cannot be loaded: ${messageOf(error).split('\n')[0]}`, lineOf(error, href));
    });
    return something(cwd, file, loaded.default);
  };
}

/** A search would take nothing for no config, and go on. */
function something(cwd: string, file: string, value: unknown): unknown {
  if (value === null || value === undefined) throw fileError(shownPath(cwd, file), notAnObject(file, value));
  return value;
}

/** Some editors begin a file with a mark of the byte order. */
function withoutMark(content: string): string {
  return content.replace(/^\ufeff/, '');
}

/** Line and column where an error arose, as its stack tells; a fault of syntax in JavaScript tells none. */
function lineOf(error: unknown, href: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const name of [href, fileURLToPath(href)]) {
    const start = stack.indexOf(`${name}:`);
    if (start !== -1) return /^(:\d+){1,2}/.exec(stack.slice(start + name.length))?.[0] ?? '';
  }
  return '';
}

/** What a config must be instead. */
export function notAnObject(file: string, raw: unknown): string {
  if (programs.includes(extname(file))) return 'must export the config as an object: export default { providers: { … } }';
  return `must hold an object, not ${Array.isArray(raw) ? 'a list' : 'a single value'}`;
}

/** For messages: relative to the working directory where it is below it. */
export function shownPath(cwd: string, file: string): string {
  const below = relative(cwd, file);
  return below === '' || below.startsWith('..') || isAbsolute(below) ? file : below;
}
