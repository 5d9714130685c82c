import { describe, expect, it } from 'vitest';
import { problem, providerReport, runReport, sinkReport } from '../testing/report.ts';
import { createPaint } from './paint.ts';
import { reportTable } from './table.ts';
import { width } from './text.ts';

const bad = runReport({
  status: 'partial',
  exitCode: 3,
  providers: [
    providerReport('nuget', { targets: 2, points: 18, requests: 3, ms: 412 }),
    providerReport('github', {
      status: 'partial',
      targets: 3,
      points: 412,
      requests: 9,
      retries: 1,
      ms: 2140,
      quota: { remaining: 4990, limit: 5000 },
      problemCount: 300,
      problems: [
        problem('GitHub has no such repository, or the token may not see it', { kind: 'not-found', item: 'x/gone' }),
        problem('is now x/new', { kind: 'renamed', severity: 'notice', item: 'x/old' }),
      ],
    }),
    providerReport('docs', { required: false, status: 'failed', problems: [problem('no answer within 30s', { kind: 'timeout' })] }),
  ],
  sinks: [
    sinkReport('local', { offered: 430, accepted: 430, ms: 85, replayed: 1200 }),
    sinkReport('influxdb', { status: 'pending', offered: 430, accepted: 30, pending: 400, backlog: 1600, ms: 5012 }),
  ],
});

describe('reportTable', () => {
  it('of a run that went well', () => {
    expect(reportTable(runReport())).toMatchInlineSnapshot(`
      "Run 20261121T200701Z-3f9a  at 2026-11-21 20:00:00Z  430 points  2.1s
      OK, exit 0: all that was required was collected and delivered

      PROVIDER  STATUS  TARGETS  POINTS  PROBLEMS  REQUESTS  RETRIES   TIME  QUOTA
      github    ok            3     412         0         9        0   2.1s  4,990
      nuget     ok            2      18         0         3        0  412ms

      SINK      STATUS  OFFERED  ACCEPTED  REJECTED  PENDING  LOST  BACKLOG   TIME
      local     ok          430       430         0        0     0        0   85ms
      influxdb  ok          430       430         0        0     0        0  140ms
      "
    `);
  });

  it('of a run that went wrong', () => {
    expect(reportTable(bad)).toMatchInlineSnapshot(`
      "Run 20261121T200701Z-3f9a  at 2026-11-21 20:00:00Z  430 points  2.1s
      PARTIAL, exit 3: something that was required failed, was refused or left out

      PROVIDER  STATUS   TARGETS  POINTS  PROBLEMS  REQUESTS  RETRIES   TIME  QUOTA
      nuget     ok             2      18         0         3        0  412ms
      github    partial        3     412       300         9        1   2.1s  4,990
      docs      failed         1       0         1         1        0  100ms

      SINK      STATUS   OFFERED  ACCEPTED  REJECTED  PENDING  LOST  BACKLOG  TIME
      local     ok           430       430         0        0     0        0  85ms
      influxdb  pending      430        30         0      400     0    1,600  5.0s

      docs: not required
      local: 1,200 points of earlier runs delivered

      docs failed
        ✖ no answer within 30s (timeout)

      github partial
        ✖ x/gone: GitHub has no such repository, or the token may not see it
          (not-found)
        ⚠ x/old: is now x/new (renamed)
          … and 298 more in .kpi/runs/20261121T200701Z-3f9a.ndjson
      "
    `);
  });

  it.each([80, 100, 140])('fits %i columns', (columns) => {
    const lines = reportTable(bad, { columns }).split('\n');
    expect(lines.filter((line) => width(line) > columns)).toEqual([]);
  });

  it('shortens names before it breaks the table', () => {
    const report = runReport({
      providers: [
        providerReport('a-very-long-name-of-an-instance', { retries: 3, points: 1_000_000, ms: 30_000, quota: { remaining: 1 } }),
      ],
    });
    expect(reportTable(report)).toContain('\na-very-… ');
    expect(reportTable(report, { columns: 140 })).toContain('\na-very-long-name-of-an-instance ');
  });

  it('tells once how far into its period the run began, and not of less than five minutes', () => {
    const began = (...late: number[]) =>
      reportTable(runReport({ providers: late.map((lateMs, index) => providerReport(`p${index}`, { lateMs })) }));
    const told = began(10_740_000, 10_740_000, 60_000)
      .split('\n')
      .filter((line) => line.includes('2h 59m'));
    expect(told).toEqual(['the run began 2h 59m after the start of its period']);
    expect(began(299_999, 60_000)).not.toContain('began');
    expect(began(300_000)).toContain('the run began 5m 00s after');
  });

  it('says of a dry run that it was one', () => {
    const table = reportTable(runReport({ dryRun: true, sinks: [] }));
    expect(table).toContain('dry run');
    expect(table).not.toContain('SINK');
  });

  it('names the file with all problems', () => {
    expect(reportTable(bad)).toContain('… and 298 more in .kpi/runs/20261121T200701Z-3f9a.ndjson');
    expect(reportTable(bad, { details: '/state/x.ndjson' })).toContain('… and 298 more in /state/x.ndjson');
    expect(reportTable({ ...bad, dryRun: true }, { details: '/state/x.ndjson' })).toContain('… and 298 more in --json');
  });

  it('is the same text with colours', () => {
    const coloured = reportTable(bad, { paint: createPaint(true) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken away.
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(reportTable(bad));
    expect(coloured).toContain('\u001b[33mPARTIAL, exit 3: \u001b[39m');
    expect(coloured).toContain('\u001b[31mfailed');
  });

  it('lets nothing that an upstream said reach the terminal as a command', () => {
    const hostile = problem('\u001b]0;owned\u0007\r\nRun ok', { item: '\u001b[2J', target: '\u202e' });
    const table = reportTable(
      runReport({
        problems: [hostile],
        providers: [providerReport('\u001b[8m', { problems: [hostile] })],
        sinks: [sinkReport('\u009b1m')],
      }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(table).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(table).toContain('\\x1b]0;owned\\x07\\r\\nRun ok');
  });
});
