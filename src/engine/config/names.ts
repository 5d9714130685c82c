import { access, readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { places } from './file.ts';
import { isRecord } from './path.ts';
import { instanceName } from './sections.ts';

export interface NamesOptions {
  readonly cwd: string;
  /** The config; absent: that of the working directory. */
  readonly file: string | undefined;
  readonly section: 'providers' | 'sinks';
}

/**
 * The names of a config's instances, for a shell that completes them: no variable is filled, no secret found, and no program run, so that a
 * config in JavaScript has none. What is wrong with the config is no error here. Names that no instance can have are left out.
 */
export async function instanceNames({ cwd, file, section }: NamesOptions): Promise<readonly string[]> {
  try {
    for (const path of file === undefined ? places.map((place) => join(cwd, place)) : [resolve(cwd, file)]) {
      if (!(await isThere(path))) continue;
      const config = await written(path, cwd);
      if (config === undefined && file === undefined && basename(path) === 'package.json') continue;
      const entries = isRecord(config) ? config[section] : undefined;
      return isRecord(entries) ? Object.keys(entries).filter((name) => instanceName.test(name)) : [];
    }
  } catch {
    // A file that cannot be read: `kpi config check` tells why.
  }
  return [];
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function written(path: string, cwd: string): Promise<unknown> {
  const content = await readFile(path, 'utf8');
  switch (extname(path)) {
    case '.json': {
      const value: unknown = JSON.parse(content.replace(/^\ufeff/, ''));
      return basename(path) === 'package.json' && isRecord(value) ? value.kpi : value;
    }
    case '.yaml':
    case '.yml': {
      const { configLoaders } = await import('./loaders.ts');
      return await configLoaders(cwd)[extname(path)]?.(path, content);
    }
    default:
      return undefined;
  }
}
