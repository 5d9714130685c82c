import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pageCap } from './order.ts';
import { textOf } from './page-text.ts';

const utf8 = 'text/html; charset=utf-8';

function page(body: Uint8Array | string, type?: string, encoding?: string) {
  return { body: Uint8Array.from(Buffer.from(body as string)), type, encoding };
}

describe('the text of a page', () => {
  it('is read in the charset of its header', async () => {
    expect(await textOf(page('café', utf8))).toBe('café');
    expect(await textOf(page(Buffer.from('café', 'latin1'), 'text/html; charset="ISO-8859-1"'))).toBe('café');
  });

  it('is read in the charset that it names itself, when the header names none', async () => {
    const text = '<meta name="a"><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">café';
    expect(await textOf(page(Buffer.from(text, 'latin1'), 'text/html'))).toBe(text);
    expect(await textOf(page(Buffer.from('<META charset=latin1>é', 'latin1')))).toBe('<META charset=latin1>é');
  });

  it('is UTF-8 otherwise, and never fails', async () => {
    expect(await textOf(page('café'))).toBe('café');
    expect(await textOf(page('café', 'text/html; charset=klingon'))).toBe('café');
    expect(await textOf(page(Buffer.from([0x61, 0xff, 0x62]), utf8))).toBe('a\ufffdb');
  });

  it.each([
    ['gzip', gzipSync('café')],
    ['X-GZIP', gzipSync('café')],
    ['deflate', deflateSync('café')],
    ['br', brotliCompressSync('café')],
    ['identity', Buffer.from('café')],
  ])('is unpacked: %s', async (encoding, body) => {
    expect(await textOf(page(body, utf8, encoding))).toBe('café');
  });

  it.each([
    ['gzip', gzipSync(Buffer.from(words()))],
    ['deflate', deflateSync(Buffer.from(words()))],
    ['br', brotliCompressSync(Buffer.from(words()))],
  ])('is what came before the break: %s', async (encoding, body) => {
    const text = await textOf(page(body.subarray(0, body.byteLength / 2), utf8, encoding));
    expect(text.length).toBeGreaterThan(100);
    expect(words().startsWith(text)).toBe(true);
  });

  it('is unpacked only so far', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, 'a'));
    expect((await textOf(page(bomb, utf8, 'gzip'))).length).toBe(pageCap);
  });

  it('is empty when what came is not packed at all', async () => {
    expect(await textOf(page('<p>plain', utf8, 'gzip'))).toBe('');
  });
});

function words(): string {
  return Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 9973).join(' ');
}
