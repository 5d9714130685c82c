import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findingsOf } from '../../testing/contract/check.ts';
import { createSinkContext } from '../../testing/contract/sink.ts';
import { file } from './index.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function checked(path: string, own: object = {}) {
  const settings = file.settings.parse({ path, ...own });
  return (await findingsOf(file.check?.(settings, createSinkContext({ measurements: [], dir })))).findings;
}

it('changes nothing', async () => {
  writeFileSync(join(dir, 'points.ndjson'), 'a line\n');
  expect(await checked('points.ndjson')).toEqual([{ check: 'access', status: 'ok', message: 'points.ndjson may be written to' }]);
  expect(await checked('new.ndjson')).toEqual([{ check: 'access', status: 'ok', message: 'new.ndjson is made by the first run' }]);
  expect(await checked('points', { format: 'csv' })).toMatchObject([{ status: 'ok' }]);
  expect(readdirSync(dir)).toEqual(['points.ndjson']);
  expect(readFileSync(join(dir, 'points.ndjson'), 'utf8')).toBe('a line\n');
});

it('knows standard output and devices', async () => {
  expect(await checked('-')).toEqual([{ check: 'access', status: 'ok', message: 'standard output' }]);
  expect(await checked('/dev/null')).toMatchObject([{ status: 'ok' }]);
});

it('says how to make the directory, and what stands in the way', async () => {
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'points.ndjson'), '');
  expect(await checked('no/points.ndjson')).toMatchObject([{ status: 'error', mend: `mkdir -p ${join(dir, 'no')}` }]);
  expect(await checked('folder')).toMatchObject([{ status: 'error', message: 'folder is a folder' }]);
  expect(await checked('points.ndjson', { format: 'csv' })).toMatchObject([
    { status: 'error', message: expect.stringContaining('needs a folder') },
  ]);
});

it.skipIf(process.getuid?.() === 0)('sees what may not be written', async () => {
  writeFileSync(join(dir, 'points.ndjson'), '', { mode: 0o400 });
  expect(await checked('points.ndjson')).toMatchObject([{ status: 'error', mend: expect.stringContaining('let this user write') }]);
  chmodSync(dir, 0o500);
  expect(await checked('new.ndjson')).toMatchObject([{ status: 'error' }]);
  chmodSync(dir, 0o700);
});
