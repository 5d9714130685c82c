import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../sdk/errors.ts';
import { madeUpFolder } from '../../testing/made-up.ts';
import { findConfig } from './file.ts';

/** What is told of a config of these files. */
async function told(files: Readonly<Record<string, unknown>>, named?: string): Promise<string> {
  await using folder = await madeUpFolder(files);
  const error = await findConfig(folder.dir, named).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message.replaceAll(folder.dir, 'DIR');
}

describe('findConfig', () => {
  it.each([
    ['kpi.config.json', '{"tags":{"a":"b"}}'],
    ['kpi.config.json', '\ufeff{"tags":{"a":"b"}}'],
    ['kpi.config.yaml', 'tags:\n  a: b\n'],
    ['kpi.config.mjs', 'export default { tags: { a: "b" } }'],
    ['kpi.config.js', 'module.exports = { tags: { a: "b" } }'],
    ['kpi.config.ts', 'const a: string = "b"; export default { tags: { a } }'],
    ['package.json', '{"name":"x","name":"y","kpi":{"tags":{"a":"b"}}}'], // only what is ours is held against it
  ])('finds %s', async (name, content) => {
    await using folder = await madeUpFolder({ [name]: content });
    const found = await findConfig(folder.dir);
    expect(found).toMatchObject({ file: join(folder.dir, name), dir: folder.dir, shown: name, raw: { tags: { a: 'b' } }, ignored: [] });
    expect(found.computed).toBe(/[jt]s$/.test(name));
  });

  it('takes any file by name, relative to the working directory', async () => {
    await using folder = await madeUpFolder({ 'etc/my.yml': 'tags: {a: b}', 'etc/package.json': { kpi: { tags: {} } } });
    expect(await findConfig(folder.dir, 'etc/my.yml')).toMatchObject({ dir: join(folder.dir, 'etc'), shown: 'etc/my.yml' });
    expect(await findConfig(join(folder.dir, 'etc'), '../etc/package.json')).toMatchObject({ raw: { tags: {} } });
    expect(await findConfig('/', join(folder.dir, 'etc/my.yml'))).toMatchObject({ dir: join(folder.dir, 'etc') });
  });

  it('does not look further up', async () => {
    await using folder = await madeUpFolder({ 'kpi.config.json': {}, 'below/x': '' });
    await expect(findConfig(join(folder.dir, 'below'))).rejects.toThrow('there is no config in');
  });

  it('says which configs it does not read', async () => {
    await using folder = await madeUpFolder({ 'kpi.config.json': {}, 'kpi.config.yaml': '', 'package.json': { kpi: {} } });
    expect((await findConfig(folder.dir)).ignored).toEqual(['kpi.config.yaml']);
  });

  it('says what was looked for, where, and what to do', async () => {
    expect(await told({ 'package.json': { name: 'x' } })).toBe(
      'there is no config in DIR: looked for kpi.config.json, kpi.config.yaml, kpi.config.js, kpi.config.mjs, kpi.config.ts and "kpi" in package.json; make one with kpi init, or name one with --config',
    );
    expect(await told({ 'kpi.config.yml': 'a: 1' })).toContain('is "kpi.config.yml" meant? Name it with --config');
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'broken JSON',
      { 'kpi.config.json': '{\n  "run": {},\n}' },
      'kpi.config.json:3:1 is not well-formed JSON: there is a "," too many before "}"',
    ],
    [
      'a JSON key twice',
      { 'kpi.config.json': '{"a":{"b":1,\n"b":2}}' },
      'kpi.config.json:2:1 is not well-formed JSON: the key "b" stands here a second time (a.b)',
    ],
    [
      'a key of ours twice',
      { 'package.json': '{"kpi":{"b":1,"b":2}}' },
      'package.json:1:15 is not well-formed JSON: the key "b" stands here a second time (kpi.b)',
    ],
    [
      'broken YAML',
      { 'kpi.config.yaml': 'run:\n  every: 4h\n every: 5h\n' },
      'kpi.config.yaml:3:2 is not well-formed YAML: bad indentation of a mapping entry',
    ],
    ['a YAML key twice', { 'kpi.config.yaml': 'a: 1\na: 2\n' }, 'kpi.config.yaml:2:1 is not well-formed YAML: duplicated mapping key'],
    [
      'two YAML documents',
      { 'kpi.config.yaml': 'a: 1\n---\na: 2\n' },
      'kpi.config.yaml is not well-formed YAML: expected a single document in the stream, but found more',
    ],
    ['an empty file', { 'kpi.config.json': ' \n' }, 'kpi.config.json is empty; kpi.config.example.json shows what a config looks like'],
    ['a list', { 'kpi.config.json': '[]' }, 'kpi.config.json must hold an object, not a list'],
    ['a word', { 'kpi.config.yaml': 'hello' }, 'kpi.config.yaml must hold an object, not a single value'],
    ['nothing at all', { 'kpi.config.json': 'null' }, 'kpi.config.json must hold an object, not a single value'],
    [
      'a function',
      { 'kpi.config.mjs': 'export default () => ({})' },
      'kpi.config.mjs must export the config as an object: export default { providers: { … } }',
    ],
    [
      'no export',
      { 'kpi.config.mjs': 'export const config = {}' },
      'kpi.config.mjs must export the config as an object: export default { providers: { … } }',
    ],
    [
      'a broken package.json',
      { 'package.json': '{"kpi": {},}' },
      'package.json:1:12 is not well-formed JSON: there is a "," too many before "}"',
    ],
  ])('tells %s', async (_, files, expected) => {
    expect(await told(files)).toBe(expected);
  });

  it.each([
    ['gone.json', 'gone.json cannot be read: it does not exist'],
    ['folder', 'folder cannot be read: it is a folder'],
    ['config.toml', 'config.toml must end in .json, .yaml, .js, .mjs or .ts'],
    ['package.json', 'package.json has no "kpi"; name a file that is a config with --config'],
  ])('tells what is wrong with --config %s', async (named, expected) => {
    expect(await told({ 'config.toml': 'a = 1', 'package.json': {}, 'folder/x': '' }, named)).toBe(expected);
  });

  it('tells a link that goes in a circle', async () => {
    await using folder = await madeUpFolder();
    await symlink('kpi.config.json', join(folder.dir, 'kpi.config.json'));
    await expect(findConfig(folder.dir)).rejects.toThrow('kpi.config.json cannot be read: its symbolic links go in a circle');
  });

  it('passes over a folder of that name', async () => {
    await using folder = await madeUpFolder({ 'kpi.config.yaml': 'tags: {}' });
    await mkdir(join(folder.dir, 'kpi.config.json'));
    expect((await findConfig(folder.dir)).shown).toBe('kpi.config.yaml');
    await rm(join(folder.dir, 'kpi.config.json'), { recursive: true });
  });

  it('quotes nothing of a broken file, which may hold secrets', async () => {
    expect(await told({ 'kpi.config.json': '{"token": "hunter2hunter2" "x": }' })).not.toContain('hunter2');
    expect(await told({ 'kpi.config.yaml': 'token: hunter2hunter2: x\n' })).not.toContain('hunter2');
  });
});
