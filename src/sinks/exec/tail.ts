import { stripVTControlCharacters } from 'node:util';

/** The end of what a program writes, in little memory. */
export interface Tail {
  add(part: Buffer): void;
  /** The last line that is not empty. */
  line(): string;
}

const keptBytes = 64 * 1024;

export function createTail(): Tail {
  let kept = Buffer.alloc(0);
  let isWhole = true;
  return {
    add(part) {
      kept = Buffer.concat([kept, part]);
      if (kept.length <= keptBytes) return;
      kept = kept.subarray(-keptBytes);
      isWhole = false;
    },
    line() {
      const lines = stripVTControlCharacters(kept.toString()).split(/[\r\n]+/);
      const last = lines.findLastIndex((line) => line.trim() !== '');
      // Of a secret of which only a part is left, nobody could see that it is one.
      if (last === 0 && !isWhole) return `a line of more than ${keptBytes / 1024} KiB`;
      return lines[last]?.trim() ?? '';
    },
  };
}
