import { describe, expect, it } from 'vitest';
import type { Status } from '../app.ts';
import { runCli } from '../testing/cli.ts';

const at = '2026-11-21T20:00:00.000Z';
const fresh = { type: 'x', required: true, whole: at, some: at, ageMs: 7_200_000, warnMs: 28_800_000, errorMs: 43_200_000 };
const told: Status = {
  schemaVersion: 1,
  exitCode: 3,
  now: '2026-11-21T22:00:00.000Z',
  lastRun: {
    id: '20261121T200701Z-3f9a',
    at,
    startedAt: '2026-11-21T20:07:01.120Z',
    finishedAt: '2026-11-21T20:07:03.260Z',
    status: 'ok',
    exitCode: 0,
  },
  providers: [
    { ...fresh, name: 'github', status: 'ok' },
    { ...fresh, name: 'nuget', status: 'warning', ageMs: 100_800_000, message: 'has brought nothing for 28h; 8h is a warning' },
    {
      ...fresh,
      name: 'spare',
      status: 'error',
      required: false,
      whole: null,
      some: null,
      ageMs: null,
      message: 'has never brought anything',
    },
  ],
  outboxes: [{ sink: 'influxdb', pending: 1430, rejected: 2, since: '2026-11-20T08:00:00.000Z' }],
  held: [{ provider: 'nuget', values: 2 }],
  problems: [{ severity: 'warning', message: '1430 points wait for influxdb since 2026-11-20T08:00:00Z; kpi outbox list says why' }],
};

describe('kpi status', () => {
  it('shows how things stand, and exits as it says', async () => {
    const asked: unknown[] = [];
    const app = {
      async status(options: object) {
        asked.push(options);
        return told;
      },
    };
    const { exitCode, stdout } = await runCli(['status', '--providers', 'github,nuget', '--config', 'c.json'], { app });
    expect(exitCode).toBe(3);
    expect(asked).toEqual([{ config: 'c.json', envFile: undefined, providers: ['github', 'nuget'] }]);
    expect(stdout).toMatchInlineSnapshot(`
      "Last run 20261121T200701Z-3f9a  began 2026-11-21 20:07:01Z  ok, exit 0  2.1s

      PROVIDER  STATUS   LAST DATA          AGE
      github    ok       2026-11-21 20:00Z   2h
      nuget     warning  2026-11-21 20:00Z  28h  has brought nothing for 28h; 8h is a
                                                 warning
      spare     error    never                   has never brought anything; not
                                                 required

      SINK      PENDING  REJECTED  SINCE
      influxdb    1,430         2  2026-11-20 08:00Z

      ⚠  1430 points wait for influxdb since 2026-11-20T08:00:00Z; kpi outbox list
         says why
      "
    `);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(JSON.parse((await runCli(['status', '--json'], { app })).stdout)).toEqual(told);
  });

  it('says so when no run has begun', async () => {
    const problems = [{ severity: 'error', message: 'no run has begun yet' }] as const;
    const none: Status = { ...told, exitCode: 1, lastRun: null, providers: [], outboxes: [], held: [], problems };
    const { exitCode, stdout } = await runCli(['status'], { app: { status: async () => none } });
    expect([exitCode, stdout]).toEqual([1, 'There is no earlier run.\n\n✖  no run has begun yet\n']);
  });
});
