import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SinkContext } from '../../sdk/context.ts';
import type { Finding } from '../../sdk/provider.ts';
import { inShell } from '../../sdk/shell.ts';
import { tryAppended } from './appended.ts';
import { tryFolder } from './folder.ts';
import { meaning } from './output.ts';
import { existingPlace, frameOf, kindOf } from './place.ts';
import type { Settings } from './schema.ts';
import { tryDevice } from './stream.ts';

/**
 * Opens what a run would open, in the same way, and makes and writes nothing: a reader of the file would see it. Throws what the run
 * would be told.
 */
export async function* check(settings: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const { path: name, format, gzip } = settings;
  const found = { check: 'access' } as const;
  if (name === '-') {
    yield { ...found, status: 'ok', message: 'standard output' };
    return;
  }
  const folder = dirname(context.resolve(name));
  const isMade: Finding = { ...found, status: 'ok', message: `${name} is made by the first run` };
  if (!existsSync(folder) && !name.includes('\0')) {
    if (context.hasFolder(folder)) yield isMade;
    else yield { ...found, status: 'error', message: `there is no directory for ${name}`, mend: `mkdir -p ${inShell(folder)}` };
    return;
  }
  const path = existingPlace(name, context);
  if (format !== 'csv' && kindOf(path) === 'pipe') {
    meaning(name, () => accessSync(path, constants.W_OK));
    // To open it would end the wait of whoever reads it, and to close it again what they read.
    const message = `${name} is a named pipe: whether anybody reads it shows when a run opens it`;
    yield { ...found, status: 'warning', message, mend: 'start what reads it before each run' };
    return;
  }
  const isThere = await tryPlace();
  yield isThere ? { ...found, status: 'ok', message: `${name} may be written to` } : isMade;

  async function tryPlace(): Promise<boolean> {
    if (format === 'csv') return await tryFolder({ name, path, gzip }, context);
    if (kindOf(path) === 'device') return await tryDevice(name, path);
    return await tryAppended({ name, path, frame: frameOf(settings, context) });
  }
}
