import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { messageOf, PermanentError } from '../../sdk/errors.ts';
import { bounded, type Rows } from './rows.ts';
import { type Format, rowsOf } from './source-text.ts';

/** A list of as many sites as a source may have is shorter. */
const mostBytes = 32 * 1024 * 1024;

export interface FileSource {
  readonly file: string;
  readonly format?: Format | undefined;
}

/** Reads a file of sites. Throws a `PermanentError` that names it. */
export async function readFileSource({ file, format = formatOf(file) }: FileSource, path: string): Promise<Rows> {
  try {
    const found = await bounded(rowsOf(await bytesOf(path), format));
    if (found.rows.length === 0) throw new PermanentError('names no site', { kind: 'config' });
    return found;
  } catch (error) {
    const { kind } = error instanceof PermanentError ? error : { kind: 'config' as const };
    throw new PermanentError(`${file} ${error instanceof PermanentError ? error.message : `cannot be read: ${messageOf(error)}`}`, {
      kind,
      cause: error,
    });
  }
}

function formatOf(file: string): Format {
  const ending = extname(file).toLowerCase();
  return ending === '.json' ? 'json' : ending === '.csv' ? 'csv' : 'lines';
}

async function bytesOf(path: string): Promise<Uint8Array> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = await handle.stat();
  // A pipe would be waited for, and that cannot be ended.
  if (!found.isFile()) throw new PermanentError('is no regular file', { kind: 'config' });
  if (found.size > mostBytes) throw new PermanentError(`has ${found.size} bytes, which is more than ${mostBytes}`, { kind: 'config' });
  return await handle.readFile();
}
