import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeFilesOf } from './made-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-init-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const made = (given: string, workflow = true) => madeFilesOf([given], { cwd: dir, ignored: '', workflow });

/** Those of the files that git leaves alone. */
function ignoredByGit(lines: readonly string[], files: readonly string[]): readonly string[] {
  execFileSync('git', ['init', '--quiet', '.'], { cwd: dir });
  writeFileSync(join(dir, '.gitignore'), `${lines.join('\n')}\n`);
  for (const file of files) {
    mkdirSync(join(dir, file, '..'), { recursive: true });
    writeFileSync(join(dir, file), '');
  }
  const listed = execFileSync('git', ['ls-files', '-z', '--others', '--exclude-standard'], { cwd: dir, encoding: 'utf8' }).split('\0');
  return files.filter((file) => !listed.includes(file));
}

describe('madeFilesOf', () => {
  it.each([
    ['kpi.db', 'kpi.db'],
    ['./data.db', 'data.db'],
    ['my kpi.db', 'my kpi.db'],
    ['größe 数.db', 'größe 数.db'],
    ['a/../b//kpi.db', 'b/kpi.db'],
    ['kpi', 'kpi'],
    ['a[1]*?!#.db', 'a[1]*?!#.db'],
    ['#!.db', '#!.db'],
    ['out/', 'out'],
  ])('%s is kept as %s, and git leaves alone that, what stands beside it, and nothing else', (given, inside) => {
    const { state, ignore, notes } = made(given);
    expect([state, notes]).toEqual([[inside], []]);
    const files = ['', '-wal', '-shm', '-journal', '.lock'].map((end) => `${inside}${end}`);
    const others = ['kpi.config.json', 'kpi-notes.md', 'a1x.db', `sub/${inside}`, `${inside}2`];
    expect(ignoredByGit(ignore, [...files, ...others])).toEqual(files);
  });

  it('takes a path of this folder in full for what it is', () => {
    expect(made(join(dir, 'kpi.db')).state).toEqual(['kpi.db']);
  });

  it('keeps the folder that a run needs, where git would not know of it', () => {
    expect(made('data/kpi.db').keep).toEqual(['data/.gitkeep']);
    mkdirSync(join(dir, 'data'));
    expect(made('data/kpi.db').keep).toEqual(['data/.gitkeep']);
    writeFileSync(join(dir, 'data/mine'), '');
    expect(made('data/kpi.db').keep).toEqual([]);
    expect(made('.kpi/kpi.db').keep).toEqual([]);
  });

  it.each([
    ['../data.db', /^\.\.\/data\.db is not in the folder of the config: a workflow cannot keep it/],
    ['/var/lib/kpi.db', /is not in the folder of the config/],
    ['${WHERE}/kpi.db', /is known when a run begins/],
    ['a:b.db', /has a name that the workflow cannot keep/],
    ['a\nb.db', /has a name that the workflow cannot keep/],
    ['.git/kpi.db', /has a name that the workflow cannot keep/],
    ['.', /has a name that the workflow cannot keep/],
    ['x.lock', /has a name that the workflow cannot keep/],
  ])('%j is not kept, and that is told', (given, note) => {
    const { state, ignore, notes } = made(given);
    expect([state, ignore]).toEqual([[], []]);
    expect(notes[0]).toMatch(note);
  });

  it('says that a folder outside is not there, and nothing more where no workflow wants the file', () => {
    const outside = join(dir, '../nowhere-at-all/kpi.db');
    expect(made(outside, false).notes).toEqual([`${join(dir, '../nowhere-at-all')} is not there: make that folder before the first run`]);
    expect(made('../kpi.db', false).notes).toEqual([]);
  });

  it('leaves alone a folder of somebody’s, and knows its own again', () => {
    mkdirSync(join(dir, 'src'));
    writeFileSync(join(dir, 'src/index.ts'), '');
    const { state, ignore, notes } = made('src');
    expect([state, ignore]).toEqual([[], []]);
    expect(notes).toEqual([
      'src is a folder with files in it already, so git and the workflow are not told to take what runs write there: choose another, or say it',
    ]);
    expect(madeFilesOf(['src'], { cwd: dir, ignored: 'node_modules\n/src\n', workflow: true })).toMatchObject({
      state: ['src'],
      notes: [],
    });
  });

  it('takes standard output for no file', () => {
    expect(made('-')).toEqual({ state: [], ignore: [], keep: [], notes: [] });
  });
});
