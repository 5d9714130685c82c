import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { generatedFiles, root, stale } from '../scripts/docs/files.ts';

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
