import { describe, expect, it } from 'vitest';
import type { IntegrationInfo } from '../app.ts';
import { runCli } from '../testing/cli.ts';

const github: IntegrationInfo = {
  name: 'github',
  help: 'Repositories on GitHub.',
  settings: {
    type: 'object',
    properties: {
      token: { anyOf: [{ type: 'string' }, { type: 'object', properties: { file: { type: 'string' } } }], description: 'A token.' },
      batchSize: { type: 'integer', default: 50, description: 'How many at once.' },
    },
    required: ['token'],
  },
  example: { token: '${GITHUB_TOKEN}' },
  measurements: [
    {
      name: 'github_repository',
      help: 'One repository as it stands.',
      time: 'snapshot',
      tags: { repo: 'owner/name' },
      fields: { stars: { kind: 'gauge', unit: '{star}' }, is_fork: { kind: 'flag', help: 'Of another.' } },
    },
    {
      name: 'github_traffic',
      help: 'Visits.',
      time: 'day',
      tags: {},
      fields: { views: { kind: 'gauge' } },
      history: { depth: '14d', first: '14d', settle: '2d', zone: 'account' },
    },
  ],
  limits: [{ name: 'graphql', concurrency: 1, spacingMs: 1000, source: 'https://docs.github.com/' }],
};

describe('kpi providers', () => {
  const app = { providers: async (name?: string) => (name === undefined ? [github, { ...github, name: 'nuget' }] : [github]) };

  it('lists them', async () => {
    const { exitCode, stdout } = await runCli(['providers'], { app });
    expect([exitCode, stdout]).toEqual([0, 'PROVIDER  WHAT IT IS\ngithub    Repositories on GitHub.\nnuget     Repositories on GitHub.\n']);
  });

  it('shows one with settings, measurements and limits', async () => {
    const { stdout } = await runCli(['providers', 'github'], { app });
    expect(stdout).toMatchInlineSnapshot(`
      "github
      Repositories on GitHub.

      SETTINGS
        token      string | { file }  required. A token
        batchSize  integer            How many at once. Default: 50

      MEASUREMENT github_repository
        One repository as it stands.
        Time: snapshot. History: none.
        repo     tag           owner/name
        stars    gauge {star}
        is_fork  flag          Of another.

      MEASUREMENT github_traffic
        Visits.
        Time: day. History: 14d back, the first run asks for 14d, revised for 2d, days
        of the account's zone.
        views  gauge

      LIMITS
        graphql  1 at once, one each 1.0s  https://docs.github.com/

      EXAMPLE
        {
          "providers": {
            "github": {
              "token": "\${GITHUB_TOKEN}"
            }
          }
        }
      "
    `);
  });

  it('prints JSON with --json', async () => {
    expect(JSON.parse((await runCli(['providers', 'github', '--json'], { app })).stdout)).toEqual([github]);
  });
});
