import { join } from 'node:path';
import type { Kind } from '../store.ts';
import { identitiesOfLines } from './lines.ts';

export const file: Kind = {
  rerun: 'appends',
  async start(dir) {
    const path = join(dir, 'store.ndjson');
    return { entry: () => ({ type: 'file', path }), identities: async () => identitiesOfLines(path), close: async () => {} };
  },
};
