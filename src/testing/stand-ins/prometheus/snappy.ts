/**
 * Reads a block of Snappy as its description says, and throws, in words, on what is none: lengths that do not add up, copies from before
 * the beginning. https://github.com/google/snappy/blob/main/format_description.txt
 */
export function uncompress(block: Uint8Array): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = byteAt(at++);
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    if (shift === 28) throw new Error('snappy: corrupt input');
  }
  const out = Buffer.alloc(size);
  let written = 0;

  function byteAt(place: number): number {
    const byte = block[place];
    if (byte === undefined) throw new Error('snappy: corrupt input');
    return byte;
  }

  function littleEndian(bytes: number): number {
    let value = 0;
    for (let index = 0; index < bytes; index++) value += byteAt(at++) * 2 ** (8 * index);
    return value;
  }

  while (at < block.length) {
    const tag = byteAt(at++);
    const kind = tag & 3;
    if (kind === 0) {
      const upper = tag >> 2;
      const length = (upper < 60 ? upper : littleEndian(upper - 59)) + 1;
      if (at + length > block.length || written + length > size) throw new Error('snappy: corrupt input');
      out.set(block.subarray(at, at + length), written);
      at += length;
      written += length;
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1 ? ((tag >> 5) << 8) + byteAt(at++) : littleEndian(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > written || written + length > size) throw new Error('snappy: corrupt input');
    // Byte by byte: a copy may reach into itself.
    for (let index = 0; index < length; index++, written++) out[written] = out[written - offset] as number;
  }
  if (written !== size) throw new Error('snappy: corrupt input');
  return out;
}
