import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { providerRules, sinkRules } from '../src/engine/config/rules.ts';
import { providers } from '../src/providers/index.ts';
import { sinks } from '../src/sinks/index.ts';
import { matrix } from './faults/matrix.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync('src/**/*.ts', { cwd: root }).sort();
const text = (file: string) => readFileSync(`${root}${file}`, 'utf8');

function folders(of: string): readonly string[] {
  return readdirSync(`${root}src/${of}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

describe.each([
  ['providers', providers],
  ['sinks', sinks],
] as const)('the registry of %s', (of, registry) => {
  it('names every folder, and nothing else', () => {
    expect(Object.keys(registry).sort()).toEqual(folders(of));
  });

  it.each(Object.keys(registry))('%s is called as its folder, and has what every integration has', async (name) => {
    expect(await registry[name]?.()).toMatchObject({ name, check: expect.any(Function) });
    const files = readdirSync(`${root}src/${of}/${name}`);
    expect(files).toEqual(expect.arrayContaining(['index.ts', 'README.md']));
    expect(files.some((file) => file.endsWith('.test.ts'))).toBe(true);
  });

  it.each(Object.keys(registry))('%s is told of: its own README, a row of the README, a page', async (name) => {
    expect(text(`src/${of}/${name}/README.md`)).toMatch(new RegExp(`^# .*${name}`, 'i'));
    expect(text('README.md')).toContain(`](docs/${of}/${name}.md)`);
    expect(text('kpi.config.example.json')).toContain(`"${name}"`);
  });

  it.each(Object.keys(registry))('%s stays small: its index is an outline', (name) => {
    expect(text(`src/${of}/${name}/index.ts`).split('\n').length).toBeLessThanOrEqual(140);
  });
});

it('every provider has its column of the fault matrix, and a stand-in', () => {
  // What one of them asks in another way has a column of its own.
  const parts = ['github-traffic'];
  expect(Object.keys(matrix).sort()).toEqual([...Object.keys(providers), ...parts].sort());
  for (const name of Object.keys(providers)) expect(sources).toContain(`src/testing/stand-ins/${name}/index.ts`);
});

it('a protocol is spoken by two integrations or more; with one it belongs into its folder', () => {
  for (const name of folders('protocols')) {
    const speaks = (file: string) => text(file).includes(`'../../protocols/${name}/`) && !file.endsWith('.test.ts');
    const integrations = sources.filter((file) => /^src\/(providers|sinks)\//.test(file) && speaks(file));
    const speakers = new Set(integrations.map((file) => file.split('/').slice(1, 3).join('/')));
    expect({ name, speakers: speakers.size > 1 }).toEqual({ name, speakers: true });
  }
});

describe('the settings keep the rules for all of them', () => {
  it.each(Object.entries(providers))('provider %s', async (_, load) => {
    expect(providerRules(await load())).toEqual([]);
  });
  it.each(Object.entries(sinks))('sink %s', async (_, load) => {
    expect(sinkRules(await load())).toEqual([]);
  });
});

describe('the surroundings come in from outside', () => {
  // Only the engine, and what is for tests, may look at the process, the clock and the network.
  const bound = sources.filter((file) => !/^src\/(engine|testing)\//.test(file) && !file.endsWith('.test.ts'));
  it.each([
    ['process.env', /\bprocess\.env\b/],
    ['console', /\bconsole\.\w+\(/],
    ['fetch', /(?<![.\w])fetch\(/],
    ['Date.now()', /\bDate\.now\(\)/],
    ['new Date()', /\bnew Date\(\)/],
    ['setTimeout', /(?<![.\w])set(Timeout|Interval)\(/],
    ['Math.random', /\bMath\.random\(/],
  ])('%s stands in the engine only', (_, pattern) => {
    const found = bound.filter((file) => pattern.test(code(file)) && !timesItsOwnThread(file));
    expect(found).toEqual([]);
  });

  it.each([
    ['Promise.all', /\bPromise\.(all|allSettled|any)\(/],
    ['a sleep', /timers\/promises/],
  ])('an integration has no %s', (_, pattern) => {
    const found = sources.filter(
      (file) => /^src\/(providers|sinks|protocols)\/[\w-]+\//.test(file) && !file.endsWith('.test.ts') && pattern.test(code(file)),
    );
    expect(found).toEqual([]);
  });
});

/** A worker has no context: the times and limits of a check are taken in its own thread. */
function timesItsOwnThread(file: string): boolean {
  return file.startsWith('src/providers/website/');
}

function code(file: string): string {
  return text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
}

describe('files', () => {
  it('are named in kebab-case', () => {
    expect(sources.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(basename(file)))).toEqual([]);
  });

  it('are not called after nothing', () => {
    expect(sources.filter((file) => /(^|\/|-)(utils?|helpers?|manager|service|common|misc)(\.|\/|-)/.test(file))).toEqual([]);
  });

  it('stay small', () => {
    // A contract suite is one long list of tests.
    const large = sources.filter(
      (file) => !file.endsWith('.test.ts') && !file.startsWith('src/testing/contract/') && text(file).split('\n').length > 400,
    );
    expect(large).toEqual([]);
  });
});
