import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Where `--report` goes, absolute. Throws `UsageError` where nothing could be written in the end. */
export function reportFile(text: string, cwd: string): string {
  const file = resolve(cwd, text);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`--report ${text} is a folder: name a file`);
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new UsageError(`--report ${text}: the folder ${dirname(file)} is not there, or cannot be written to`);
  }
  return file;
}

/** Writes the whole text, or leaves what was there as it was. */
export function writeReportFile(file: string, text: string): void {
  // A device or a pipe, such as /dev/stderr, is written to and never replaced.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(file, text);
    return;
  }
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
