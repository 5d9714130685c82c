import { describe, expect, it } from 'vitest';
import type { IntegrationInfo } from '../app.ts';
import { runCli } from '../testing/cli.ts';

const sqlite: IntegrationInfo = {
  name: 'sqlite',
  help: 'A local database.',
  settings: { type: 'object', properties: {} },
  example: {},
  accepts: { timestamps: 'any', rerun: 'merges', kinds: ['gauge', 'flag'], batch: { entries: 1000 } },
};
const prometheus: IntegrationInfo = {
  ...sqlite,
  name: 'prometheus',
  accepts: {
    timestamps: { pastMs: 3_600_000, futureMs: 600_000 },
    rerun: 'keepsFirst',
    kinds: ['gauge'],
    batch: { entries: 1 },
    fixedTags: true,
  },
};

describe('kpi sinks', () => {
  const app = {
    sinks: async (name?: string) => (name === 'sqlite' ? [sqlite] : name === 'prometheus' ? [prometheus] : [sqlite, prometheus]),
  };

  it('lists them', async () => {
    expect((await runCli(['sinks'], { app })).stdout).toBe(
      'SINK        WHAT IT IS\nsqlite      A local database.\nprometheus  A local database.\n',
    );
  });

  it('shows what one takes', async () => {
    expect((await runCli(['sinks', 'sqlite'], { app })).stdout).toMatchInlineSnapshot(`
      "sqlite
      A local database.

      SETTINGS
        none

      TAKES
        times           any
        the same again  is merged field by field, the newest collected wins
        kinds           gauge, flag
        a batch         at most 1,000 points

      EXAMPLE
        {
          "sinks": {
            "sqlite": {}
          }
        }
      "
    `);
    const { stdout } = await runCli(['sinks', 'prometheus'], { app });
    expect(stdout).toContain('1 h back, 10 min ahead');
    expect(stdout).toContain('at most 1 point');
    expect(stdout).toContain('can never grow');
  });

  it('prints JSON with --json', async () => {
    expect(JSON.parse((await runCli(['sinks', '--json'], { app })).stdout)).toEqual([sqlite, prometheus]);
  });
});
