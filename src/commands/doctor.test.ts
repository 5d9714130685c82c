import { describe, expect, it } from 'vitest';
import type { Diagnosis } from '../app.ts';
import { runCli } from '../testing/cli.ts';

const diagnosis: Diagnosis = {
  schemaVersion: 1,
  status: 'error',
  exitCode: 3,
  findings: [
    {
      scope: 'config',
      name: 'kpi.config.json',
      check: 'file',
      status: 'ok',
      message: 'kpi.config.json is well-formed, and every key in it is known',
      ms: 12,
    },
    {
      scope: 'provider',
      name: 'github',
      check: 'credential',
      status: 'error',
      message: 'GitHub does not accept the token\u001b[2J',
      mend: 'make a token at https://github.com/settings/tokens, and set it where "token" takes it from',
      ms: 311,
    },
    {
      scope: 'provider',
      name: 'nuget-of-the-whole-company',
      check: 'access',
      status: 'ok',
      message: 'well',
      mend: 'not shown',
      ms: 61_000,
    },
    {
      scope: 'provider',
      name: 'nuget-of-the-whole-company',
      check: 'packages',
      status: 'warning',
      message: 'no package Akkka is listed',
      mend: 'correct "packages"',
      ms: 2140,
    },
    { scope: 'sink', name: 'local', check: 'access', status: 'skipped', message: 'not asked offline', ms: 0 },
    { scope: 'state', name: '/srv/.kpi', check: 'folder', status: 'ok', message: '/srv/.kpi can be written, 68.7 GiB free', ms: 1 },
    { scope: 'ci', name: 'ci', check: 'context', status: 'ok', message: 'not in CI', ms: 0 },
  ],
};

describe('kpi doctor', () => {
  it('shows what was found, and below what failed the line that mends it', async () => {
    const { exitCode, stdout, stderr } = await runCli(['doctor'], { app: { doctor: async () => diagnosis } });
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatchInlineSnapshot(`
      "Config
        ✔                  file         12ms  kpi.config.json is well-formed, and
                                              every key in it is known
      Providers
        ✖  github          credential  311ms  GitHub does not accept the token\\x1b[2J
           → make a token at https://github.com/settings/tokens, and set it where
             "token" takes it from
        ✔  nuget-of-the-…  access      1m 01s  well
        ⚠                  packages     2.1s  no package Akkka is listed
           → correct "packages"
      Sinks
        –  local           access             not asked offline
      State
        ✔                  folder        1ms  /srv/.kpi can be written, 68.7 GiB free
      CI
        ✔                  context       0ms  not in CI

      4 ok, 1 warning, 1 error, 1 skipped
      Exit code 3: something is wrong, or wants attention
      "
    `);
  });

  it('prints JSON with --json, whatever the exit code', async () => {
    const { exitCode, stdout } = await runCli(['doctor', '--json'], { app: { doctor: async () => diagnosis } });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toEqual(diagnosis);
  });

  it('passes its flags on', async () => {
    const asked: unknown[] = [];
    const app = {
      doctor: async (options: unknown) => {
        asked.push(options);
        return { ...diagnosis, exitCode: 0, findings: [] } as Diagnosis;
      },
    };
    const { exitCode, stdout } = await runCli(
      ['doctor', '--providers', 'a,b', '--sinks', 'c', '--offline', '--config', 'x.json', '--env-file', '.env'],
      { app },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('0 ok, 0 warnings, 0 errors, 0 skipped\nExit code 0: nothing stands in the way of a run\n');
    expect(asked).toEqual([{ config: 'x.json', envFile: '.env', providers: ['a', 'b'], sinks: ['c'], offline: true }]);
    await runCli(['doctor'], { app });
    expect(asked[1]).toEqual({ offline: false });
  });

  it('refuses wrong flags with 64', async () => {
    expect(await runCli(['doctor', '--ofline'], { app: {} })).toMatchObject({ exitCode: 64, stdout: '' });
    expect((await runCli(['doctor', '--ofline'], { app: {} })).stderr).toContain('did you mean "--offline"?');
  });

  it('says where what is wrong is not required', async () => {
    const { stdout } = await runCli(['doctor'], { app: { doctor: async () => ({ ...diagnosis, exitCode: 0 as const }) } });
    expect(stdout).toContain('Exit code 0: what is wrong is not required');
  });
});
