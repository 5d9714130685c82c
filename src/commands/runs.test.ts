import { describe, expect, it } from 'vitest';
import { runCli } from '../testing/cli.ts';
import { runReport } from '../testing/report.ts';

const at = '2026-11-21T20:00:00.000Z';
const runs = [
  { id: 'r2', at, startedAt: at, status: 'unfinished', points: 0, problems: 0 },
  { id: 'r1', at, startedAt: at, finishedAt: '2026-11-21T20:00:02.140Z', status: 'ok', exitCode: 0, points: 1430, problems: 2 },
] as const;

describe('kpi runs', () => {
  it('lists them', async () => {
    const asked: unknown[] = [];
    const app = {
      async runs(options: object) {
        asked.push(options);
        return runs;
      },
    };
    const { exitCode, stdout } = await runCli(['runs', '--last', '5', '--config', 'c.json'], { app });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([{ config: 'c.json', envFile: undefined, last: 5 }]);
    expect(stdout).toMatchInlineSnapshot(`
      "RUN  AT                    STATUS      EXIT  POINTS  PROBLEMS  TIME
      r2   2026-11-21 20:00:00Z  unfinished             0         0
      r1   2026-11-21 20:00:00Z  ok             0   1,430         2  2.1s
      "
    `);
    expect(JSON.parse((await runCli(['runs', '--json'], { app })).stdout)).toEqual(runs);
  });

  const long = '2026-11-21T20:00:12.345Z';
  const statuses = ['ok', 'partial', 'pending', 'failed', 'interrupted', 'skipped', 'running', 'unfinished'] as const;
  it.each(statuses)('fits 80 columns when one is %s', async (status) => {
    const run = { id: '20261121T200000Z-1f0c', at: long, startedAt: long, finishedAt: '2026-11-22T08:04:00.000Z', status, exitCode: 143 };
    const app = { runs: async () => [{ ...run, points: 1_430_000, problems: 12_000 }] };
    const { stdout } = await runCli(['runs'], { app });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain('  2026-11-21 20:00Z  ');
    const wide = (await runCli(['runs'], { app, columns: 120 })).stdout;
    expect(wide).toContain('2026-11-21 20:00:12.345Z');
    expect(wide).toContain('12,000');
  });

  it('leaves out seconds before it leaves out problems', async () => {
    const run = { ...runs[1], id: '20261121T200000Z-1f0c', points: 143 };
    const { stdout } = await runCli(['runs'], { app: { runs: async () => [run] } });
    expect(stdout).toContain('PROBLEMS');
    expect(stdout).toContain('2026-11-21 20:00Z');
  });

  it('shows what a backfill was of, with less where there is little room', async () => {
    const ended = {
      startedAt: long,
      finishedAt: '2026-11-22T08:04:00.000Z',
      status: 'interrupted',
      exitCode: 143,
      problems: 12_000,
    } as const;
    const of = (from: string, to: string) => ({ window: { from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` } });
    const run = { ...ended, id: '20261121T200000Z-1f0c2d', at: long, points: 1_430_000 };
    const all = [
      { ...run, ...of('2026-01-01', '2026-07-01') },
      { ...run, ...of('2025-01-01', '2026-07-01') },
    ];
    const app = { runs: async () => all };
    const { stdout } = await runCli(['runs'], { app });
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain('  2026-01-01/07-01  ');
    expect(stdout).toContain('  2025-01/2026-07   ');
    expect((await runCli(['runs'], { app, columns: 120 })).stdout).toContain('  2026-01-01/2026-07-01  ');
    expect(JSON.parse((await runCli(['runs', '--json'], { app })).stdout)).toEqual(all);
  });

  it('says so when there is none', async () => {
    expect((await runCli(['runs'], { app: { runs: async () => [] } })).stdout).toBe('There is no earlier run.\n');
  });

  it('shows the report of one, whatever its exit code was', async () => {
    const report = runReport({ exitCode: 3, status: 'partial' });
    const app = { run: async () => report };
    const { exitCode, stdout } = await runCli(['runs', report.runId], { app });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('PARTIAL, exit 3: ');
    expect(JSON.parse((await runCli(['runs', report.runId, '--json'], { app })).stdout)).toEqual(report);
  });
});
