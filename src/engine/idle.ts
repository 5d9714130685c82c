import type { RunReport } from '../sdk/report.ts';

/** The report where there is nothing to do: no run has begun, and none is remembered. */
export function idleReport(
  about: { readonly runId: string; readonly at: Date; readonly dryRun: boolean },
  message: string,
  more: Partial<RunReport> = {},
): RunReport {
  const at = about.at.toISOString();
  return {
    schemaVersion: 1,
    runId: about.runId,
    status: 'skipped',
    exitCode: 0,
    dryRun: about.dryRun,
    at,
    window: null,
    startedAt: at,
    finishedAt: at,
    providers: [],
    sinks: [],
    problems: [{ severity: 'notice', kind: 'notice', message }],
    ...more,
  };
}
