import { expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

it('prints the schema as JSON, with and without --json', async () => {
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' };
  const app = { configSchema: async () => schema };
  for (const argv of [
    ['config', 'schema'],
    ['config', 'schema', '--json'],
  ]) {
    expect(JSON.parse((await runCli(argv, { app })).stdout)).toEqual(schema);
  }
});

it('names it in the config with --install', async () => {
  const given: unknown[] = [];
  const done = { file: 'ops/kpi.yaml', action: 'added' as const, reference: './kpi.config.schema.json' };
  const app = {
    async configSchemaInstall(options: object) {
      given.push(options);
      return done;
    },
  };
  const argv = ['config', 'schema', '--install', '--config', 'ops/kpi.yaml'];
  expect(await runCli(argv, { app })).toMatchObject({
    exitCode: 0,
    stdout: 'ops/kpi.yaml now names its schema: ./kpi.config.schema.json\n',
  });
  expect(JSON.parse((await runCli([...argv, '--json'], { app })).stdout)).toEqual(done);
  expect(given).toEqual([{ config: 'ops/kpi.yaml' }, { config: 'ops/kpi.yaml' }]);
});

it('takes --config with --install alone', async () => {
  const { exitCode, stderr } = await runCli(['config', 'schema', '--config', 'x.json']);
  expect(exitCode).toBe(64);
  expect(stderr).toContain('--config stands beside --install alone');
});
