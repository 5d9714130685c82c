import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PermanentError, type SinkContext } from '../../sdk/index.ts';
import { inShell } from '../../sdk/shell.ts';
import type { Settings } from './settings.ts';

/** How the program is started. */
export interface Program {
  /** As the user spelt it, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly parameters: readonly string[];
  /** The folder in which it runs. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Which version of the lines below it is given, for a program that must know. */
const format = '1';

/** Finds the program as a shell would. Throws a `PermanentError` where there is none, it may not be run, or it cannot be given a secret. */
export function findProgram({ command, env, secrets }: Settings, context: SinkContext): Program {
  const [name = '', ...parameters] = command;
  const all: Record<string, string> = { ...context.programEnv, ...env, KPI_FORMAT: format, KPI_SINK: context.instance };
  for (const [variable, secret] of Object.entries(secrets)) {
    const value = secret.reveal();
    // `spawn` would name the value in its error.
    if (value.includes('\0')) {
      throw new PermanentError(`the secret ${variable} has a character NUL, which no variable can hold: check "secrets"`, {
        kind: 'config',
      });
    }
    all[variable] = value;
  }
  return { name, path: pathOf(name, all, context), parameters, dir: context.resolve('.'), env: all };
}

function pathOf(name: string, env: Readonly<Record<string, string>>, context: SinkContext): string {
  const places = name.includes('/') ? [context.resolve(name)] : placesIn(env.PATH ?? '', name, context);
  const found = places.filter(isFile);
  const path = found.find(mayRun);
  if (path !== undefined) return path;
  if (found[0] !== undefined) {
    throw new PermanentError(`the program ${name} may not be run: make it executable (chmod +x ${inShell(found[0])})`, {
      kind: 'unavailable',
    });
  }
  const where = name.includes('/') ? ` at ${places[0]}` : ' in any folder of PATH';
  throw new PermanentError(`there is no program ${name}${where}: check "command"`, { kind: 'not-found' });
}

function placesIn(path: string, name: string, context: SinkContext): readonly string[] {
  return path.split(delimiter).flatMap((folder) => (folder === '' ? [] : [context.resolve(join(folder, name))]));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // It is not there, or in a folder that may not be looked into.
    return false;
  }
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
