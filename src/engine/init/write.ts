import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../config/reason.ts';
import { UsageError } from '../usage-error.ts';

export interface NewFile {
  /** For messages. */
  readonly shown: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Writes all of the files. Where one cannot be written, leaves everything as it was, and throws `UsageError`. */
export function writeFiles(files: readonly NewFile[]): void {
  const undo: (() => void)[] = [];
  const staged: { readonly temporary: string; readonly path: string; readonly shown: string }[] = [];
  let current = '';
  try {
    for (const { path, text, shown } of files) {
      current = shown;
      // What a link leads to is written; one that leads nowhere is no place for a file.
      const target = lstatSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
      const made = mkdirSync(dirname(target), { recursive: true });
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
      const temporary = `${target}.${process.pid}.tmp`;
      undo.push(() => rmSync(temporary, { force: true }));
      writeFileSync(temporary, text);
      if (existsSync(target)) chmodSync(temporary, statSync(target).mode);
      staged.push({ temporary, path: target, shown });
    }
    for (const { temporary, path, shown } of staged) {
      current = shown;
      const before = existsSync(path) ? readFileSync(path) : undefined;
      renameSync(temporary, path);
      undo.push(() => (before === undefined ? rmSync(path, { force: true }) : writeFileSync(path, before)));
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new UsageError(`${current} cannot be written: ${reasonOf(error)}; nothing was written`);
  }
}
