import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/engine/config/load.ts';
import { ownMeasurements } from '../src/engine/own-points.ts';
import { exitCodes } from '../src/engine/verdict.ts';
import { providers } from '../src/providers/index.ts';
import { sinks } from '../src/sinks/index.ts';
import { madeUpFolder } from '../src/testing/made-up.ts';
import { runProgram } from '../src/testing/program.ts';
import { manyRepositories, startGithub } from '../src/testing/stand-ins/github/index.ts';
import { startNuget } from '../src/testing/stand-ins/nuget/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readPage('README.md');
const pages = globSync(['*.md', 'docs/**/*.md', 'src/*/*/README.md'], { cwd: root });

interface Written {
  readonly providers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly sinks?: Readonly<Record<string, unknown>>;
}

function readPage(page: string): string {
  return readFileSync(`${root}/${page}`, 'utf8');
}

function blocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1] ?? '');
}

function configsIn(page: string): readonly Written[] {
  return blocks(page, 'json')
    .map((block) => JSON.parse(block))
    .filter((json) => 'providers' in json || 'sinks' in json);
}

describe('the commands of the README', () => {
  it('stand on lines of their own', () => {
    const lines = readme.split('\n');
    expect(lines).toContain('npm ci && npm run demo');
    expect(lines).toContain('npm ci && npm test');
  });

  it.each(pages)('%s names no command, flag or script that does not exist', (page) => {
    expect(unknownCommands(readPage(page))).toEqual([]);
  });

  it('that do not exist are found', () => {
    const page = '`kpi colect`, `kpi collect --provider a`, `npm run gone`, `kpi collect --dry-run`\n```sh\nnpx kpi outbox lst\n```\n';
    expect(unknownCommands(page)).toEqual(['npm run gone', 'kpi colect', 'kpi collect --provider', 'kpi outbox lst']);
  });
});

/** Commands are looked up in docs/cli.md, which another test proves to be what `--help` prints. */
function unknownCommands(page: string): readonly string[] {
  const { scripts } = JSON.parse(readPage('package.json'));
  const help = readPage('docs/cli.md').split(/^## /m);
  const written = [
    ...page.matchAll(/`((?:kpi|npm run) [^`]*)`/g),
    ...blocks(page, 'sh')
      .join('')
      .matchAll(/\b((?:kpi|npm run) .*)$/gm),
  ];
  const calls = written.map((match) => (match[1] ?? '').replace(/ +#.*/, ''));
  const unknownScripts = calls
    .map((call) => /^npm run ([\w:]+)/.exec(call)?.[1])
    .filter((name) => name !== undefined && !Object.hasOwn(scripts, name));
  const unknownCalls = calls.flatMap((call) => {
    const [, words, rest = ''] = /^kpi ((?:[a-z][\w-]*(?: |$))+)(.*)/.exec(`${call} `) ?? [];
    if (words === undefined) return [];
    const section = help.find((one) => `kpi ${words} `.startsWith(`${one.split('\n', 1)[0]} `));
    if (section === undefined) return [`kpi ${words.trim()}`];
    const flags = rest.match(/(?<=^|\s)--[a-z-]+/g) ?? [];
    return flags
      .filter((flag) => flag !== '--help' && !new RegExp(`${flag}(?![\\w-])`).test(section))
      .map((flag) => `kpi ${words.trim()} ${flag}`);
  });
  return [...unknownScripts.map((name) => `npm run ${name}`), ...unknownCalls];
}

describe('the configs of the pages', () => {
  const written = pages.flatMap((page) => configsIn(readPage(page)).map((config, index) => ({ page, index, config })));

  it.each(written)('$page, the one with index $index, is valid', async ({ config }) => {
    const whole = { providers: { nuget: { packages: ['Akka'] } }, ...config };
    const text = JSON.stringify(whole);
    const env = Object.fromEntries(
      [...text.matchAll(/\$\{(\w+)/g)].map((match) => [match[1] ?? '', 'https://value.example/auth/a-made-up-key/v3/index.json']),
    );
    await using folder = await madeUpFolder({ 'kpi.config.json': text });
    // A machine that only relays has none.
    const select = Object.keys(whole.providers).length === 0 ? { providers: [] } : {};
    const loaded = await loadConfig({ cwd: folder.dir, env, providers, sinks, own: ownMeasurements, select });
    expect(loaded.warnings).toEqual([]);
  });

  it('are there', () => {
    expect(configsIn(readme)).toHaveLength(1);
    expect(written.length).toBeGreaterThan(10);
  });
});

describe("the README's config", () => {
  it('collects from GitHub and NuGet, and a second run of the same time adds nothing', async () => {
    const [config] = configsIn(readme);
    const repositories = [{ name: 'akkadotnet/akka.net', stars: 4700 }, ...manyRepositories('petabridge', 3)];
    const github = await startGithub({ repositories, token: 'a-token-of-the-readme' });
    const nuget = await startNuget({ packages: [{ id: 'Akka', owners: 'petabridge', versions: [{ version: '1.5.50', downloads: 7 }] }] });
    const at = {
      ...config,
      providers: {
        ...config?.providers,
        github: { ...config?.providers?.github, baseUrl: github.url },
        nuget: { ...config?.providers?.nuget, serviceIndex: nuget.serviceIndex },
      },
    };
    await using folder = await madeUpFolder({ 'kpi.config.json': JSON.stringify(at) });
    const options = { cwd: folder.dir, env: { GITHUB_TOKEN: 'a-token-of-the-readme' } };
    const args = ['collect', '--providers', 'nuget,github', '--at', new Date(Date.now() - 60_000).toISOString()];
    try {
      const rows: unknown[] = [];
      for (const _ of ['first', 'second']) {
        const { code, stderr } = await runProgram(args, options);
        expect(code, stderr).toBe(0);
        const db = new DatabaseSync(join(folder.dir, 'kpi.db'), { readOnly: true });
        rows.push(db.prepare('select repo, stars from github_repository order by repo').all().length);
        rows.push({ ...db.prepare('select package, total_downloads from nuget_package').get() });
        db.close();
      }
      expect(rows).toEqual([4, { package: 'Akka', total_downloads: 7 }, 4, { package: 'Akka', total_downloads: 7 }]);
    } finally {
      await Promise.all([github.close(), nuget.close()]);
    }
  });
});

describe('the report in the README', () => {
  it('is the one that the demo prints', async () => {
    const child = spawn(process.execPath, ['scripts/demo.ts'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, errors, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((resolve) => child.once('close', resolve)),
    ]);
    expect(code, errors).toBe(0);
    const report = /^Run [\s\S]*?(?=\n\nWhich )/m.exec(output)?.[0] ?? '';
    const [shown = ''] = blocks(readme, 'text');
    expect(lasting(shown)).toEqual(lasting(report));
  });
});

/** What of a report is the same in each run of the same. */
function lasting(report: string): readonly string[] {
  return report
    .trim()
    .replaceAll(/\d{8}T\d{6}Z-[0-9a-f]+/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'AT')
    .replaceAll(/\b\d+(\.\d+)?m?s\b/g, 'TIME')
    .split('\n')
    .map((line) => line.trim().replaceAll(/ +/g, ' '));
}

describe('the exit codes in the README', () => {
  it('are those of the program', () => {
    const table = /## Exit codes\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
    const told = table
      .split('\n')
      .filter((line) => /^\| \d/.test(line))
      .flatMap((line) => (line.split('|')[1] ?? '').split('/').map(Number));
    expect(told.sort()).toEqual(Object.values(exitCodes).sort());
  });
});
