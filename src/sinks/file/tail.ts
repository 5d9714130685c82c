import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import type { Log } from '../../sdk/context.ts';

/**
 * The size of a file, made fit to be appended to: what a crash left unfinished is cut off first. It is called while the lock is held, so
 * that nobody else is in the middle of a batch.
 */
export type End = (file: number) => number;

/** How the bytes of a file are put together. */
export interface Frame {
  /** The bytes that text is written as. */
  encode(text: string): Promise<Uint8Array>;
  /** Looks at a file that was just opened. Throws where it holds what nothing can be appended to. */
  endOf(file: number): Promise<End>;
}

export interface FrameOptions {
  /** The file as the user spelt it, for messages. */
  readonly name: string;
  readonly log: Log;
}

const lineBreak = 10;
const chunkBytes = 65_536;

/** The end of a file of lines. `isTorn` is true for the beginning of one of our lines that is not all of it. */
export function linesEnd(isTorn: (line: string) => boolean, { name, log }: FrameOptions): End {
  return (file) => {
    const { size } = fstatSync(file);
    if (size === 0 || readAt(file, size - 1, 1)[0] === lineBreak) return size;
    const start = lookBack(file, { from: 0, size }, (last) => after(last.lastIndexOf(lineBreak), 1)) ?? 0;
    const last = readAt(file, start, size - start);
    if (isTorn(last.toString())) {
      ftruncateSync(file, start);
      log.warn('cut off a line that a crash had left unfinished', { file: name, bytes: last.length });
      return start;
    }
    // A whole line, or one that is not ours: it lacks the line break only.
    return size + writeSync(file, '\n');
  };
}

/**
 * Looks back from the end, further and further, for what `find` finds in the last bytes; its place in the file, or undefined where there
 * is none behind `from`.
 */
export function lookBack(
  file: number,
  { from, size }: { readonly from: number; readonly size: number },
  find: (last: Buffer) => number | undefined,
): number | undefined {
  const most = size - from;
  for (let length = Math.min(most, chunkBytes); ; length = Math.min(most, length * 4)) {
    const found = find(readAt(file, size - length, length));
    if (found !== undefined) return size - length + found;
    if (length === most) return undefined;
  }
}

/** Bytes of a file; fewer where it ends before. */
export function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  for (let more = -1; read < length && more !== 0; read += more) more = readSync(file, bytes, read, length - read, position + read);
  return bytes.subarray(0, read);
}

/** Writes all of it at the end, or nothing: what was begun is taken back. */
export function appendAll(file: number, bytes: Uint8Array, end: number): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  } catch (error) {
    ftruncateSync(file, end);
    throw error;
  }
}

/** A place `by` bytes behind one that was found, or undefined for -1. */
function after(found: number, by: number): number | undefined {
  return found === -1 ? undefined : found + by;
}
