import { describe, expect, it } from 'vitest';
import type { SinkChanges } from '../../app.ts';
import { runCli } from '../../testing/cli.ts';

const local: SinkChanges = {
  sink: 'local',
  type: 'sqlite',
  changes: [
    { object: 'table github_repository', action: 'created' },
    { object: 'table nuget_package', action: 'changed', detail: 'column latest_version' },
    { object: 'view kpi_series', action: 'ready' },
  ],
};
const broken: SinkChanges = { sink: 'influxdb', type: 'influxdb', changes: [], error: 'connect ECONNREFUSED 127.0.0.1:8086' };

describe('kpi db init', () => {
  it('tells what it made, and of whom it could not', async () => {
    const asked: unknown[] = [];
    const app = {
      async dbInit(options: object) {
        asked.push(options);
        return [local, broken];
      },
    };
    const { exitCode, stdout } = await runCli(['db', 'init', '--sinks', 'local,influxdb'], { app });
    expect(asked).toEqual([{ config: undefined, envFile: undefined, sinks: ['local', 'influxdb'] }]);
    expect(stdout).toMatchInlineSnapshot(`
      "local (sqlite)
        created  table github_repository
        changed  table nuget_package (column latest_version)
        ready    view kpi_series

      influxdb
        ✖  connect ECONNREFUSED 127.0.0.1:8086
      "
    `);
    expect(exitCode).toBe(3);
  });

  it.each([
    [0, [local]],
    [0, []],
    [1, [broken]],
    [3, [broken, local]],
  ])('exits %i', async (code, stores) => {
    const { exitCode, stdout } = await runCli(['db', 'init', '--json'], { app: { dbInit: async () => stores } });
    expect(exitCode).toBe(code);
    expect(JSON.parse(stdout)).toEqual(stores);
  });

  it('says so when there is nothing to make', async () => {
    const { stdout } = await runCli(['db', 'init'], { app: { dbInit: async () => [{ sink: 'archive', type: 'file', changes: [] }] } });
    expect(stdout).toBe('archive (file)\n  nothing to make ready\n');
  });
});
