import { describe, expect, it } from 'vitest';
import type { App, BackfillPlan, CollectOptions, Listener } from '../app.ts';
import { runCli } from '../testing/cli.ts';
import { problem, providerReport, runReport } from '../testing/report.ts';

const point = { measurement: 'm', tags: { t: 'x' }, fields: { n: 1 }, time: new Date('2026-11-21T20:00:00.000Z') };

interface Collecting {
  readonly report?: ReturnType<typeof runReport>;
  readonly points?: number;
  readonly stdoutTaken?: boolean;
  readonly error?: Error;
  readonly plan?: BackfillPlan;
}

const plan: BackfillPlan = {
  window: { from: '2026-01-01T00:00:00.000Z', to: '2026-11-21T20:17:03.000Z' },
  chunk: '1mo',
  providers: [
    {
      name: 'github',
      type: 'github',
      chunks: 11,
      finished: 3,
      leastCalls: 1250,
      quota: { remaining: 4990, limit: 5000, at: '2026-11-21T20:07:03.260Z' },
      measurements: [
        { name: 'github_stars', time: 'day', from: '2026-01-01T00:00:00.000Z', to: '2026-11-21T20:17:03.000Z' },
        { name: 'github_traffic', time: 'day', from: '2026-11-08T00:00:00.000Z', to: '2026-11-21T20:17:03.000Z', depth: '14d' },
      ],
    },
    { name: 'reddit', type: 'reddit', chunks: 2, finished: 2, leastCalls: 0, quota: null, measurements: [] },
  ],
  skipped: [{ provider: 'nuget', reason: 'has no history' }],
  sinks: [
    { name: 'local', type: 'sqlite', days: 325, skippedDays: 0 },
    {
      name: 'prometheus',
      type: 'prometheus',
      days: 325,
      skippedDays: 324,
      message: 'prometheus takes nothing older than 1h: 324 of 325 days are skipped by it',
    },
  ],
};

/** An app whose run tells of one instance and ends with the report. */
function collecting({ report = runReport(), points = 0, stdoutTaken = false, error, plan: planned }: Collecting = {}) {
  const asked: CollectOptions[] = [];
  const app: Partial<App> = {
    async collect(options: CollectOptions, listen: Listener) {
      asked.push(options);
      if (planned) listen({ type: 'planned', plan: planned });
      const instances = [{ name: 'github', type: 'github' }];
      const details = `state/runs/${report.runId}.ndjson`;
      listen({ type: 'started', runId: report.runId, at: report.at, dryRun: options.dryRun === true, instances, stdoutTaken, details });
      for (let index = 0; index < points; index++) listen({ type: 'point', point });
      if (error) throw error;
      const counts = { targetsDone: 3, targets: 3, points: 412, problems: 0 };
      listen({ type: 'progress', instance: 'github', phase: 'done', status: 'ok', ...counts });
      listen({ type: 'finished', report });
      return report;
    },
  };
  return { app, asked };
}

describe('kpi collect', () => {
  it('hands every flag to the app', async () => {
    const { app, asked } = collecting();
    const flags = ['--config', 'c.json', '--env-file', '.env', '--providers', 'github,nuget', '--measurements', 'github_*'];
    const more = [
      '--sinks',
      'local',
      '--at',
      '-7d',
      '--dry-run',
      '--exit-on-change',
      '--timeout',
      '90s',
      '--fail-on',
      'any',
      '--report',
      'r.json',
    ];
    expect((await runCli(['collect', ...flags, ...more, '--log-format', 'json', '--verbose'], { app })).exitCode).toBe(0);
    expect(asked).toMatchObject([
      {
        config: 'c.json',
        envFile: '.env',
        providers: ['github', 'nuget'],
        measurements: ['github_*'],
        sinks: ['local'],
        at: '-7d',
        dryRun: true,
        exitOnChange: true,
        timeout: '90s',
        failOn: 'any',
        report: 'r.json',
        logFormat: 'json',
        verbose: true,
      },
    ]);
  });

  it('takes a flag with several names once or often, and leaves the next word alone', async () => {
    const { app, asked } = collecting();
    await runCli(['collect', '--providers', 'a', '--providers', 'b, c'], { app });
    expect(asked[0]?.providers).toEqual(['a', 'b', 'c']);
    expect((await runCli(['collect', '--providers', 'a', 'b'], { app })).stderr).toContain('unexpected argument "b"');
  });

  it('takes --retry-failed with a run, and without', async () => {
    const { app, asked } = collecting();
    for (const flags of [['--retry-failed'], ['--retry-failed', '--quiet'], ['--retry-failed', 'r1'], ['--retry-failed=r2'], []])
      expect((await runCli(['collect', ...flags], { app })).exitCode).toBe(0);
    expect(asked.map((one) => one.retryFailed)).toEqual(['last', 'last', 'r1', 'r2', undefined]);
    expect((await runCli(['collect', '--retry-failed='], { app })).exitCode).toBe(64);
  });

  it('takes --due', async () => {
    const { app, asked } = collecting();
    await runCli(['collect', '--due'], { app });
    expect(asked[0]?.due).toBe(true);
    const report = runReport({ notDue: [{ name: 'nuget', next: '2026-11-22T00:00:00.000Z' }] });
    expect((await runCli(['collect', '--due'], collecting({ report }))).stdout).toContain('nuget: not due before 2026-11-22 00:00:00Z');
  });

  it('says in one line that there is nothing to do', async () => {
    const problems = [problem('nothing failed in run r1', { severity: 'notice', kind: 'notice' })];
    const report = runReport({ status: 'skipped', providers: [], sinks: [], problems });
    expect(await runCli(['collect', '--retry-failed', 'r1'], collecting({ report }))).toMatchObject({
      exitCode: 0,
      stdout: 'nothing failed in run r1\n',
    });
    expect((await runCli(['collect', '--retry-failed', '--quiet'], collecting({ report }))).stdout).toBe('');
    expect(JSON.parse((await runCli(['collect', '--retry-failed', '--json'], collecting({ report }))).stdout)).toMatchObject({ problems });
  });

  it('prints the report on standard output, progress on standard error', async () => {
    const { exitCode, stdout, stderr } = await runCli(['collect'], collecting());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Run .*\nOK, exit 0: /);
    expect(stderr).toBe('github: ok, 3/3 targets, 412 points\n');
  });

  it('exits as the report says', async () => {
    const report = runReport({ status: 'pending', exitCode: 75 });
    expect((await runCli(['collect'], collecting({ report }))).exitCode).toBe(75);
  });

  it('prints the report on standard error where a sink has standard output', async () => {
    const { stdout, stderr } = await runCli(['collect'], collecting({ stdoutTaken: true }));
    expect(stdout).toBe('');
    expect(stderr).toContain('OK, exit 0: ');
  });

  it('prints only JSON with --json', async () => {
    const { stdout, stderr } = await runCli(['collect', '--json'], { ...collecting(), stderrIsTerminal: true });
    expect(JSON.parse(stdout)).toEqual(runReport());
    expect(stderr).toBe('');
  });

  it('streams the points of a dry run with --json', async () => {
    const { stdout } = await runCli(['collect', '--json', '--dry-run'], collecting({ points: 2 }));
    expect(JSON.parse(stdout)).toEqual({ ...runReport(), points: Array.from({ length: 2 }, () => JSON.parse(JSON.stringify(point))) });
  });

  it('is still JSON when a defect ends it amid the points', async () => {
    const { exitCode, stdout } = await runCli(['collect', '--json', '--dry-run'], collecting({ points: 2, error: new TypeError('x') }));
    expect(exitCode).toBe(70);
    expect(JSON.parse(stdout)).toMatchObject({ points: { length: 2 }, exitCode: 70, error: { kind: 'defect' } });
  });

  it('says nothing with --quiet while all is well, and shows what is not', async () => {
    expect(await runCli(['collect', '--quiet'], collecting())).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    const report = runReport({ status: 'partial', exitCode: 3 });
    const { stdout, stderr } = await runCli(['collect', '--quiet'], collecting({ report }));
    expect(stdout).toContain('PARTIAL, exit 3: ');
    expect(stderr).toBe('');
  });

  it('leaves standard error to the log when that is JSON', async () => {
    expect((await runCli(['collect', '--log-format', 'json'], collecting())).stderr).toBe('');
  });

  it('draws progress on a terminal, and takes it away before the report', async () => {
    const { stdout, stderr } = await runCli(['collect'], { ...collecting(), stderrIsTerminal: true, stdoutIsTerminal: true });
    expect(stderr.split('\u001b[?2026l').at(-1)).not.toContain('github');
    expect(stderr).toContain('\u001b[?25l');
    expect(stdout).toContain('\u001b[32mOK, exit 0: \u001b[39m');
  });

  it('draws nothing over the points that a sink writes on the same terminal', async () => {
    const options = { ...collecting({ stdoutTaken: true }), stderrIsTerminal: true, stdoutIsTerminal: true };
    const { stderr } = await runCli(['collect'], options);
    expect(stderr).toMatch(/^github: ok, 3\/3 targets, 412 points\n/);
  });

  it('colours each stream as it is, and as the environment says', async () => {
    const report = runReport({ status: 'partial', exitCode: 3 });
    expect((await runCli(['collect'], { ...collecting({ report }), stderrIsTerminal: true })).stdout).not.toContain('\u001b[');
    const env = { NO_COLOR: '1' };
    expect((await runCli(['collect'], { ...collecting({ report }), stdoutIsTerminal: true, env })).stdout).not.toContain('\u001b[');
    expect((await runCli(['collect'], { ...collecting({ report }), env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[33mPARTIAL');
  });

  it('shows no secret, also where a line was broken or JSON escaped it', async () => {
    const secret = 'hunter2"hunter2 hunter2';
    const problems = [problem(`${'a long message '.repeat(4)}${secret}`)];
    const report = runReport({ providers: [providerReport('github', { status: 'partial', problems })] });
    const redact = (text: string) => text.replaceAll(secret, '***');
    const { app } = collecting({ report });
    for (const argv of [['collect'], ['collect', '--json']]) {
      const { stdout } = await runCli(argv, { app: { ...app, redact } });
      expect(stdout).toContain('***');
      expect(stdout).not.toContain('hunter2');
    }
  });
});

describe('kpi collect --from', () => {
  const range = ['--from', '-90d', '--to', 'yesterday', '--chunk', '1w', '--restart'];

  it('hands the range to the app, and shows the plan before it starts', async () => {
    const { app, asked } = collecting({ plan });
    const { stdout, stderr } = await runCli(['collect', ...range], { app });
    expect(asked).toMatchObject([{ from: '-90d', to: 'yesterday', chunk: '1w', restart: true }]);
    expect(stderr).toMatch(/^Backfill 2026-01-01 to 2026-11-21 20:17Z, [\s\S]*\ngithub: ok, 3\/3 targets, 412 points\n$/);
    expect(stdout).toMatch(/^Run /);
    for (const flag of ['--quiet', '--json']) expect((await runCli(['collect', ...range, flag], collecting({ plan }))).stderr).toBe('');
  });

  it('with --plan starts nothing, and says what would be asked for', async () => {
    const asked: CollectOptions[] = [];
    const app = {
      async backfillPlan(options: CollectOptions) {
        asked.push(options);
        return plan;
      },
    };
    const { exitCode, stdout } = await runCli(['collect', ...range, '--plan', '--config', 'c.json', '--providers', 'github'], { app });
    expect(exitCode).toBe(0);
    expect(asked).toMatchObject([{ config: 'c.json', providers: ['github'], from: '-90d', to: 'yesterday', chunk: '1w', restart: true }]);
    expect(stdout).toMatchInlineSnapshot(`
      "Backfill 2026-01-01 to 2026-11-21 20:17Z, in chunks of 1mo, the newest first

      PROVIDER  CHUNKS  FINISHED    CALLS  QUOTA LEFT
      github        11         3  ≥ 1,250  4,990 of 5,000, at 2026-11-21 20:07Z
      reddit         2         2        0  not known

      MEASUREMENT     FROM        TO                 GOES BACK
      github_stars    2026-01-01  2026-11-21 20:17Z  all the way
      github_traffic  2026-11-08  2026-11-21 20:17Z  14d

      nuget has no history: skipped
      local takes all 325 days
      prometheus takes nothing older than 1h: 324 of 325 days are skipped by it
      "
    `);
    expect(JSON.parse((await runCli(['collect', ...range, '--plan', '--json'], { app })).stdout)).toEqual(plan);
  });
});
