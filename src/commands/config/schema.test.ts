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
