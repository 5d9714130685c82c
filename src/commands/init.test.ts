import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenUp, type Prompts } from '../cli/prompts.ts';
import { openInit } from '../engine/init/init.ts';
import { providers } from '../providers/index.ts';
import { sinks } from '../sinks/index.ts';
import { runCli } from '../testing/cli.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-init-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const app = { init: () => openInit({ cwd: dir, providers, sinks, action: 'ada/kpi@v1' }) };
const known = Object.keys(providers).join(', ');
const github = ['--providers', 'github', '--set', 'github.orgs=petabridge'];

function kpi(argv: readonly string[], prompts?: Prompts) {
  return runCli(['init', ...argv], { app, ...(prompts && { prompts }) });
}

/** Answers by the beginning of the question; any other question is given up. An answer that is refused is told. */
function person(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const refused: string[] = [];
  async function answer<T>(ask: string): Promise<T> {
    asked.push(ask);
    const key = Object.keys(answers).find((begun) => ask.startsWith(begun));
    if (key === undefined) throw new GivenUp();
    return answers[key] as T;
  }
  const prompts: Prompts = {
    begin() {},
    several: (ask) => answer(ask),
    one: (ask) => answer(ask),
    async text(ask, { check, standard = '' }) {
      const text = await answer<string>(ask);
      const problem = check(text);
      if (problem !== undefined) {
        refused.push(problem);
        throw new GivenUp();
      }
      return text || standard;
    },
    yes: (ask) => answer(ask),
    end() {},
  };
  return { prompts, asked, refused };
}

const everything = {
  'What shall': ['nuget'],
  'NuGet: owners': 'petabridge',
  'NuGet: single': '',
  'Where shall': ['sqlite'],
  'SQLite: the database': 'data.db',
  'How often': '1d',
  'Shall GitHub Actions': true,
};

describe('kpi init --yes', () => {
  it('asks nothing, writes all the files, and says what is left to do', async () => {
    mkdirSync(join(dir, '.git'));
    const { exitCode, stdout, stderr } = await kpi([
      '--yes',
      ...github,
      '--sinks',
      'sqlite,influxdb',
      '--set',
      'influxdb.url=http://db',
      '--set',
      'influxdb.org=x',
    ]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readdirSync(dir).sort()).toEqual(['.env.example', '.git', '.github', '.gitignore', 'kpi.config.json']);
    expect(stdout).toBe(`  written  kpi.config.json
  written  .env.example
  written  .github/workflows/kpi.yml
  written  .gitignore

GITHUB_TOKEN: a token of GitHub
  it needs   for public repositories a classic token without any scope; for
             private ones a fine-grained token that may read Metadata, Issues
             and Pull requests
  make one   https://github.com/settings/tokens
  in GitHub  KPI_GITHUB_TOKEN, since no secret's name may begin with GITHUB_;
             without it, the workflow's own token, which sees what is public and
             this repository

INFLUX_TOKEN: a token of InfluxDB
  it needs  to write to the bucket and to read it; for \`kpi db init\`, which
            makes the bucket, to make buckets too

Next, on this machine
  cp .env.example .env
  # and put GITHUB_TOKEN, INFLUX_TOKEN into .env
  kpi db init --env-file .env
  kpi doctor --env-file .env
  kpi collect --env-file .env
  kpi db status --env-file .env

Then, once the files are pushed to GitHub
  gh secret set KPI_GITHUB_TOKEN
  gh secret set INFLUX_TOKEN
  gh variable set KPI_ENABLED --body true
`);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('needs less of a user where less is needed', async () => {
    const { stdout } = await kpi(['--yes', '--providers', 'nuget', '--set', 'nuget.packages=Akka', '--no-workflow']);
    expect(stdout).toBe('  written  kpi.config.json\n\nNext, on this machine\n  kpi doctor\n  kpi collect\n  kpi db status\n');
    expect(readdirSync(dir)).toEqual(['kpi.config.json']);
  });

  it('says the same as JSON', async () => {
    const { stdout } = await kpi(['--yes', ...github, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        { file: 'kpi.config.json', action: 'written' },
        { file: '.env.example', action: 'written' },
        { file: '.github/workflows/kpi.yml', action: 'written' },
      ],
      secrets: [{ variable: 'GITHUB_TOKEN', secret: 'KPI_GITHUB_TOKEN', inWorkflow: 'github.token' }],
      workflow: ['gh secret set KPI_GITHUB_TOKEN', 'gh variable set KPI_ENABLED --body true'],
    });
  });

  it('done twice is done once; a file that is another is replaced with --force alone', async () => {
    await kpi(['--yes', ...github]);
    const again = await kpi(['--yes', ...github]);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toMatch(/^ {2}as it was {2}kpi\.config\.json\n {2}as it was/);
    writeFileSync(join(dir, 'kpi.config.json'), '{}');
    rmSync(join(dir, '.env.example'));
    const refused = await kpi(['--yes', ...github]);
    expect(refused).toMatchObject({ exitCode: 64, stdout: '' });
    expect(refused.stderr).toBe('kpi: kpi.config.json is there already, and nothing was written; --force replaces it\n');
    expect(readFileSync(join(dir, 'kpi.config.json'), 'utf8')).toBe('{}');
    expect(existsSync(join(dir, '.env.example'))).toBe(false);
    expect((await kpi(['--yes', '--force', ...github])).exitCode).toBe(0);
    expect(readFileSync(join(dir, 'kpi.config.json'), 'utf8')).toContain('petabridge');
  });

  it('tells of a database that would not outlive a run on GitHub', async () => {
    const { exitCode, stdout } = await kpi(['--yes', ...github, '--set', 'sqlite.path=../data.db']);
    expect(exitCode).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('Mind ! ../data.db is not in the folder of the config: a workflow cannot keep it');
  });

  it('hides no other config without --force', async () => {
    writeFileSync(join(dir, 'kpi.config.yaml'), 'providers: {}');
    const { exitCode, stderr } = await kpi(['--yes', ...github]);
    expect(exitCode).toBe(64);
    expect(stderr).toBe('kpi: kpi.config.yaml is a config already, and kpi.config.json would hide it; --force writes it all the same\n');
    expect(readdirSync(dir)).toEqual(['kpi.config.yaml']);
    expect((await kpi(['--yes', '--force', ...github])).stdout).toContain(
      'kpi.config.yaml is not read any more: kpi.config.json comes first',
    );
  });

  it.each([
    [['--yes'], `--yes wants --providers: ${known}, with commas between`],
    [['--yes', '--providers', 'gitub'], '--providers: there is no provider "gitub"; did you mean "github"?'],
    [
      ['--yes', '--providers', 'nuget', '--sinks', 'oracle'],
      `--sinks: there is no sink "oracle"; choose from ${Object.keys(sinks).join(', ')}`,
    ],
    [
      ['--yes', '--providers', 'github'],
      'providers.github names nothing to collect: set "orgs" or "repos"; answer with --set github.orgs=petabridge,akkadotnet',
    ],
    [['--yes', ...github, '--set', 'nuget.owners=x'], '--set nuget.…: nuget is not among the providers and sinks that were chosen'],
    [['--yes', ...github, '--set', 'orgs=x'], '--set takes NAME.SETTING=VALUE, such as --set github.orgs=petabridge'],
    [['--yes', ...github, '--set', 'githb.orgs=x'], '--set: there is no provider or sink "githb"; did you mean "github"?'],
    [
      ['--yes', ...github, '--every', '7h'],
      '--every must be a period that divides 24 h or is whole days, such as 15m, 4h, 1d, 1w or 1mo, not "7h"',
    ],
    [['--yes', ...github, '--every', '1m'], '--every is too often for a workflow: GitHub starts none more often than every 5m, not "1m"'],
    [
      ['--yes', ...github, '--set', 'github.token=abc'],
      'providers.github.token is a secret, and none is written into files: give it as ${NAME}, and set that variable',
    ],
    [[...github], `kpi init asks questions, and nobody is there to answer; add --yes, --providers (${known}) and --set NAME.SETTING=VALUE`],
  ])('%j exits 64, and writes nothing', async (argv, sentence) => {
    const { exitCode, stdout, stderr } = await kpi(argv);
    expect(stderr).toBe(`kpi: ${sentence}\n`);
    expect([exitCode, stdout]).toEqual([64, '']);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('kpi init', () => {
  it('asks what the flags leave open, and nothing else', async () => {
    const { prompts, asked } = person(everything);
    expect((await kpi([], prompts)).exitCode).toBe(0);
    expect(asked.map((ask) => Object.keys(everything).find((begun) => ask.startsWith(begun)))).toEqual(Object.keys(everything));
    const config = JSON.parse(readFileSync(join(dir, 'kpi.config.json'), 'utf8'));
    expect(config).toMatchObject({
      run: { every: '1d' },
      providers: { nuget: { owners: ['petabridge'] } },
      sinks: { sqlite: { path: 'data.db' } },
    });
    expect(config.providers.nuget).not.toHaveProperty('packages');

    const other = person({ 'NuGet: single': 'Akka', 'kpi.config.json is there': true, '.github/workflows/kpi.yml is there': true });
    const flags = [
      '--providers',
      'nuget',
      '--set',
      'nuget.owners=ada',
      '--sinks',
      'sqlite',
      '--set',
      'sqlite.path=kpi.db',
      '--every',
      '1w',
      '--workflow',
    ];
    expect((await kpi(flags, other.prompts)).exitCode).toBe(0);
    expect(other.asked).toEqual([
      'NuGet: single packages besides',
      'kpi.config.json is there already. Replace it?',
      '.github/workflows/kpi.yml is there already. Replace it?',
    ]);
  });

  it('asks of each file that is there, and leaves it where the answer is no', async () => {
    mkdirSync(join(dir, '.github/workflows'), { recursive: true });
    writeFileSync(join(dir, '.github/workflows/kpi.yml'), 'mine');
    const { prompts } = person({ ...everything, '.github/workflows/kpi.yml is there': false });
    const { exitCode, stdout } = await kpi([], prompts);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ {2}written {2}kpi\.config\.json\n {2}kept {5}\.github\/workflows\/kpi\.yml\n/);
    expect(readFileSync(join(dir, '.github/workflows/kpi.yml'), 'utf8')).toBe('mine');
  });

  it('writes no file of answers whose config is not wanted', async () => {
    writeFileSync(join(dir, 'kpi.config.json'), '{}');
    const { prompts } = person({ ...everything, 'kpi.config.json is there': false });
    expect(await kpi([], prompts)).toMatchObject({ exitCode: 130, stdout: '' });
    expect(readdirSync(dir)).toEqual(['kpi.config.json']);
    expect(readFileSync(join(dir, 'kpi.config.json'), 'utf8')).toBe('{}');
  });

  it('tells why an answer cannot be taken', async () => {
    const { prompts, refused } = person({ ...everything, 'NuGet: owners': '' });
    expect((await kpi([], prompts)).exitCode).toBe(130);
    expect(refused).toEqual(['one of the questions about nuget needs an answer']);
  });

  it.each(Object.keys(everything))('given up at "%s" ends with 130, and nothing is written', async (last) => {
    const { prompts } = person(Object.fromEntries(Object.entries(everything).filter(([ask]) => ask !== last)));
    expect(await kpi([], prompts)).toMatchObject({ exitCode: 130, stdout: '' });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('would not hide another config unasked', async () => {
    writeFileSync(join(dir, 'kpi.config.yaml'), 'providers: {}');
    const { prompts } = person({ ...everything, 'kpi.config.yaml is a config already': false });
    expect((await kpi([], prompts)).exitCode).toBe(130);
    expect(readdirSync(dir)).toEqual(['kpi.config.yaml']);
  });
});
