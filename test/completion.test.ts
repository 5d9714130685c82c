import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Shell, shells } from '../src/cli/completion.ts';
import { hasPty, openPty } from '../src/testing/pty.ts';

const program = fileURLToPath(new URL('../bin/dev.js', import.meta.url));
const has = Object.fromEntries(shells.map((shell) => [shell, spawnSync(shell, ['--version']).status === 0]));

let dir = '';
let env: Readonly<Record<string, string>> = {};
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-completion-'));
  const { PATH = '' } = process.env;
  env = { PATH: `${join(dir, 'bin')}:${PATH}`, HOME: join(dir, 'home') };
  for (const folder of ['bin', 'home', 'work', 'work/ops', 'hostile']) mkdirSync(join(dir, folder));
  shim('bin', `exec '${process.execPath}' '${program}' "$@"`);
  // Names that no config of kpi can have; a shell must not run them whoever says them.
  shim(
    'hostile',
    `case $* in *--names*) printf '%s\\n' '$(touch pwned)' '\`touch pwned\`' 'x;touch pwned' ok;; *) exec '${process.execPath}' '${program}' "$@";; esac`,
  );
  const config = {
    providers: { github: { token: '${UNSET}' }, docs: { type: 'website' }, '$(touch pwned)': {} },
    sinks: { local: {}, lake: {} },
  };
  writeFileSync(join(dir, 'work', 'kpi.config.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'work', 'ops', 'other.json'), JSON.stringify({ providers: { ga: {} } }));
  for (const shell of shells) writeFileSync(join(dir, shell), run('kpi', ['completion', shell]));
});
afterAll(() => rmSync(dir, { recursive: true }));

function shim(folder: string, line: string): void {
  writeFileSync(join(dir, folder, 'kpi'), `#!/bin/sh\n${line}\n`);
  chmodSync(join(dir, folder, 'kpi'), 0o755);
}

function run(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): string {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: join(dir, 'work'), env: { ...env, ...more }, encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

/** What the shell offers for the last of these words. */
const offers: Readonly<Record<'bash' | 'fish', (words: readonly string[], more?: Readonly<Record<string, string>>) => readonly string[]>> =
  {
    bash(words, more) {
      const script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kpi; printf "%s\\n" "${COMPREPLY[@]}"';
      return run('bash', ['-c', script, 'bash', join(dir, 'bash'), ...words], more)
        .split('\n')
        .filter(Boolean)
        .sort();
    },
    fish(words, more) {
      const script = 'source $argv[1]; complete -C "$argv[2]"';
      const lines = run('fish', ['--no-config', '-c', script, join(dir, 'fish'), words.join(' ')], more).split('\n');
      return lines
        .filter(Boolean)
        .map((line) => line.replace(/\t.*/, ''))
        .sort();
    },
  };

describe.each(shells)('the script for %s', (shell: Shell) => {
  it.skipIf(!has[shell])(`is well-formed${has[shell] ? '' : `: ${shell} is not here`}`, () => {
    run(shell, [shell === 'fish' ? '--no-execute' : '-n', join(dir, shell)]);
  });
});

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
it.skipIf(!hasShellcheck)(`the script for bash passes shellcheck${hasShellcheck ? '' : ': shellcheck is not here'}`, () => {
  run('shellcheck', ['-s', 'bash', join(dir, 'bash')]);
});

describe.each(['bash', 'fish'] as const)('%s completes', (shell) => {
  const offered = offers[shell];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [
      ['kpi', 'co'],
      ['collect', 'completion', 'config'],
    ],
    [
      ['kpi', 'db', ''],
      ['init', 'status'],
    ],
    [['kpi', 'collect', '--da'], []],
    [
      ['kpi', 'collect', '--f'],
      ['--fail-on', '--from'],
    ],
    [
      ['kpi', 'collect', '--fail-on', ''],
      ['any', 'never', 'required'],
    ],
    [['kpi', 'collect', '--quiet', '--log-format', 't'], ['text']],
    [
      ['kpi', 'collect', '--providers', ''],
      ['docs', 'github'],
    ],
    [['kpi', 'collect', '--providers', 'docs,g'], ['docs,github']],
    [
      ['kpi', 'db', 'init', '--sinks', 'l'],
      ['lake', 'local'],
    ],
    [['kpi', 'collect', '--config', 'ops/other.json', '--providers', ''], ['ga']],
    [['kpi', 'collect', '--config', 'none.json', '--providers', ''], []],
    [['kpi', 'collect', '--at', ''], []],
    [['kpi', 'providers', 'n'], ['nuget']],
    [
      ['kpi', 'completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
  ];
  it.skipIf(!has[shell]).each(cases)('%j', (words, expected) => {
    expect(offered(words)).toEqual(expected);
  });

  it.skipIf(!has[shell])('files', () => {
    expect(offered(['kpi', 'collect', '--config', 'kpi.c'])).toEqual(['kpi.config.json']);
  });

  it.skipIf(!has[shell])('and runs nothing that a name says', () => {
    const hostile = { PATH: `${join(dir, 'hostile')}:${env.PATH}` };
    expect(offered(['kpi', 'collect', '--providers', 'o'], hostile)).toEqual(['ok']);
    expect(offered(['kpi', 'collect', '--providers', ''], hostile)).toContain('$(touch pwned)');
    expect(offered(['kpi', 'collect', '--providers', '$(touch pwned),'], hostile).length).toBeGreaterThanOrEqual(0);
    expect(readdirSync(join(dir, 'work')).sort()).toEqual(['kpi.config.json', 'ops']);
  });
});

/** How a person's shell begins. */
const sessions = {
  bash: { command: ['bash', '--norc', '--noprofile', '-i'], ready: 'PS1="ready> "; source ../bash' },
  zsh: { command: ['zsh', '-f', '-i'], ready: 'PS1="ready> "; autoload -Uz compinit; compinit -u -D; source ../zsh' },
} as const;

describe.each(['bash', 'zsh'] as const)('%s at a terminal completes', (shell) => {
  const here = has[shell] === true && hasPty;
  it.skipIf(!here)(`what is typed${here ? '' : `: ${shell} or a terminal is not here`}`, async () => {
    await using pty = openPty(sessions[shell].command, { cwd: join(dir, 'work'), env: { ...env, TERM: 'dumb' }, columns: 120 });
    pty.type(`${sessions[shell].ready}\r`);
    await pty.shows('\nready>');
    pty.type('kpi coll\t');
    await pty.shows('kpi collect');
    pty.type('--fail-on=n\t');
    await pty.shows('--fail-on=never');
    pty.type(' --providers docs,gi\t');
    await pty.shows('docs,github');
    pty.type(' --sinks lo\t');
    await pty.shows('--sinks local');
    pty.type(' --config ops/ot\t');
    await pty.shows('ops/other.json');
    expect(readdirSync(join(dir, 'work')).sort()).toEqual(['kpi.config.json', 'ops']);
  });
});

it.skipIf(!(has.zsh && hasPty))('zsh runs nothing that a name says', async () => {
  const path = { PATH: `${join(dir, 'hostile')}:${env.PATH}`, TERM: 'dumb' };
  await using pty = openPty(sessions.zsh.command, { cwd: join(dir, 'work'), env: { ...env, ...path }, columns: 120 });
  pty.type(`${sessions.zsh.ready}\r`);
  await pty.shows('\nready>');
  pty.type('kpi collect --providers \t\t');
  // It becomes a word of the line, with nothing in it that the shell would run.
  await pty.shows('--providers \\$\\(touch\\ pwned\\)');
  expect(readdirSync(join(dir, 'work')).sort()).toEqual(['kpi.config.json', 'ops']);
});
