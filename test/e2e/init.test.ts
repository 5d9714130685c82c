import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { hasPty, openPty, type Pty } from '../../src/testing/pty.ts';
import { workflowProblems } from '../runner/lint.ts';
import { newPlace, type Place, program } from './place.ts';

let place: Place;
beforeEach(() => {
  place = newPlace({});
});
afterEach(() => place[Symbol.asyncDispose]());

function kpi(
  args: readonly string[],
  options: { readonly columns?: number; readonly redirect?: string; readonly env?: Record<string, string> } = {},
): Pty {
  return openPty([process.execPath, program, 'init', ...args], { cwd: place.dir, ...options });
}

const nuget = [
  '--providers',
  'nuget',
  '--set',
  'nuget.owners=petabridge',
  '--set',
  'nuget.packages=Akka',
  '--sinks',
  'sqlite',
  '--every',
  '1d',
];

const influxdb = ['--set', 'influxdb.url=${INFLUX_URL}', '--set', 'influxdb.org=petabridge'];

describe.runIf(hasPty)('kpi init on a terminal', () => {
  it.each([
    ['at the first question', [], 'What shall be collected?'],
    ['at a text', ['--providers', 'github'], 'GitHub: organisations'],
    ['at the last question', [...nuget, '--set', 'sqlite.path=kpi.db'], 'Shall GitHub Actions'],
  ])('Ctrl-C %s: exit code 130, nothing written, and the cursor given back', async (_, args, question) => {
    await using pty = kpi(args);
    await pty.shows(question);
    pty.type('\u0003');
    expect(await pty.ended).toBe(130);
    expect(pty.screen()).toContain('Nothing was written.');
    expect(place.files()).toEqual([]);
    expect(pty.sent().lastIndexOf('\u001b[?25h')).toBeGreaterThan(pty.sent().lastIndexOf('\u001b[?25l'));
  });

  it.each([
    ['at a text', ['--providers', 'github'], 'GitHub: organisations'],
    ['at a choice', [], 'What shall be collected?'],
  ])('the end of the input %s is no answer: exit code 130, nothing written, and the cursor given back', async (_, args, question) => {
    await using pty = kpi(args);
    await pty.shows(question);
    pty.type('\u0004');
    expect(await pty.ended).toBe(130);
    expect(pty.screen()).toContain('Nothing was written.');
    expect(place.files()).toEqual([]);
    expect(pty.sent().lastIndexOf('\u001b[?25h')).toBeGreaterThan(pty.sent().lastIndexOf('\u001b[?25l'));
  });

  it('asks before it replaces a file, and no is the answer that Enter gives', async () => {
    place.write('kpi.config.json', '{}');
    await using pty = kpi([...nuget, '--set', 'sqlite.path=kpi.db', '--no-workflow']);
    await pty.shows('kpi.config.json is there already. Replace it?');
    pty.type('\r');
    expect(await pty.ended).toBe(130);
    expect(pty.screen()).toContain('Nothing was written.');
    expect(place.files()).toEqual(['kpi.config.json']);
    expect(place.read('kpi.config.json')).toBe('{}');
  });

  it('with its output in a file still asks, and the file has no colour', async () => {
    await using pty = kpi([...nuget, '--set', 'sqlite.path=kpi.db'], { redirect: '> said.txt' });
    await pty.shows('Shall GitHub Actions');
    pty.type('n');
    expect(await pty.ended).toBe(0);
    expect(place.read('said.txt')).toMatch(/^ {2}written {2}kpi\.config\.json\n/);
    expect(place.read('said.txt')).not.toContain('\u001b');
  });

  it('NO_COLOR: colours nothing', async () => {
    await using pty = kpi([...nuget, '--set', 'sqlite.path=kpi.db'], { env: { NO_COLOR: '1' } });
    await pty.shows('Shall GitHub Actions');
    pty.type('n');
    expect(await pty.ended).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's commands begin with one
    expect(pty.sent()).not.toMatch(/\x1b\[[0-9;]*3[0-7]m/);
  });
});

describe('kpi init without a terminal', () => {
  it('asks nobody: it says which flags answer', async () => {
    const { code, stdout, stderr } = await place.shell('echo y | $KPI init');
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toBe(
      `kpi: kpi init asks questions, and nobody is there to answer; add --yes, --providers (${Object.keys(providers).join(', ')}) and --set NAME.SETTING=VALUE\n`,
    );
    expect(place.files()).toEqual([]);
  });

  it('--yes makes a config that kpi config check finds valid', async () => {
    expect((await place.kpi(['init', '--yes', ...nuget])).code).toBe(0);
    const { code, stdout } = await place.kpi(['config', 'check']);
    expect([code, stdout]).toEqual([0, `${place.dir}/kpi.config.json is valid\n`]);
  });

  it.each([
    ['5m', ['--providers', 'nuget,github', '--set', 'github.orgs=petabridge', '--set', 'nuget.owners=petabridge'], '.'],
    [
      '90m',
      ['--providers', 'website', '--set', 'website.sites=https://getakka.net', '--sinks', 'sqlite,file,influxdb', ...influxdb],
      'a/b c',
    ],
    ['1mo', nuget.slice(0, -2), 'tools'],
  ])('--every %s: the workflow is as GitHub, actionlint and this repository want it', async (every, args, folder) => {
    place.write('.git/HEAD', '');
    place.write(`${folder}/note`, '');
    const { code, stderr } = await place.shell(
      `cd '${folder}' && $KPI init --yes --every ${every} ${args.map((one) => `'${one}'`).join(' ')}`,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(await workflowProblems(place.read('.github/workflows/kpi.yml'))).toEqual([]);
  });

  it('writes nothing where it cannot write everything', async () => {
    place.write('.github', 'a file, where the folder of workflows should be');
    const { code, stderr } = await place.kpi(['init', '--yes', ...nuget]);
    expect(code).toBe(64);
    expect(stderr).toMatch(/^kpi: \.github\/workflows\/kpi\.yml cannot be written: .+; nothing was written\n$/);
    expect(place.files()).toEqual(['.github']);
  });
});
