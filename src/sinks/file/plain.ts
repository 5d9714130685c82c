import { PermanentError } from '../../sdk/errors.ts';
import { isGzip } from './gzip.ts';
import type { End, Frame, FrameOptions } from './tail.ts';

/** Files of text as it is. */
export function plainFrame(end: End, { name }: FrameOptions): Frame {
  return {
    encode: async (text) => Buffer.from(text),
    async endOf(file) {
      if (!isGzip(file)) return end;
      throw new PermanentError(`${name} is compressed: set \`gzip\` to true, or \`path\` to another file`, { kind: 'unavailable' });
    },
  };
}
