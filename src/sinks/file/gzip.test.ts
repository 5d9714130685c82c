import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gauge, measurement, PermanentError } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { gzipMember } from './gzip.ts';
import { file } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', { help: 'Numbers.', time: 'snapshot', tags: { place: 'where' }, fields: { level: gauge() } });

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-gzip-'));
  path = join(dir, 'points.ndjson.gz');
});
afterEach(() => rmSync(dir, { recursive: true }));

async function write(level: number, gzip = true): Promise<void> {
  const open = await file.open(file.settings.parse({ path, gzip }), createSinkContext({ measurements: [numbers] }));
  try {
    await open.write([entryOf({ measurement: 'numbers', fields: { level }, time: now, collectedAt: now })]);
  } finally {
    await open.close();
  }
}

const levels = () =>
  gunzipSync(readFileSync(path))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).fields?.level ?? line);

describe('gzip', () => {
  it.each([0, 1, 100, 1_000_000])('makes members of %i bytes that say how long they are', async (length) => {
    const text = 'ü'.repeat(length);
    const bytes = Buffer.from(await gzipMember(text));
    expect(gunzipSync(bytes).toString()).toBe(text);
    expect(bytes.readUInt32LE(16)).toBe(bytes.length);
  });

  it('is much smaller', async () => {
    const text = '{"measurement":"numbers","tags":{"place":"here"}}\n'.repeat(1000);
    expect((await gzipMember(text)).length * 20).toBeLessThan(text.length);
  });

  it('goes on behind a file that was compressed by hand', async () => {
    writeFileSync(path, gzipSync('{"fields":{"level":1}}\n'));
    await write(2);
    await write(3);
    appendFileSync(path, gzipSync('{"fields":{"level":4}}\n'));
    await write(5);
    expect(levels()).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ['text', Buffer.from('{"fields":{"level":1}}\n')],
    ['a damaged file', gzipSync('{"fields":{"level":1}}\n').subarray(0, 30)],
  ])('appends nothing to %s, which nobody could read then', async (_, before) => {
    writeFileSync(path, before);
    const failure = await write(2).catch((error) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe(`${path} holds what is not gzip, or is damaged: move it away, or set \`path\` to another file`);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('appends no text to a file that is compressed', async () => {
    await write(1);
    await expect(write(2, false)).rejects.toThrow(`${path} is compressed: set \`gzip\` to true, or \`path\` to another file`);
    expect(levels()).toEqual([1]);
  });

  it('cuts what another process left unfinished while it was open', async () => {
    const open = await file.open(file.settings.parse({ path, gzip: true }), createSinkContext({ measurements: [numbers] }));
    const batch = (level: number) => [entryOf({ measurement: 'numbers', fields: { level }, time: now, collectedAt: now })];
    await open.write(batch(1));
    await write(2);
    appendFileSync(path, (await gzipMember('torn')).subarray(0, 25));
    await open.write(batch(3));
    await open.close();
    expect(levels()).toEqual([1, 2, 3]);
  });
});
