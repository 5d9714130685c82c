import { describe, expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

const value = {
  id: '1f0c7a44b2',
  provider: 'nuget',
  measurement: 'nuget_package',
  tags: { package: 'Akka\u001b[2J' },
  field: 'total_downloads',
  time: '2026-11-21T20:00:00.000Z',
  value: 0,
  was: 61234567,
  reason: 'it is under 1',
  collectedAt: '2026-11-21T20:00:03.000Z',
};

describe('kpi quarantine list', () => {
  it('tells what is held, and why', async () => {
    const asked: object[] = [];
    const heldList = async (options: object) => {
      asked.push(options);
      return [value];
    };
    const argv = ['quarantine', 'list', '--provider', 'nuget', '--measurement', 'nuget_*'];
    const { exitCode, stdout } = await runCli(argv, { app: { heldList } });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([{ config: undefined, envFile: undefined, provider: 'nuget', measurement: 'nuget_*', ids: undefined }]);
    expect(stdout).toMatchInlineSnapshot(`
      "nuget: nuget_package.total_downloads
        ID          TIME                      WAS  READ  HELD                 SERIES
        1f0c7a44b2  2026-11-21 20:00Z  61,234,567     0  since it is under 1  package=Akka\\x1b
                                                                              [2J
      "
    `);
    expect(JSON.parse((await runCli([...argv, '--json'], { app: { heldList } })).stdout)).toEqual([value]);
  });

  it('says so when nothing is', async () => {
    expect((await runCli(['quarantine', 'list'], { app: { heldList: async () => [] } })).stdout).toBe('Nothing is held.\n');
  });
});
