import { expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

it('prints the config as JSON, no secret in it', async () => {
  const app = {
    configShow: async () => ({ providers: { github: { token: '***', note: 'x"hunter2hunter2' }, limit: 12345678 } }),
    redact: (text: string) => text.replaceAll('hunter2hunter2', '***').replaceAll('12345678', '***'),
  };
  const { exitCode, stdout } = await runCli(['config', 'show'], { app });
  expect(exitCode).toBe(0);
  expect(stdout).not.toContain('hunter2');
  expect(JSON.parse(stdout).providers.github).toEqual({ token: '***', note: 'x"***' });
  expect(JSON.parse(stdout).providers.limit).toBe('***');
});
