import { describe, expect, it } from 'vitest';
import type { Fixed, GapsReport } from '../app.ts';
import { runCli } from '../testing/cli.ts';
import { runReport } from '../testing/report.ts';

const common = { providers: ['github'], examples: [{ repo: 'a/b' }] };
const lost = { ...common, measurement: 'github_repository', status: 'lost', series: 12, othersHave: true } as const;
const command = 'kpi collect --from 2026-11-12 --to 2026-11-20 --providers github';
const found: GapsReport = {
  schemaVersion: 1,
  exitCode: 3,
  now: '2026-11-21T20:07:00.000Z',
  store: 'local',
  gaps: [
    { ...lost, from: '2026-11-20T16:00:00.000Z', to: '2026-11-20T20:00:00.000Z' },
    {
      ...common,
      measurement: 'github_traffic',
      status: 'recoverable',
      series: 1430,
      othersHave: false,
      from: '2026-11-12T00:00:00.000Z',
      to: '2026-11-20T00:00:00.000Z',
      lostOn: '2026-11-26T00:00:00.000Z',
      command,
    },
  ],
  more: 0,
  fixes: [{ providers: ['github'], from: '2026-11-12', to: '2026-11-20', command }],
  judged: [
    { measurement: 'github_repository', series: 12 },
    { measurement: 'github_traffic', series: 1430 },
  ],
  notJudged: [{ measurement: 'website_check', reason: 'its points come as they come' }],
};
const none: GapsReport = { ...found, exitCode: 0, gaps: [], fixes: [], notJudged: [] };

describe('kpi gaps', () => {
  it('shows what is missing, and what brings it', async () => {
    const asked: unknown[] = [];
    const app = {
      async gaps(options: object) {
        asked.push(options);
        return found;
      },
    };
    const { exitCode, stdout } = await runCli(['gaps', '--measurement', 'github_*', '--providers', 'github', '--from', '-90d'], { app });
    expect(exitCode).toBe(3);
    expect(asked).toEqual([{ config: undefined, envFile: undefined, measurements: ['github_*'], providers: ['github'], from: '-90d' }]);
    expect(stdout).toMatchInlineSnapshot(`
      "2 gaps in 1,442 series of 2 measurements in local.

      MEASUREMENT        FROM – BEFORE (UTC)       SERIES  NO POINT
      github_repository  2026-11-20 16:00 – 20:00      12  lost (others have)
      github_traffic     2026-11-12 – 11-20         1,430  recoverable, lost on
                                                           2026-11-26 unless brought

      Not judged
        website_check  its points come as they come

      What brings what can be had (kpi gaps --fix does)
        kpi collect --from 2026-11-12 --to 2026-11-20 --providers github
      "
    `);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(JSON.parse((await runCli(['gaps', '--json'], { app })).stdout)).toEqual(found);
  });

  it('says so when there is none', async () => {
    expect(await runCli(['gaps'], { app: { gaps: async () => none } })).toMatchObject({
      exitCode: 0,
      stdout: 'No gap in 1,442 series of 2 measurements in local.\n',
    });
  });

  it('counts what it does not show', async () => {
    const many = Array.from({ length: 60 }, () => ({ ...lost, from: '2026-11-20T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' }));
    const app = { gaps: async () => ({ ...found, gaps: many, more: 7 }) };
    const { stdout } = await runCli(['gaps'], { app });
    expect(stdout).toContain('67 gaps in ');
    expect(stdout).toContain('\n… and 17 more\n');
  });

  it('brings with --fix what can be had, and exits as that went', async () => {
    const fixed: Fixed = {
      schemaVersion: 1,
      exitCode: 75,
      before: found,
      runs: [{ command, report: runReport({ exitCode: 75, status: 'pending' }) }],
      after: none,
    };
    const app = { gapsFix: async () => fixed };
    const { exitCode, stdout } = await runCli(['gaps', '--fix'], { app });
    expect([exitCode, stdout]).toEqual([75, `${command}: pending, exit 75\n\nNo gap in 1,442 series of 2 measurements in local.\n`]);
    expect(JSON.parse((await runCli(['gaps', '--fix', '--json'], { app })).stdout)).toMatchObject({ exitCode: 75, after: { exitCode: 0 } });
    const nothing = { ...fixed, exitCode: 3, runs: [], after: found };
    expect((await runCli(['gaps', '--fix'], { app: { gapsFix: async () => nothing } })).stdout).toMatch(
      /^Nothing that is missing can be brought.\n/,
    );
  });
});
