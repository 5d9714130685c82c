import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFileSource } from './source-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'kpi-sites-'));
afterAll(() => rmSync(dir, { recursive: true }));

function read(file: string, text?: string, format?: 'json' | 'csv' | 'lines') {
  if (text !== undefined) writeFileSync(join(dir, file), text);
  return readFileSource({ file, format }, join(dir, file));
}

describe('a file of sites', () => {
  it.each([
    ['a.json', '["https://a.example"]', undefined, 'item 1'],
    ['a.CSV', 'url\nhttps://a.example', undefined, 'line 2'],
    ['a.txt', 'https://a.example', undefined, 'line 1'],
    ['a', 'url\nhttps://a.example', 'csv', 'line 2'],
  ] as const)('is read by its ending, or as it is told: %s', async (file, text, format, place) => {
    expect(await read(file, text, format)).toEqual({ rows: [{ place, values: { url: 'https://a.example' } }] });
  });

  it('that is longer than any list is cut, and says where', async () => {
    const { rows, cutAt } = await read('long.txt', `# all\n${'https://a.example\n'.repeat(100_000)}`);
    expect(rows).toHaveLength(50_000);
    expect(cutAt).toBe('line 50002');
  });

  it.each([
    ['empty.txt', '', 'empty.txt names no site'],
    ['comments.txt', '# none\n', 'comments.txt names no site'],
    ['head.csv', 'url,name\n', 'head.csv names no site'],
    ['none.json', '[]', 'none.json names no site'],
    ['bad.json', '[', /^bad\.json is not well-formed JSON/],
    ['gone.txt', undefined, /^gone\.txt cannot be read: ENOENT/],
  ])('%s: %s is an error that names it', async (file, text, message) => {
    await expect(read(file, text)).rejects.toThrow(message);
    await expect(read(file, text)).rejects.toMatchObject({ name: 'PermanentError', kind: 'config' });
  });

  it('is no folder, no pipe, and not endless', async () => {
    await expect(readFileSource({ file: 'x' }, dir)).rejects.toThrow(/^x (is no regular file|cannot be read)/);
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    await expect(read('pipe')).rejects.toThrow('pipe is no regular file');
    writeFileSync(join(dir, 'huge'), '');
    truncateSync(join(dir, 'huge'), 33 * 1024 * 1024);
    await expect(read('huge')).rejects.toThrow('huge has 34603008 bytes, which is more than 33554432');
  });
});
