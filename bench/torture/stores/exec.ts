import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kind } from '../store.ts';
import { identitiesOfLines } from './lines.ts';

const program = fileURLToPath(new URL('../../../test/children/exec-store.js', import.meta.url));

export const exec: Kind = {
  rerun: 'appends',
  async start(dir) {
    const path = join(dir, 'store.ndjson');
    return {
      entry: () => ({ type: 'exec', command: [process.execPath, program, path], batch: 5000 }),
      identities: async () => identitiesOfLines(path),
      stop: async () => writeFileSync(`${path}.away`, ''),
      start: async () => rmSync(`${path}.away`, { force: true }),
      close: async () => {},
    };
  },
};
