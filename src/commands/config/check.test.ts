import { describe, expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

const warning = { path: 'providers.github.token', message: 'is written into the file; take it from ${GITHUB_TOKEN}' };

describe('kpi config check', () => {
  it('says that a config is valid', async () => {
    const app = { configCheck: async () => ({ file: '/x/kpi.config.json', problems: [] }) };
    expect(await runCli(['config', 'check'], { app })).toMatchObject({ exitCode: 0, stdout: '/x/kpi.config.json is valid\n', stderr: '' });
  });

  it('lists warnings, which do not make it wrong', async () => {
    const app = { configCheck: async () => ({ file: '/x/kpi.config.json', problems: [warning] }) };
    const { exitCode, stdout } = await runCli(['config', 'check'], { app });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`/x/kpi.config.json is valid, with 1 warning\n  ${warning.path}: ${warning.message}\n`);
    expect(JSON.parse((await runCli(['config', 'check', '--json'], { app })).stdout)).toEqual({
      file: '/x/kpi.config.json',
      problems: [warning],
    });
  });
});
