import { describe, expect, it } from 'vitest';
import { ConfigError } from '../sdk/errors.ts';
import { runCli } from '../testing/cli.ts';
import { laterCommands, laterFlags } from './later.ts';

describe('a wrong command line', () => {
  it.each([
    [['colect'], 'unknown command "colect"; did you mean "collect"?'],
    [['zzzzzzzz'], 'unknown command "zzzzzzzz"; see kpi --help'],
    [['zzzzzzzz', '--help'], 'unknown command "zzzzzzzz"; see kpi --help'],
    [['help', 'zzzzzzzz'], 'unknown command "zzzzzzzz"; see kpi --help'],
    [['db', 'innit'], 'unknown command "db innit"; did you mean "db init"?'],
    [['db', 'zzzzzzzz'], 'unknown command "db zzzzzzzz"; see kpi db --help'],
    [['collect', '--provders', 'nuget'], 'unknown flag --provders; did you mean "--providers"?'],
    [['collect', '--zzzzzzzz=1'], 'unknown flag --zzzzzzzz; see kpi collect --help'],
    [['collect', '-x'], 'unknown flag -x; see kpi collect --help'],
    [['collect', 'nuget'], 'unexpected argument "nuget"; see kpi collect --help'],
    [['db', 'init', 'local'], 'unexpected argument "local"; see kpi db init --help'],
    [['collect', '--providers'], '--providers needs a value'],
    [['collect', '--providers', 'a,,b'], '--providers has an empty value'],
    [['collect', '--config', ''], '--config has an empty value'],
    [['collect', '--at', '-7d', '--at', '-8d'], '--at can only be specified once'],
    [['collect', '--fail-on', 'sometimes'], '--fail-on takes any, required or never, not "sometimes"'],
    [['collect', '--quiet', '--verbose'], '--quiet and --verbose exclude each other'],
    [['runs', '--last', '0'], '--last takes a whole number from 1, not "0"'],
    [['--json', 'collect'], '--json stands before the command; write kpi COMMAND --json'],
    [['--config=c.json', 'collect'], '--config stands before the command; write kpi COMMAND --config'],
    [['-v'], 'unknown flag -v; see kpi --help'],
    [['--verson'], 'unknown flag --verson; did you mean "--version"?'],
  ])('%j exits 64 with one sentence', async (argv, sentence) => {
    const { exitCode, stdout, stderr } = await runCli(argv);
    expect(stderr).toBe(`kpi: ${sentence}\n`);
    expect(exitCode).toBe(64);
    if (!argv.includes('--json')) expect(stdout).toBe('');
  });

  it.each(laterCommands)('%s is not in this version', async (command) => {
    const { exitCode, stderr } = await runCli([command, '--some-flag']);
    expect([exitCode, stderr]).toEqual([64, `kpi: the command ${command} is not in this version\n`]);
  });

  it.each(laterFlags.collect ?? [])('%s of collect is not in this version', async (flag) => {
    const { exitCode, stderr } = await runCli(['collect', flag, '-7d']);
    expect([exitCode, stderr]).toEqual([64, `kpi: the flag ${flag} is not in this version\n`]);
  });

  it('is told as JSON with --json', async () => {
    const { exitCode, stdout } = await runCli(['collect', '--provders', 'x', '--json']);
    expect(exitCode).toBe(64);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      exitCode: 64,
      error: { kind: 'usage', message: 'unknown flag --provders; did you mean "--providers"?', problems: [] },
    });
  });
});

describe('a wrong config', () => {
  const problems = [
    { path: 'providers.github.orgs[0].name', message: 'is missing' },
    { path: 'sinks.local.pth', message: 'unknown key; did you mean "path"?' },
  ];
  const app = {
    collect: () => Promise.reject(new ConfigError('kpi.config.json is wrong in 2 places', problems)),
  };

  it('exits 78 and lists every problem with its path', async () => {
    const { exitCode, stdout, stderr } = await runCli(['collect'], { app });
    expect([exitCode, stdout]).toEqual([78, '']);
    expect(stderr).toBe(
      'kpi: kpi.config.json is wrong in 2 places\n  providers.github.orgs[0].name: is missing\n  sinks.local.pth: unknown key; did you mean "path"?\n',
    );
  });

  it('is told as JSON with --json, also in a dry run', async () => {
    for (const argv of [
      ['collect', '--json'],
      ['collect', '--json', '--dry-run'],
    ]) {
      const { exitCode, stdout } = await runCli(argv, { app });
      expect(exitCode).toBe(78);
      expect(JSON.parse(stdout)).toEqual({
        schemaVersion: 1,
        exitCode: 78,
        error: { kind: 'config', message: 'kpi.config.json is wrong in 2 places', problems },
      });
    }
  });
});

describe('a defect', () => {
  const app = {
    configShow: () => Promise.reject(new TypeError('no such \u001b[31mthing hunter2hunter2')),
    redact: (text: string) => text.replaceAll('hunter2hunter2', '***'),
  };

  it('exits 70, says what to do, shows no secret and no stack', async () => {
    const { exitCode, stderr } = await runCli(['config', 'show'], { app });
    expect(exitCode).toBe(70);
    expect(stderr).toMatch(/^kpi: this is a defect in kpi itself: TypeError: no such \\x1b\[31mthing \*\*\*\n/);
    expect(stderr).toContain('--verbose');
    expect(stderr).not.toContain('    at ');
  });

  it('shows the stack with --verbose', async () => {
    const { stderr } = await runCli(['config', 'show', '--verbose'], { app });
    expect(stderr).toContain('    at ');
    expect(stderr).not.toContain('hunter2');
    expect(stderr).not.toContain('\u001b');
  });

  it('is told as JSON with --json', async () => {
    const { stdout } = await runCli(['config', 'show', '--json'], { app });
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 70, error: { kind: 'defect', problems: [] } });
    expect(stdout).not.toContain('hunter2');
  });
});

describe('help and version', () => {
  it('prints the version', async () => {
    expect(await runCli(['--version'])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^kpi\/\d+\.\d+\.\d+ .*node-v\d+/) });
  });

  const pages = [[], ['config'], ['db'], ['outbox'], ['collect'], ['providers'], ['sinks'], ['runs'], ['init']];
  const below = [
    ['config', 'check'],
    ['config', 'schema'],
    ['config', 'show'],
    ['db', 'init'],
    ['db', 'status'],
    ['outbox', 'drop'],
    ['outbox', 'list'],
    ['outbox', 'send'],
  ];
  it.each([...pages, ...below].map((words) => [words]))('%j --help fits 80 columns and is the same by every way', async (words) => {
    const { exitCode, stdout, stderr } = await runCli([...words, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('USAGE\n');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect((await runCli(['help', ...words])).stdout).toBe(stdout);
    expect((await runCli([...words, '-h'])).stdout).toBe(stdout);
  });

  it.each([...pages.slice(4), ...below].map((words) => [words]))('%j has a summary, help for each flag, and examples', async (words) => {
    const { stdout } = await runCli([...words, '--help']);
    expect(stdout).toMatch(/^[A-Z].*\.\n\nUSAGE/);
    expect(stdout).toContain(`$ kpi ${words.join(' ')} `);
    expect(stdout).toMatch(/EXAMPLES\n(?: {2}\S.*\n\n {4}\$ kpi .*\n?\n?)+/);
    expect(stdout).not.toMatch(/^ {2}--\S+$/m);
  });

  it('shows the page of a topic that stands alone, and of nothing at all', async () => {
    expect((await runCli(['db'])).stdout).toBe((await runCli(['db', '--help'])).stdout);
    expect((await runCli([])).stdout).toBe((await runCli(['--help'])).stdout);
  });

  it('names no command that is not in this version', async () => {
    const { stdout } = await runCli(['--help']);
    for (const command of laterCommands) expect(stdout).not.toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  it('takes pages from the build, for this version and stream', async () => {
    const manifest = { version: '0', commands: { collect: {} }, help: { '': 'kpi <version>', collect: 'Collect.\n\nUSAGE\n  $ kpi' } };
    expect((await runCli([], { manifest })).stdout).toMatch(/^kpi kpi\/\d.* node-v\d.*\n$/);
    expect((await runCli(['collect', '-h'], { manifest })).stdout).toBe('Collect.\n\nUSAGE\n  $ kpi\n');
    expect((await runCli(['help', 'collect'], { manifest, stdoutIsTerminal: true })).stdout).toContain('\u001b[1mUSAGE\u001b[22m\n');
    expect((await runCli(['db'], { manifest })).stderr).toBe('kpi: unknown command "db"; see kpi --help\n');
  });
});
