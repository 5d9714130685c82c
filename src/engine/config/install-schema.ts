import { existsSync } from 'node:fs';
import { chmod, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ConfigFile, findConfig } from './file.ts';
import { configLoaders, fileError } from './loaders.ts';
import { isRecord } from './path.ts';
import { reasonOf } from './reason.ts';
import { schemaTitle } from './schema.ts';
import { type Lined, withJsonSchema, withYamlSchema } from './schema-line.ts';

export interface InstalledSchema {
  /** The config, as messages name it. */
  readonly file: string;
  /** `by-hand`: it is a program, or a part of package.json, which is not edited. */
  readonly action: Lined['action'] | 'by-hand';
  /** Where the config finds the schema. */
  readonly reference: string;
  /** The schema was written to this file, since the package is not in node_modules. */
  readonly written?: string;
}

export interface InstallOptions {
  readonly cwd: string;
  readonly file: string | undefined;
  schema(): Promise<object>;
}

const name = 'kpi.config.schema.json';

/**
 * Names the JSON Schema in the config that is found, so that editors know its keys. Everything else in the file stays as it is, and a file
 * that cannot be read as a config is not touched: this throws `ConfigError`.
 */
export async function installSchema({ cwd, file: named, schema }: InstallOptions): Promise<InstalledSchema> {
  const config = await findConfig(cwd, named);
  const packaged = packagedSchema(config.dir);
  const reference = packaged ?? `./${name}`;
  const written = packaged === undefined ? await writeSchema(config, await schema()) : undefined;
  const said = { file: config.shown, reference, ...(written !== undefined && { written }) };
  const edit = editOf(config);
  if (edit === undefined) return { ...said, action: 'by-hand' };
  const text = await readFile(config.file, 'utf8');
  const { text: lined, action } = edit(text, reference);
  if (action === 'ready') return { ...said, action };
  await checkSame(cwd, config, lined, reference);
  await write(config, config.file, lined);
  return { ...said, action };
}

function editOf({ file, computed }: ConfigFile): typeof withJsonSchema | undefined {
  if (computed || basename(file) === 'package.json') return undefined;
  return extname(file) === '.json' ? withJsonSchema : withYamlSchema;
}

/** The package's own schema, in the nearest node_modules that has it, as the config would name it. */
export function packagedSchema(dir: string): string | undefined {
  for (let above = dir; ; above = dirname(above)) {
    const found = join(above, 'node_modules', 'kpi', name);
    if (existsSync(found)) {
      const path = relative(dir, found).replaceAll('\\', '/');
      return path.startsWith('.') ? path : `./${path}`;
    }
    if (dirname(above) === above) return undefined;
  }
}

/** Beside the config. What is there and is no schema of kpi stays. */
async function writeSchema(config: ConfigFile, schema: object): Promise<string | undefined> {
  const path = join(config.dir, name);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (existsSync(path)) {
    const there = await readFile(path, 'utf8');
    const value = parsed(there);
    if (isDeepStrictEqual(value, schema)) return undefined;
    if (!isRecord(value) || value.title !== schemaTitle) throw fileError(path, 'is not a schema of kpi: move it away, and run this again');
  }
  await write(config, path, text);
  return join(dirname(config.shown), name);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The new text is read before it is written: it must be the same config. */
async function checkSame(cwd: string, { file, shown, raw }: ConfigFile, text: string, reference: string): Promise<void> {
  const value: unknown = await configLoaders(cwd)[extname(file)]?.(file, text);
  const wanted = extname(file) === '.json' ? { ...raw, $schema: reference } : raw;
  if (!isDeepStrictEqual(value, wanted)) throw fileError(shown, 'could not be edited safely and was left as it is; add the line by hand');
}

/** All of it, or none: a new file takes the place of the old one, also behind a link. */
async function write({ shown }: ConfigFile, file: string, text: string): Promise<void> {
  const target = existsSync(file) ? await realpath(file) : file;
  const unfinished = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text);
    if (existsSync(target)) await chmod(unfinished, (await stat(target)).mode);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw fileError(file === target ? shown : file, `cannot be written: ${reasonOf(error)}`);
  }
}
