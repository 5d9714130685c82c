import { constants, existsSync, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SinkContext } from '../../sdk/context.ts';
import type { Finding } from '../../sdk/provider.ts';
import type { Settings } from './schema.ts';

/** Whether the file, or the folder of CSV files, may be written to. Nothing is written: a reader of the file would see it. */
export async function* check({ path: name, format }: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const found = { check: 'access' } as const;
  if (name === '-') {
    yield { ...found, status: 'ok', message: 'standard output' };
    return;
  }
  const path = context.resolve(name);
  const folder = dirname(path);
  if (!existsSync(folder)) {
    yield { ...found, status: 'error', message: `there is no directory for ${name}`, mend: `mkdir -p ${folder}` };
    return;
  }
  const isThere = existsSync(path);
  const isFolder = isThere && statSync(path).isDirectory();
  if (isThere && isFolder !== (format === 'csv')) {
    const message = isFolder ? `${name} is a folder` : `${name} is a file, and CSV needs a folder`;
    yield { ...found, status: 'error', message, mend: 'set `path` to another place, or move it away' };
    return;
  }
  // Beside what is appended to stands the file that locks it; a device or a pipe has none.
  const isStream = isThere && !isFolder && !statSync(path).isFile();
  const needed = isStream ? [path] : [isThere ? path : folder, existsSync(`${path}.lock`) ? `${path}.lock` : folder];
  for (const one of needed) {
    if (await mayWrite(one)) continue;
    const mend = `let this user write to ${one}, or set \`path\` to another place`;
    yield { ...found, status: 'error', message: `${name} cannot be written: ${one} may not be written to`, mend };
    return;
  }
  yield { ...found, status: 'ok', message: isThere ? `${name} may be written to` : `${name} is made by the first run` };
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
