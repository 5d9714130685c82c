import { accessSync, constants, lstatSync, openSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Opens a file as a run does that appends to it, and makes none: undefined where there is none yet and one can be made. Throws what
 * opening or making it would.
 */
export function openThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_APPEND);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  checkMakeable(path);
  return undefined;
}

/** Of a path where nothing is: whether something can be made there. Through a link, it is made where that leads to. */
export function checkMakeable(path: string): void {
  const folder = dirname(path);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) checkMakeable(resolve(realpathSync(folder), readlinkSync(path)));
  else accessSync(folder, constants.W_OK | constants.X_OK);
}
