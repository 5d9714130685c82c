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

  it('wraps warnings at the width of a terminal', async () => {
    const long = { path: 'providers.github.token', message: 'is long '.repeat(20).trim() };
    const app = { configCheck: async () => ({ file: '/x/kpi.config.json', problems: [long] }) };
    const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
    expect(widest((await runCli(['config', 'check'], { app, stdoutIsTerminal: true, env: { NO_COLOR: '1' } })).stdout)).toBeLessThanOrEqual(
      80,
    );
    expect(widest((await runCli(['config', 'check'], { app })).stdout)).toBeGreaterThan(160);
  });
});
