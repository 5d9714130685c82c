import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { madeUpFolder } from '../../testing/made-up.ts';
import { configLoaders, shownPath } from './loaders.ts';

describe('configLoaders', () => {
  it('read what JSON, YAML and programs hold', async () => {
    await using folder = await madeUpFolder({ 'a.mjs': 'export default { a: 1 }' });
    const loaders = configLoaders(folder.dir);
    expect(await loaders['.json']?.('a.json', '{"a": 1}')).toEqual({ a: 1 });
    expect(await loaders['.yml']?.('a.yml', 'a: 1')).toEqual({ a: 1 });
    expect(await loaders['.mjs']?.(`${folder.dir}/a.mjs`, '')).toEqual({ a: 1 });
  });

  it('leave a date in YAML the text that it is', async () => {
    expect(await configLoaders('/')['.yaml']?.('a.yaml', 'a: 2026-11-21\nb: 4h\nc: yes')).toEqual({ a: '2026-11-21', b: '4h', c: 'yes' });
  });
});

describe('shownPath', () => {
  it.each([
    ['/a', '/a/b/c.json', 'b/c.json'],
    ['/a/b', '/a/c.json', '/a/c.json'],
  ])('from %s, %s is %s', (cwd, file, expected) => {
    expect(shownPath(cwd, file)).toBe(expected);
  });
});

/** In Node itself: a test runner loads programs in its own way. */
describe('a config that is a program', () => {
  async function inNode(files: Readonly<Record<string, string>>): Promise<string> {
    await using folder = await madeUpFolder(files);
    const script = `
      import { findConfig } from ${JSON.stringify(new URL('./file.ts', import.meta.url).href)};
      const shown = await findConfig(${JSON.stringify(folder.dir)}).then(({ raw }) => JSON.stringify(raw), (error) => error.name + ': ' + error.message);
      console.log(shown);`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: folder.dir });
    expect(stderr).toBe('');
    return stdout.trim().replaceAll(folder.dir, 'DIR');
  }

  it('may be TypeScript', async () => {
    expect(await inNode({ 'kpi.config.ts': 'type A = string;\nconst a: A = "b";\nexport default { tags: { a } };\n' })).toBe(
      '{"tags":{"a":"b"}}',
    );
  });

  it('or not, tells a broken package.json beside it, which cosmiconfig reads first', async () => {
    expect(await inNode({ 'kpi.config.json': '{}', 'package.json': '{\n  "name": "x",\n}' })).toBe(
      'ConfigError: package.json:3:1 is not well-formed JSON: there is a "," too many before "}"',
    );
  });

  it('tells the line of a fault in it', async () => {
    expect(await inNode({ 'kpi.config.ts': '\nconst a: = 1;\n' })).toMatch(/^ConfigError: kpi\.config\.ts:2 cannot be loaded: \S/);
    expect(await inNode({ 'kpi.config.mjs': '\nexport default {\n  tags: none,\n};' })).toBe(
      'ConfigError: kpi.config.mjs:3:9 cannot be loaded: none is not defined',
    );
  });
});
