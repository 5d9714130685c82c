import type { RunReport } from '../sdk/report.ts';
import type { Config } from './config/config.ts';
import type { Disk } from './disk.ts';
import type { StoreParts } from './stores.ts';
import { sendUndelivered } from './undelivered.ts';
import { exitCode, type FailOn, statusOf } from './verdict.ts';

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

/** Delivers what waits for the selected sinks, as `kpi outbox send` does, where no run is there to do so. */
export async function sendWaiting(
  config: Config,
  disk: Pick<Disk, 'outbox'>,
  flags: { readonly json?: boolean | undefined; readonly failOn: FailOn },
  parts: StoreParts,
): Promise<Partial<RunReport>> {
  const waiting = new Set((await disk.outbox.counts()).filter((one) => one.pending > 0).map((one) => one.sink));
  const sinks = config.sinks.map((one) => ({ ...one, selected: one.selected && waiting.has(one.name) }));
  if (!sinks.some((one) => one.selected)) return {};
  const { sinks: sent } = await sendUndelivered({ ...config, sinks }, { json: flags.json }, parts);
  const outcome = { providers: [], sinks: sent, runErrors: 0 };
  return { exitCode: exitCode(outcome, flags.failOn), status: statusOf(outcome), sinks: sent };
}
