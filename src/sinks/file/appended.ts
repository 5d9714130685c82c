import { close, fdatasync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Log } from '../../sdk/context.ts';
import { openLock } from './lock.ts';
import { type Output, outputError } from './output.ts';

export interface AppendedOptions {
  /** As the user spelt it, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly log: Log;
}

const lineBreak = 10;
const chunkBytes = 65_536;
/** How each of our lines begins. */
const beginning = '{"measurement":"';

/**
 * A file that holds whole lines only. A batch is appended in one go, under a lock that all its writers take: so one may take back what
 * it could not finish, and cut off what a crash left unfinished, and never touch another's line. What it cuts was never acknowledged.
 * The lock is not held while the disk is waited for.
 */
export async function openAppended({ name, path, log }: AppendedOptions): Promise<Output> {
  let file: number | undefined = meaning(() => openSync(path, 'a+'));
  const lock = await openLock(name, `${path}.lock`);

  function meaning<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw outputError(name, error);
    }
  }

  /** The file anew, where somebody has removed it: what is written to the old one would vanish with it. */
  async function opened(removed: number): Promise<number> {
    const anew = meaning(() => openSync(path, 'a+'));
    await promisify(close)(removed);
    return anew;
  }

  function appendNow(to: number, bytes: Uint8Array): void {
    const end = endOfLines(to);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(to, bytes, written);
    } catch (error) {
      ftruncateSync(to, end);
      throw error;
    }
  }

  /** The size of the file, made to end with a line break. */
  function endOfLines(of: number): number {
    const { size } = fstatSync(of);
    const start = startOfLast(of, size);
    if (start === size) return size;
    const last = Buffer.alloc(size - start);
    readSync(of, last, 0, last.length, start);
    if (isTorn(last.toString())) {
      ftruncateSync(of, start);
      log.warn('cut off a line that a crash had left unfinished', { file: name, bytes: last.length });
      return start;
    }
    // A whole line, or one that is not ours: it lacks the line break only.
    return size + writeSync(of, '\n');
  }

  return {
    async append(text) {
      if (file === undefined) throw new TypeError(`${name} is closed`);
      const bytes = Buffer.from(text);
      if (fstatSync(file).nlink === 0) file = await opened(file);
      const to = file;
      lock.hold(() => meaning(() => appendNow(to, bytes)));
      await promisify(fdatasync)(to).catch((error) => {
        throw outputError(name, error);
      });
    },
    async close() {
      if (file === undefined) return;
      const closing = file;
      file = undefined;
      lock.close();
      await promisify(close)(closing);
    },
  };
}

/** Where the last line begins that has no line break; the size of the file where it ends with one. */
function startOfLast(file: number, size: number): number {
  const chunk = Buffer.alloc(chunkBytes);
  // Nearly always the last byte tells.
  for (let end = size, length = 1; end > 0; end -= length, length = Math.min(chunkBytes, end)) {
    readSync(file, chunk, 0, length, end - length);
    const found = chunk.lastIndexOf(lineBreak, length - 1);
    if (found >= 0) return end - length + found + 1;
  }
  return 0;
}

/** True for the beginning of one of our lines that is not all of it. */
function isTorn(line: string): boolean {
  if (!line.startsWith(beginning) && !beginning.startsWith(line)) return false;
  try {
    JSON.parse(line);
    return false;
  } catch {
    return true;
  }
}
