import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourcesConfig } from '../scripts/docs/commands-page.ts';
import { generatedFiles, root, stale } from '../scripts/docs/files.ts';
import { changesFields, problemFields, providerFields, runFields, sinkFields } from '../scripts/docs/report-page.ts';
import { spaced } from '../src/cli/commands.ts';
import { helpPage } from '../src/cli/help.ts';
import { width } from '../src/report/text.ts';
import { exitCodeTable } from '../src/sdk/exit-codes.ts';
import { problem, providerReport, runReport } from '../src/testing/report.ts';

describe('what is made from the code', () => {
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    files = await generatedFiles();
  });

  it('is as the code says; `npm run docs` writes it', () => {
    expect(stale(files)).toEqual([]);
  });

  it('is seen to differ where it does, and to be left over', () => {
    const planted = new Map([...files, ['docs/cli.md', 'something else'], ['docs/new.md', 'new']]);
    planted.delete('docs/sinks/file.md');
    expect(stale(planted)).toEqual(['docs/cli.md', 'docs/new.md', 'docs/sinks/file.md']);
  });

  it('has no line that only one machine would make', () => {
    for (const content of files.values()) expect(content).not.toContain(root);
  });
});

describe('the report', () => {
  const whole = runReport({
    providers: [providerReport('a', { quota: { remaining: 1 }, problems: [problem('x', { target: 'y', item: 'z' })] })],
    asked: 'measurements',
    notDue: [{ name: 'b', next: '2026-11-21T20:00:00.000Z' }],
    changes: [{ measurement: 'm', added: 1, changed: 0, left: 0, values: 0, samples: [] }],
  });
  it.each([
    ['runFields', runFields, whole],
    ['providerFields', providerFields, whole.providers[0]],
    ['sinkFields', sinkFields, whole.sinks[0]],
    ['changesFields', changesFields, whole.changes?.[0]],
    ['problemFields', problemFields, whole.providers[0]?.problems[0]],
  ] as const)('is documented as it is: %s', (_, told, one) => {
    expect(Object.keys(told).sort()).toEqual(Object.keys(one ?? {}).sort());
    for (const [name, value] of Object.entries(one ?? {})) {
      const type = (told as Readonly<Record<string, readonly [string, string]>>)[name]?.[0];
      const found = Array.isArray(value) ? 'object[]' : value === null || typeof value === 'object' ? 'object | null' : typeof value;
      expect(`${name}: ${type}`).toBe(`${name}: ${found}`);
    }
  });
});

it('the README tells every exit code', () => {
  const section = readFileSync(`${root}/README.md`, 'utf8').split('## Exit codes')[1]?.split('\n## ')[0] ?? '';
  for (const { code } of exitCodeTable) expect(section).toMatch(new RegExp(`\\b${code}\\b`));
});

describe('help', async () => {
  const ids = (await sourcesConfig(root)).commandIDs;
  const topics = ids.filter((id) => id.includes(':')).map((id) => id.slice(0, id.indexOf(':')));
  it.each(['', ...new Set(topics), ...ids.map(spaced)])('of "kpi %s" fits 80 columns', async (words) => {
    const page = await helpPage(await sourcesConfig(root), words === '' ? [] : words.split(' '));
    expect(page.split('\n').filter((line) => width(line) > 80)).toEqual([]);
    expect(page.split('\n').length).toBeGreaterThan(5);
  });
});

describe('links', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'src/*/*/README.md'], { cwd: root });

  it.each(pages)('%s has none that leads nowhere', (page) => {
    expect(deadLinks(page, readFileSync(`${root}/${page}`, 'utf8'))).toEqual([]);
  });

  it('that lead nowhere are found', () => {
    const text = '[a](gone.md) [b](docs/cli.md#kpi-gone) [c](docs/cli.md#kpi-collect) [d](#here) ```\n[e](gone.md)\n```\n## Here';
    expect(deadLinks('README.md', text)).toEqual(['gone.md', 'docs/cli.md#kpi-gone']);
  });
});

function deadLinks(page: string, text: string): readonly string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => {
    if (URL.canParse(target)) return false;
    const [path = '', anchor] = target.split('#');
    const found = path === '' ? text : read(join(dirname(page), path));
    return found === undefined || (anchor !== undefined && !anchorsOf(found).includes(anchor));
  });
}

/** The text of a file; empty for a folder; undefined where there is neither. */
function read(path: string): string | undefined {
  try {
    return readFileSync(`${root}/${path}`, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR' ? '' : undefined;
  }
}

function anchorsOf(text: string): readonly string[] {
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? '');
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, '');
}
