/**
 * Snappy's block format, which remote write is sent in. A compressor of our own, of a format that has not changed since 2011: what npm
 * has is either not kept any more (`snappyjs`) or a binary for each platform (`snappy`), for eighty lines.
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
export interface Compressor {
  /** A new block of the first `length` bytes. */
  compress(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer>;
}

/** Copies reach no further back than the fragment that they are in. */
const fragment = 65_536;
const tableBits = 14;
/** Where fewer bytes are left, they are not looked at any more: looking ahead needs no bounds. */
const margin = 15;

export function createCompressor(): Compressor {
  const table = new Uint16Array(2 ** tableBits);
  let source: Uint8Array = new Uint8Array(0);
  let view: DataView = new DataView(new ArrayBuffer(0));
  let out = new Uint8Array(0);
  let to = 0;

  function literal(from: number, length: number): void {
    const last = length - 1;
    if (last < 60) out[to++] = last << 2;
    else if (last < 256) {
      out[to++] = 60 << 2;
      out[to++] = last;
    } else {
      out[to++] = 61 << 2;
      out[to++] = last & 255;
      out[to++] = last >>> 8;
    }
    if (length < 32) for (let at = from; at < from + length; at++) out[to++] = source[at] as number;
    else {
      out.set(source.subarray(from, from + length), to);
      to += length;
    }
  }

  function copyOf(offset: number, length: number): void {
    out[to++] = 2 | ((length - 1) << 2);
    out[to++] = offset & 255;
    out[to++] = offset >>> 8;
  }

  function copy(offset: number, length: number): void {
    let left = length;
    // The rest is never shorter than 4, which the shortest form needs.
    for (; left >= 68; left -= 64) copyOf(offset, 64);
    if (left > 64) {
      copyOf(offset, 60);
      left -= 60;
    }
    if (left >= 12 || offset >= 2048) copyOf(offset, left);
    else {
      out[to++] = 1 | ((left - 4) << 2) | ((offset >>> 8) << 5);
      out[to++] = offset & 255;
    }
  }

  /** Finds four bytes that were there before by their hash, and goes on as long as they are the same. */
  function compressFragment(start: number, end: number): void {
    let unsent = start;
    const limit = end - margin;
    table.fill(0);
    let at = start + 1;
    let misses = 32;
    while (at <= limit) {
      const four = view.getInt32(at, true);
      const hash = Math.imul(four, 0x1e35a7bd) >>> (32 - tableBits);
      const candidate = start + (table[hash] as number);
      table[hash] = at - start;
      if (candidate >= at || view.getInt32(candidate, true) !== four) {
        // What does not repeat is passed over faster and faster.
        at += misses++ >>> 5;
        continue;
      }
      if (at > unsent) literal(unsent, at - unsent);
      let matched = 4;
      while (at + matched < end && source[candidate + matched] === source[at + matched]) matched++;
      copy(at - candidate, matched);
      at += matched;
      unsent = at;
      misses = 32;
      if (at > limit) break;
      table[Math.imul(view.getInt32(at - 1, true), 0x1e35a7bd) >>> (32 - tableBits)] = at - 1 - start;
    }
    if (unsent < end) literal(unsent, end - unsent);
  }

  return {
    compress(bytes, length) {
      source = bytes;
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      // The most that a block can become. https://github.com/google/snappy/blob/main/snappy.cc
      const most = 32 + length + Math.ceil(length / 6);
      if (out.length < most) out = new Uint8Array(most);
      to = 0;
      let left = length;
      for (; left > 127; left >>>= 7) out[to++] = (left & 127) | 128;
      out[to++] = left;
      for (let start = 0; start < length; start += fragment) compressFragment(start, Math.min(start + fragment, length));
      return out.slice(0, to);
    },
  };
}
