import { describe, expect, it } from 'vitest';
import { runCli } from '../testing/cli.ts';

describe('kpi completion', () => {
  it.each([
    ['bash', 'complete -F _kpi kpi'],
    ['zsh', '#compdef kpi'],
    ['fish', "complete -c kpi -n '__kpi_is db' -a 'init'"],
  ])('prints a script for %s', async (shell, line) => {
    const { exitCode, stdout, stderr } = await runCli(['completion', shell]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(line);
    expect(stdout).toContain('log-format');
    // Its own hidden flags are for the scripts.
    expect(stdout).not.toMatch(/--names['|)]| names -d/);
  });

  it.each([[[]], [['tcsh']]])('says which shells there are: %j', async (args: readonly string[]) => {
    const { exitCode, stderr } = await runCli(['completion', ...args]);
    expect(exitCode).toBe(64);
    expect(stderr).toBe('kpi: kpi completion takes the name of a shell: bash, zsh, fish\n');
  });

  it('prints names for the scripts', async () => {
    const asked: unknown[] = [];
    const app = {
      async completionNames(...args: unknown[]) {
        asked.push(args);
        return ['github', 'docs'];
      },
    };
    expect((await runCli(['completion', '--names', 'sinks', '--config', 'x.json'], { app })).stdout).toBe('github\ndocs\n');
    expect(asked).toEqual([['sinks', { config: 'x.json' }]]);
  });
});
