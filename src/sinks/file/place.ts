import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SinkContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import { gzipFrame } from './gzip.ts';
import { isTornLine } from './line-protocol.ts';
import { isTornNdjson } from './ndjson.ts';
import { plainFrame } from './plain.ts';
import type { Settings } from './schema.ts';
import { type Frame, linesEnd } from './tail.ts';

/** The absolute path, in a directory that is there. */
export function existingPlace(name: string, context: SinkContext): string {
  if (name.includes('\0')) {
    throw new PermanentError('`path` has a character NUL, which no file has in its name: correct it', { kind: 'unavailable' });
  }
  const path = context.resolve(name);
  if (existsSync(dirname(path))) return path;
  throw new PermanentError(`there is no directory for ${name}: make it, or set \`path\` to another file`, { kind: 'unavailable' });
}

/** How it is written to. What is not there becomes a file, and a folder fails as one. */
export function kindOf(path: string): 'pipe' | 'device' | 'file' {
  const stats = existsSync(path) ? statSync(path) : undefined;
  if (stats?.isFIFO()) return 'pipe';
  return stats && !stats.isFile() && !stats.isDirectory() ? 'device' : 'file';
}

/** How the bytes of a file of lines are put together. */
export function frameOf({ path: name, format, gzip }: Settings, { log }: SinkContext): Frame {
  const shown = { name, log };
  return gzip ? gzipFrame(shown) : plainFrame(linesEnd(format === 'line-protocol' ? isTornLine : isTornNdjson, shown), shown);
}
