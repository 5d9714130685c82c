import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { reasonOf } from './reason.ts';

it.each([
  ['/no/such/file', 'it does not exist'],
  ['/', 'it is a folder'],
  ['/dev/null/x', 'a part of its path is no folder'],
  [`/${'x'.repeat(300)}`, 'its name is too long'],
])('says why %s cannot be read', async (path, expected) => {
  expect(reasonOf(await readFile(path).catch((error: unknown) => error))).toBe(expected);
});

it('leaves the words of any other error', () => {
  expect(reasonOf(new Error('the disk is on fire'))).toBe('the disk is on fire');
});
