import { describe, expect, it } from 'vitest';
import type { SinkStatus } from '../../app.ts';
import { ConfigError } from '../../sdk/errors.ts';
import { runCli } from '../../testing/cli.ts';

const from = new Date('2026-11-01T00:00:00.000Z');
const to = new Date('2026-11-21T20:00:00.000Z');
const ready: SinkStatus = {
  sink: 'local',
  type: 'sqlite',
  status: { measurements: [{ name: 'github_repository', rows: 4120, from, to, problems: [] }], bytes: 1_572_864, problems: [] },
};
const drifted: SinkStatus = {
  sink: 'warehouse',
  type: 'postgres',
  status: { measurements: [{ name: 'nuget_package', problems: ['the table is missing: run kpi db init'] }], problems: ['is read-only'] },
};
const away: SinkStatus = { sink: 'influxdb', type: 'influxdb', error: 'connect ECONNREFUSED 127.0.0.1:8086' };

describe('kpi db status', () => {
  it('tells what each store holds and lacks', async () => {
    const app = { dbStatus: async () => [ready, drifted, away, { sink: 'archive', type: 'file' }] };
    const { exitCode, stdout } = await runCli(['db', 'status'], { app });
    expect(stdout).toMatchInlineSnapshot(`
      "local (sqlite)
        MEASUREMENT         ROWS  FROM, TO
        github_repository  4,120  2026-11-01 00:00:00Z, 2026-11-21 20:00:00Z
        1.5 MiB

      warehouse (postgres)
        ✖  is read-only
        ✖  nuget_package: the table is missing: run kpi db init
        MEASUREMENT    ROWS  FROM, TO
        nuget_package

      influxdb
        ✖  connect ECONNREFUSED 127.0.0.1:8086

      archive (file)
        cannot be asked
      "
    `);
    expect(exitCode).toBe(3);
  });

  it('fits 80 columns, without seconds where it must', async () => {
    const measurements = [{ name: 'github_repository_referrer', rows: 41_200_000, from, to, problems: ['the column visits is missing'] }];
    const { stdout } = await runCli(['db', 'status'], {
      app: { dbStatus: async () => [{ ...ready, status: { measurements, problems: [] } }] },
    });
    expect(stdout.split('\n').slice(1, -1)).toEqual([
      '  ✖  github_repository_referrer: the column visits is missing',
      '  MEASUREMENT                       ROWS  FROM, TO',
      '  github_repository_referrer  41,200,000  2026-11-01 00:00Z, 2026-11-21 20:00Z',
    ]);
  });

  it.each([
    [0, [ready]],
    [1, [drifted]],
    [3, [ready, away]],
  ])('exits %i', async (code, stores) => {
    const { exitCode, stdout } = await runCli(['db', 'status', '--json'], { app: { dbStatus: async () => stores } });
    expect(exitCode).toBe(code);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(stores)));
  });

  it('wraps at a terminal what is wrong with the config, and what a store lacks', async () => {
    const message = 'is long '.repeat(20).trim();
    const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
    const wrong = {
      dbStatus: () => Promise.reject(new ConfigError('kpi.config.json has 2 problems', [{ path: 'sinks.local.path', message }])),
    };
    const options = { stdoutIsTerminal: true, stderrIsTerminal: true, env: { NO_COLOR: '1' } };
    expect(widest((await runCli(['db', 'status'], { app: wrong, ...options })).stderr)).toBeLessThanOrEqual(80);
    expect(widest((await runCli(['db', 'status'], { app: wrong })).stderr)).toBeGreaterThan(160);
    const lacking = { dbStatus: async () => [{ ...drifted, status: { measurements: [], problems: [message] } }] };
    expect(widest((await runCli(['db', 'status'], { app: lacking, ...options })).stdout)).toBeLessThanOrEqual(80);
  });
});
