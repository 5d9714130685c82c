import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFiles } from './write.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-init-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function file(shown: string, text: string) {
  return { shown, path: join(dir, shown), text };
}

describe('writeFiles', () => {
  it('writes new files, with their folders, and replaces old ones, which keep their mode', () => {
    writeFileSync(join(dir, 'old'), 'before');
    chmodSync(join(dir, 'old'), 0o600);
    writeFiles([file('a/b/new', 'new'), file('old', 'after')]);
    expect(readFileSync(join(dir, 'a/b/new'), 'utf8')).toBe('new');
    expect(readFileSync(join(dir, 'old'), 'utf8')).toBe('after');
    expect(statSync(join(dir, 'old')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir).sort()).toEqual(['a', 'old']);
  });

  it('writes through a link', () => {
    writeFileSync(join(dir, 'real'), 'before');
    symlinkSync('real', join(dir, 'link'));
    writeFiles([file('link', 'after')]);
    expect(readFileSync(join(dir, 'real'), 'utf8')).toBe('after');
    expect(readdirSync(dir).sort()).toEqual(['link', 'real']);
  });

  it('replaces no link that leads nowhere', () => {
    symlinkSync('nowhere', join(dir, 'link'));
    expect(() => writeFiles([file('link', 'after')])).toThrow('link cannot be written: it does not exist; nothing was written');
    expect(readdirSync(dir)).toEqual(['link']);
  });

  it.each([
    ['cannot be written', (at: string) => writeFileSync(at, 'a file, where a folder should be'), 'c/file'],
    ['cannot be put in its place', (at: string) => mkdirSync(`${at}/file/full`, { recursive: true }), 'c/file'],
  ])('leaves all as it was when one of them %s', (_, spoil, last) => {
    writeFileSync(join(dir, 'old'), 'before');
    spoil(join(dir, 'c'));
    const before = readdirSync(dir, { recursive: true }).sort();
    const files = ['old', 'new', 'a/b/new', last].map((name) => file(name, 'after'));
    expect(() => writeFiles(files)).toThrow(/^c\/file cannot be written: .+; nothing was written$/);
    expect(readFileSync(join(dir, 'old'), 'utf8')).toBe('before');
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
    expect(existsSync(join(dir, 'a'))).toBe(false);
  });
});
