import type { Problem, ProviderReport, RunReport, SinkReport } from '../sdk/report.ts';

const at = '2026-11-21T20:00:00.000Z';

/** A report with two providers and two sinks where all went well, and what a test changes in it. */
export function runReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    schemaVersion: 1,
    runId: '20261121T200701Z-3f9a',
    status: 'ok',
    exitCode: 0,
    dryRun: false,
    at,
    window: null,
    startedAt: '2026-11-21T20:07:01.120Z',
    finishedAt: '2026-11-21T20:07:03.260Z',
    providers: [
      providerReport('github', { targets: 3, points: 412, requests: 9, ms: 2140, quota: { remaining: 4990, limit: 5000 } }),
      providerReport('nuget', { targets: 2, points: 18, requests: 3, ms: 412 }),
    ],
    sinks: [sinkReport('local', { offered: 430, accepted: 430, ms: 85 }), sinkReport('influxdb', { offered: 430, accepted: 430, ms: 140 })],
    problems: [],
    ...changes,
  };
}

export function providerReport(name: string, changes: Partial<ProviderReport> = {}): ProviderReport {
  return {
    name,
    type: name,
    required: true,
    status: 'ok',
    at,
    targets: 1,
    points: 0,
    held: 0,
    requests: 1,
    retries: 0,
    ms: 100,
    lateMs: 0,
    quota: null,
    problemCount: changes.problems?.length ?? 0,
    problems: [],
    ...changes,
  };
}

export function sinkReport(name: string, changes: Partial<SinkReport> = {}): SinkReport {
  return {
    name,
    type: name,
    required: true,
    status: 'ok',
    offered: 0,
    accepted: 0,
    rejected: 0,
    pending: 0,
    lost: 0,
    skipped: 0,
    replayed: 0,
    replayRejected: 0,
    backlog: 0,
    ms: 100,
    problemCount: changes.problems?.length ?? 0,
    problems: [],
    ...changes,
  };
}

export function problem(message: string, changes: Partial<Problem> = {}): Problem {
  return { severity: 'error', kind: 'server', message, ...changes };
}
