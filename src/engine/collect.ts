import { messageOf } from '../sdk/errors.ts';
import type { RunReport } from '../sdk/report.ts';
import { durationMs } from '../sdk/time.ts';
import { draftBackfill } from './backfill/draft.ts';
import { openBackfill } from './backfill/open.ts';
import { type BackfillFlags, rangeOf } from './backfill/range.ts';
import { comparisonOf } from './compare/wanted.ts';
import type { Config } from './config/config.ts';
import { openDisk } from './disk.ts';
import type { Listener } from './events.ts';
import { openReadings } from './guards/dry.ts';
import { createDoor } from './http.ts';
import { idleReport, sendWaiting } from './idle.ts';
import { createLog, type LogFormat } from './log.ts';
import { measurementsOf } from './measurements-of.ts';
import { nearest } from './nearest.ts';
import type { Outside } from './outside.ts';
import { matchesAny } from './patterns.ts';
import type { Redactor } from './redact.ts';
import { reportFile, reportText, writeReportFile } from './report-file.ts';
import { newRunId, run } from './run.ts';
import { scopeOf } from './scope.ts';
import { checkProviders } from './startable.ts';
import { checkStdout } from './stdout.ts';
import { openStoreState } from './store-state.ts';
import { parseTime } from './time-flag.ts';
import { checkTogether } from './together.ts';
import { UsageError } from './usage-error.ts';
import { exitCodes, type FailOn } from './verdict.ts';

export interface CollectFlags extends BackfillFlags {
  readonly measurements?: readonly string[] | undefined;
  /** Stands for the clock. */
  readonly at?: string | undefined;
  /** Only what failed in this run, or in the `last` one in which anything did. */
  readonly retryFailed?: string | undefined;
  /** Only providers whose current period was not brought yet. */
  readonly due?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  /** With `dryRun`: exit 4 where a run would add or change something in the store. */
  readonly exitOnChange?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly failOn?: FailOn | undefined;
  /** A file for the report. */
  readonly report?: string | undefined;
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly logFormat?: LogFormat | undefined;
}

export interface CollectParts {
  readonly outside: Outside;
  readonly redactor: Redactor;
  readonly userAgent: string;
  listen: Listener;
}

/** The most that `--timeout` takes, and what a backfill has without it. */
const longestMs = 24 * 3_600_000;

/** `kpi collect`, once its config is loaded: checks the flags, opens what the run needs, runs, and closes it again. */
export async function collect(loaded: Config, flags: CollectFlags, parts: CollectParts): Promise<RunReport> {
  const { outside, redactor } = parts;
  checkTogether({ ...flags });
  const at = timeOf(flags.at, outside);
  const range = rangeOf(flags, outside.clock.now());
  const timeoutMs = timeoutOf(flags.timeout) ?? (range ? longestMs : loaded.run.timeoutMs);
  const failOn = flags.failOn ?? loaded.run.failOn;
  const reportTo = flags.report === undefined ? undefined : reportFile(flags.report, outside.cwd);
  checkProviders(loaded);
  checkMeasurements(loaded, flags.measurements);
  const draft = range && draftBackfill(loaded, range, { now: outside.clock.now(), measurements: flags.measurements });
  const config = draft?.config ?? loaded;
  checkStdout(config, flags.json === true);
  const { compare, warning: unknown } = comparisonOf(config, flags);
  const log = createLog({
    write: (line) => outside.stderr.write(`${line}\n`),
    level: flags.verbose ? 'debug' : 'warn',
    format: flags.logFormat ?? 'text',
    redactor,
    clock: outside.clock,
  });
  if (unknown !== undefined) log.warn(unknown);
  for (const warning of config.warnings) log.warn(`${warning.path}: ${warning.message}`);
  const runId = newRunId(outside.clock.now());
  const door = createDoor({ env: outside.env, userAgent: parts.userAgent, redactor });
  const readings = flags.dryRun ? await openReadings(config, log) : undefined;
  const memory = { config, outside, runId, redactor, patienceMs: timeoutMs };
  const disk = flags.dryRun ? undefined : await openDisk({ ...memory, state: await openStoreState(config, { outside, log, door }) });
  try {
    const scope = await scopeOf(config, flags, at, disk, { outside, log, door });
    if (typeof scope === 'string') {
      const sent = flags.due && disk ? await sendWaiting(config, disk, { ...flags, failOn }, parts) : {};
      return finished(idleReport({ runId, at, dryRun: flags.dryRun === true }, scope, sent));
    }
    const backfill = draft && (await openBackfill(draft, flags.restart === true, disk));
    if (backfill) parts.listen({ type: 'planned', plan: backfill.plan });
    const report = await run({
      ...scope,
      runId,
      outside,
      measurements: flags.measurements,
      backfill,
      timeoutMs,
      failOn,
      disk,
      compare,
      exitOnChange: flags.exitOnChange,
      readings: readings?.memory,
      tellPoints: flags.dryRun === true && flags.json === true,
      redactor,
      log,
      door,
      listen: parts.listen,
    });
    return finished(report);
  } finally {
    await readings?.close();
    await disk?.close();
    await door.close();
  }

  function finished(report: RunReport): RunReport {
    return reportTo === undefined ? report : writeReport(reportTo, report);
  }

  function writeReport(file: string, report: RunReport): RunReport {
    try {
      writeReportFile(file, `${reportText(report, redactor)}\n`);
      return report;
    } catch (error) {
      const message = `the report could not be written to ${file}: ${messageOf(error)}`;
      const problems = [...report.problems, { severity: 'error', kind: 'unavailable', message } as const];
      const { exitCode, status } = report;
      const isWell = exitCode === exitCodes.ok || exitCode === exitCodes.changes;
      const asked = isWell && failOn !== 'never' ? exitCodes.partial : exitCode;
      return { ...report, status: status === 'ok' ? 'partial' : status, exitCode: asked, problems };
    }
  }
}

function timeOf(text: string | undefined, outside: Outside): Date {
  const now = outside.clock.now();
  if (text === undefined) return now;
  const time = parseTime(text, now);
  if (!time) throw new UsageError(`--at ${text} is not a time: write 2026-11-21T20:00Z, -4h, today or yesterday`);
  if (time.getTime() > now.getTime() + 60_000) throw new UsageError(`--at ${text} is ahead of the clock, which shows ${now.toISOString()}`);
  return time;
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationMs(text);
  if (ms === undefined || ms === 0 || ms > longestMs)
    throw new UsageError(`--timeout ${text} is not a duration up to 24h: write 90s, 10m or 4h`);
  return ms;
}

/** Throws `UsageError` for a name that none of the selected instances collects. */
export function checkMeasurements(config: Config, patterns: readonly string[] | undefined): void {
  if (!patterns) return;
  const selected = config.providers.filter((instance) => instance.selected);
  const declared = selected.map((instance) => ({
    name: instance.name,
    only: instance.only,
    names: measurementsOf(instance).map((one) => one.name),
  }));
  const names = [...new Set(declared.flatMap((one) => one.names.filter((name) => matchesAny(one.only ?? ['*'], name))))];
  for (const pattern of patterns) {
    if (names.some((name) => matchesAny([pattern], name))) continue;
    const excluding = declared
      .filter((one) => one.names.some((name) => matchesAny([pattern], name)))
      .map((one) => `providers.${one.name}.only`);
    if (excluding.length > 0) throw new UsageError(`--measurements ${pattern} is left out by ${excluding.join(' and ')} of the config`);
    const near = nearest(pattern, names);
    throw new UsageError(
      `--measurements ${pattern} is none of what is collected${near ? `: did you mean ${near}?` : ` (${names.join(', ')})`}`,
    );
  }
}
