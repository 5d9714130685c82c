import { describe, expect, it } from 'vitest';
import { parseBytes } from './bytes.ts';

describe('parseBytes', () => {
  it.each([
    ['1GiB', 1024 ** 3],
    ['500MB', 500_000_000],
    ['1.5 KiB', 1536],
    ['64kB', 64_000],
    ['100B', 100],
    ['1048576', 1_048_576],
    [1_048_576, 1_048_576],
  ])('%s is %d', (written, bytes) => {
    expect(parseBytes(written)).toBe(bytes);
  });

  it.each(['', 'GiB', '1gib', '1 Gigabyte', '-1MB', '0', 0, -5, 1.5e300, '999999999999999TiB', Number.NaN])('refuses %s', (written) => {
    expect(parseBytes(written)).toBeUndefined();
  });
});
