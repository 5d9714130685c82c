import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from '../../sdk/errors.ts';
import { reasonOf } from './reason.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The environment, with what an `--env-file` adds. What is set outside wins over the file; an empty variable counts as unset. */
export async function readEnv(env: Env, cwd: string, file: string | undefined): Promise<Env> {
  if (file === undefined) return env;
  const added = parseEnv(await readText(resolve(cwd, file), file));
  const all: Record<string, string | undefined> = { ...env };
  for (const [name, value] of Object.entries(added)) {
    if (!all[name]) all[name] = value;
  }
  return all;
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`the file ${shown} of --env-file cannot be read: ${reasonOf(error)}`);
  }
}
