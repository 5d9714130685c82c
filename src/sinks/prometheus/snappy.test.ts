import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../testing/random.ts';
import { uncompress } from '../../testing/stand-ins/prometheus/snappy.ts';
import { createCompressor } from './snappy.ts';

const text = (words: string) => new TextEncoder().encode(words);

describe('snappy', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a byte', text('a')],
    ['fewer bytes than are looked at', text('abcabcabcabcab')],
    ['a run of one byte, copied out of itself', text('a'.repeat(1000))],
    ['what repeats nearby', text('label="value one",'.repeat(300))],
    ['what repeats far away', text(`${'x'.repeat(3000)}0123456789abcdef${'y'.repeat(3000)}0123456789abcdef`)],
    [
      'literals of every length of length',
      text(Array.from({ length: 900 }, (_, index) => String.fromCharCode(33 + ((index * 7919) % 90))).join('')),
    ],
    ['more than a fragment', text('github_repository_stars{repo="a"} '.repeat(9000))],
    ['exactly a fragment', new Uint8Array(65_536)],
    ['a byte more than a fragment', new Uint8Array(65_537)],
  ])('reads back %s', (_, bytes) => {
    expect(uncompress(createCompressor().compress(bytes, bytes.length)).equals(bytes)).toBe(true);
  });

  it.each([59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 128, 132, 256, 257, 65_535])('reads back a match of %i bytes', (length) => {
    const unlike = Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 3)) & 255);
    const bytes = Buffer.concat([unlike, text('-between-them-'), unlike, text('the end of it all')]);
    expect(uncompress(createCompressor().compress(bytes, bytes.length)).equals(bytes)).toBe(true);
  });

  it('reads back whatever it is, with one compressor for all', () => {
    const random = seededRandom(11);
    const below = (limit: number) => Math.floor(random() * limit);
    const compressor = createCompressor();
    for (let round = 0; round < 300; round++) {
      const letters = 1 + below(round % 3 === 0 ? 256 : 4);
      const bytes = Uint8Array.from({ length: below(5000) }, () => below(letters));
      expect(uncompress(compressor.compress(bytes, bytes.length)).equals(bytes)).toBe(true);
    }
  });

  it('takes the first bytes only, and packs what repeats', () => {
    const bytes = text('prom_sample_level{place="somewhere"} '.repeat(2000));
    const block = createCompressor().compress(bytes, bytes.length - 10);
    expect(uncompress(block).equals(bytes.subarray(0, -10))).toBe(true);
    expect(block.length).toBeLessThan(bytes.length / 10);
  });
});
