import { createReadStream, fstatSync, ftruncateSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createGunzip, deflateRaw } from 'node:zlib';
import { PermanentError } from '../../sdk/errors.ts';
import { type End, type Frame, type FrameOptions, lookBack, readAt } from './tail.ts';

const deflate = promisify(deflateRaw);

/**
 * How each member begins: a gzip header with a field of our own, `KP`, whose value is the size of the whole member. So the last one is
 * found from the end of the file, and whether it is whole. Text in UTF-8 never holds these bytes.
 * https://www.rfc-editor.org/rfc/rfc1952#section-2.3
 */
const beginning = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x4b, 0x50, 4, 0]);
const headBytes = beginning.length + 4;
const endBytes = 8;

/** Files of gzip: each batch is a member of its own, and a file of members is one that `zcat` reads. */
export function gzipFrame(options: FrameOptions): Frame {
  return { encode: gzipMember, endOf: (file) => gzipEnd(file, options) };
}

/** True where a file begins as gzip does. */
export function isGzip(file: number): boolean {
  return readAt(file, 0, 2).equals(beginning.subarray(0, 2));
}

/** One gzip member with this text. */
export async function gzipMember(text: string): Promise<Uint8Array> {
  const bytes = Buffer.from(text);
  const packed = await deflate(bytes);
  const sums = Buffer.alloc(endBytes);
  sums.writeUInt32LE(crc32(bytes), 0);
  sums.writeUInt32LE(bytes.length % 2 ** 32, 4);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(headBytes + packed.length + endBytes);
  return Buffer.concat([beginning, size, packed, sums]);
}

async function gzipEnd(file: number, { name, log }: FrameOptions): Promise<End> {
  /** Up to here, all is known to be whole. */
  let whole = 0;
  const { size: first } = fstatSync(file);
  const found = look(file, whole, first);
  if ('foreign' in found) {
    // Members that another program made, such as a file that was compressed by hand, are as good as ours, where they are whole.
    if (!(await canBeRead(file, found.foreign, first))) throw foreignError(name);
    whole = first;
  }
  return (to) => {
    const { size } = fstatSync(to);
    if (size < whole) whole = 0;
    const now = look(to, whole, size);
    if ('foreign' in now) throw foreignError(name);
    if (now.end < size) {
      ftruncateSync(to, now.end);
      log.warn('cut off a batch that a crash had left unfinished', { file: name, bytes: size - now.end });
    }
    whole = now.end;
    return now.end;
  };
}

/** Where whole members end that are ours; or where something begins that is not. */
function look(file: number, from: number, size: number): { readonly end: number } | { readonly foreign: number } {
  if (size === from) return { end: size };
  const last = lookBack(file, { from, size }, (bytes) => {
    const at = bytes.lastIndexOf(beginning);
    return at === -1 ? undefined : at;
  });
  const head = last === undefined ? undefined : readAt(file, last, headBytes);
  if (last !== undefined && (head === undefined || head.length < headBytes)) return { end: last };
  const end = last === undefined || head === undefined ? from : last + head.readUInt32LE(beginning.length);
  if (end > size) return { end: last as number };
  const rest = readAt(file, end, Math.min(size - end, beginning.length));
  // Of the next member, there may be some bytes of its beginning.
  return size - end < beginning.length && rest.equals(beginning.subarray(0, rest.length)) ? { end } : { foreign: end };
}

async function canBeRead(file: number, start: number, size: number): Promise<boolean> {
  try {
    await pipeline(createReadStream('', { fd: file, autoClose: false, start, end: size - 1 }), createGunzip(), async (parts) => {
      for await (const _ of parts);
    });
    return true;
  } catch {
    return false;
  }
}

function foreignError(name: string): PermanentError {
  return new PermanentError(`${name} holds what is not gzip, or is damaged: move it away, or set \`path\` to another file`, {
    kind: 'unavailable',
  });
}
