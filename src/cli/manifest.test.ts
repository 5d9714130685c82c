import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readManifest } from './manifest.ts';

const folder = mkdtempSync(join(tmpdir(), 'kpi-manifest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manifest = { version: '1.2.3', commands: { collect: {} }, help: { collect: 'USAGE' } };

function written(content: object): string {
  const file = join(folder, 'oclif.manifest.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

it('reads what the build of this version wrote', () => {
  expect(readManifest(written(manifest), '1.2.3')).toEqual(manifest);
});

it('does without one that is missing, of another version, or without help', () => {
  expect(readManifest(join(folder, 'none.json'), '1.2.3')).toBeUndefined();
  expect(readManifest(written(manifest), '1.2.4')).toBeUndefined();
  expect(readManifest(written({ version: '1.2.3', commands: {} }), '1.2.3')).toBeUndefined();
});
