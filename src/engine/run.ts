import { randomBytes } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { ConfigError, messageOf } from '../sdk/errors.ts';
import type { Entry } from '../sdk/point.ts';
import type { RunReport } from '../sdk/report.ts';
import type { Again } from './again/failed.ts';
import { againChanges } from './again/remember.ts';
import { failedTargets } from './again/targets.ts';
import { finishedText, leftOut } from './backfill/notices.ts';
import type { Backfill } from './backfill/plan.ts';
import { remember } from './backfill/remember.ts';
import { type Comparison, comparisonOutcome } from './compare/comparison.ts';
import { openComparison } from './compare/open.ts';
import type { Config } from './config/config.ts';
import { StorageError } from './database.ts';
import type { Disk } from './disk.ts';
import { doneChanges } from './due/done.ts';
import type { Listener } from './events.ts';
import type { GuardMemory } from './guards/kept.ts';
import { instanceLease, readingChanges, watch, watched } from './guards/watch.ts';
import type { Door } from './http.ts';
import { type InstanceResult, runInstance } from './instance.ts';
import { createLimiter } from './limiter.ts';
import type { RunLog } from './log.ts';
import { joined } from './measurements-of.ts';
import type { RunRecord } from './memory.ts';
import { OutboxUnavailableError } from './outbox.ts';
import type { Outlet } from './outlet.ts';
import { openOutlets } from './outlets.ts';
import type { Outside } from './outside.ts';
import { ownEntries } from './own-points.ts';
import { asksAll, leftOutOf, partOf } from './part.ts';
import { periodStart } from './period.ts';
import { runPieces } from './pieces.ts';
import { endsOf, type Planned, planAll, recall } from './planned.ts';
import type { Policy } from './policy.ts';
import type { Redactor } from './redact.ts';
import { limitTime } from './run-time.ts';
import type { Scope } from './scope.ts';
import { createTally, type Tally } from './tally.ts';
import { unfinishedText } from './unfinished.ts';
import { lateMs, unrunResult } from './unrun.ts';
import { exitCode, type FailOn, type Outcome, statusOf } from './verdict.ts';

export interface RunOptions {
  readonly runId: string;
  readonly config: Config;
  readonly outside: Outside;
  /** The time that the run stands for, before the instances round it down. */
  readonly at: Date;
  readonly measurements?: readonly string[] | undefined;
  /** What is collected instead of what is due: a range of the past. */
  readonly backfill?: Backfill | undefined;
  /** Only what failed in an earlier run. */
  readonly again?: Again | undefined;
  readonly notDue?: Scope['notDue'];
  readonly timeoutMs: number;
  readonly failOn: FailOn;
  /** Absent in a dry run. */
  readonly disk: Disk | undefined;
  /** In a dry run: what earlier runs read, where that can be had. */
  readonly readings?: GuardMemory | undefined;
  /** In a dry run: whether it is compared with the store, and whether changes make the exit code 4. */
  readonly compare?: boolean | undefined;
  readonly exitOnChange?: boolean | undefined;
  /** Whether the points are told as events. */
  readonly tellPoints: boolean;
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly door: Door;
  readonly listen: Listener;
  /** How an instance's calls are tried, where not as usual. Asked for each target. */
  policy?(instance: string): Partial<Policy> | undefined;
}

/** How long the run's own points may take, and how long when the run is out of time. */
const ownPointsMs = 10_000;
const lateOwnPointsMs = 600;

/** One run, from leases to the report. */
export async function run(options: RunOptions): Promise<RunReport> {
  const { backfill, config, disk, outside, redactor, runId } = options;
  const { clock } = outside;
  const window = backfill?.plan.window;
  const startedAt = clock.now();
  const at = config.run.every ? periodStart(config.run.every, options.at) : new Date(Math.floor(options.at.getTime() / 1000) * 1000);
  const tallies = new Map<string, Tally>();
  const tallyOf = (of: string) => {
    const tally = createTally(redactor.text, (problem) => disk?.record({ of, ...problem }));
    tallies.set(of, tally);
    return tally;
  };
  const own = tallyOf('run');
  const time = limitTime(options);
  const stopListening = outside.onStrayRejection((reason) =>
    own.add({ severity: 'error', kind: 'defect', message: `a stray failure: ${messageOf(reason)}` }),
  );
  const record: RunRecord = {
    id: runId,
    at: at.toISOString(),
    ...(window && { window }),
    startedAt: startedAt.toISOString(),
    endsBy: new Date(startedAt.getTime() + options.timeoutMs + 60_000).toISOString(),
    host: outside.host,
    pid: outside.pid,
    processStart: disk?.processStart,
    status: 'running',
    points: 0,
    problems: 0,
  };

  try {
    const { planned, outlets, comparison } = await begin().catch(asConfigError);
    const limiter = createLimiter({ clock, concurrency: config.run.concurrency });

    const results = await Promise.all(
      planned.map(async (one) => {
        const tally = tallyOf(one.instance.name);
        const skipped = reasonToSkip(one, tally) ?? (await reasonToFail(one, tally));
        if (skipped) return skipped;
        if (!one.backfill) await recall(one, tally, disk, redactor).catch((error) => own.addError(error));
        let begunAt = startedAt;
        const result = await runPieces({
          plans: one.backfill?.pieces ?? [one.plan],
          tally,
          signal: time.over,
          listen: options.listen,
          async run(plan, listen) {
            begunAt = clock.now();
            return await runInstance({
              ...options,
              ...one,
              plan,
              listen,
              limiter,
              clock,
              signal: time.over,
              deadline: time.deadline,
              tally,
              targets: one.again && failedTargets(one.instance.provider, one.again.failed),
              resolve: (path) => resolve(config.dir, path),
              push: (entries) => push(outlets, comparison, one.guards?.pass(entries) ?? entries),
            });
          },
          isLosing: () => outlets.map((outlet) => outlet.report()).some((sink) => sink.required && sink.lost > 0),
          async collected(plan) {
            if (!disk || !one.backfill) return;
            const settled = await Promise.all(outlets.map((outlet) => outlet.settled()));
            if (settled.every(Boolean)) await remember(one.backfill, plan, begunAt, disk.chunks);
          },
        }).catch((error) => {
          // Of its own it never rejects; what does is a defect of that provider alone.
          tally.addError(error);
          return unrunResult(one, tally, 'failed', lateMs(one, startedAt));
        });
        const report = watched(result.report, one.guards, tally);
        // A value that is held was collected, and so was all where there is nothing to ask for.
        const { brought, targets } = result.outcome;
        if ((brought > 0 || targets === 0) && tally.errors === report.held) one.done = true;
        return { ...result, report: { ...report, lateMs: lateMs(one, startedAt) } };
      }),
    );
    await Promise.all([...outlets, ...(comparison ? [comparison] : [])].map((one) => one.finish()));
    const outcome = (): Outcome => ({
      providers: results.map((result) => result.outcome),
      sinks: outlets.map((outlet) => outlet.report()),
      runErrors: own.errors,
      comparison: comparisonOutcome(comparison, options),
      signal: time.interruptedBy(),
    });
    const report = (): RunReport => ({
      schemaVersion: 1,
      runId,
      status: statusOf(outcome()),
      exitCode: exitCode(outcome(), options.failOn),
      dryRun: disk === undefined,
      at: at.toISOString(),
      window: window ?? null,
      ...partOf(options),
      startedAt: startedAt.toISOString(),
      finishedAt: clock.now().toISOString(),
      providers: results.map((result) => result.report),
      ...(options.notDue && { notDue: options.notDue.map(({ name, next }) => ({ name, next: next.toISOString() })) }),
      sinks: outcome().sinks,
      problems: own.problems,
      ...(comparison && { changes: comparison.changes() }),
    });
    if (!disk) return finished(report());

    if (disk.recordFailure !== undefined) own.add({ severity: 'error', kind: 'unavailable', message: disk.recordFailure });
    await closeOutlets(outlets, ownEntries(report(), config.tags, clock.now()));
    try {
      const last = report();
      // What a backfill did not bring, the same command brings: what scheduled runs know stays as it is.
      const ended = planned.map((one, index) => ({
        ...one,
        failed: one.backfill ? [] : (results[index]?.failed ?? []),
        brought: results[index]?.outcome.brought ?? 0,
      }));
      const scheduled = ended.filter((one) => !one.backfill);
      const asked = leftOutOf(options);
      await disk.memory.finish(
        {
          ...record,
          finishedAt: last.finishedAt,
          status: last.status,
          exitCode: last.exitCode,
          points: count(last),
          problems: problems(last),
        },
        last,
        ended.map((one) => ({
          instance: one.instance.name,
          failed: one.failed,
          ends: one.backfill ? {} : endsOf(one, last),
          names: one.backfill ? undefined : one.identities.changed(),
        })),
        [
          ...againChanges(last, scheduled, asked, options.again),
          ...(await doneChanges(disk.state, last, scheduled, asked)),
          ...scheduled.flatMap((one) => readingChanges(one, last, disk.leases)),
        ],
      );
    } catch (error) {
      own.addError(error);
    }
    await disk.leases.release();
    return finished(report());
  } finally {
    stopListening();
    time.stop();
  }

  /** All that is done before anything is collected: a state that cannot be written is seen while nothing is lost by it. */
  async function begin() {
    for (const earlier of (await disk?.memory.begin(record)) ?? []) {
      own.add({ severity: 'notice', kind: 'notice', message: unfinishedText(earlier, record, asksAll(options)) });
    }
    const before = await disk?.memory.configFile(config.file);
    if (before !== undefined && before !== config.file) {
      // Outboxes, leases and windows go by the names of entries.
      const message = `the state in ${config.run.stateDir} was last used with ${before}: two configs must not share it, set run.stateDir in one of them`;
      own.add({ severity: 'notice', kind: 'notice', message });
    }
    for (const { sink, pending } of (await disk?.outbox.counts()) ?? []) {
      if (pending === 0 || config.sinks.some((one) => one.name === sink)) continue;
      const message = `${pending} points wait for the sink ${sink}, which the config no longer has: add it again, or kpi outbox drop --sink ${sink}`;
      own.add({ severity: 'notice', kind: 'notice', message });
    }
    if (options.again) {
      const told = [`what failed in run ${options.again.runId} is asked again`, ...options.again.gone];
      for (const message of told) own.add({ severity: 'notice', kind: 'notice', message });
    }
    const planned = await planAll(options);
    // A backfill takes long, and keeps no scheduled run from its work.
    for (const one of planned) {
      one.heldBy = await disk?.leases.take(backfill ? `backfill/${one.instance.name}` : instanceLease(one.instance.name));
      if (one.backfill && !one.heldBy) await disk?.chunks.forget(one.backfill.restart);
    }
    for (const message of backfill ? leftOut(backfill.plan) : []) own.add({ severity: 'notice', kind: 'notice', message });
    const declared = joined(planned.flatMap((one) => one.declared));
    const outlets = disk ? await openOutlets({ ...options, disk, declared, signal: time.closing, until: time.closing }) : [];
    const comparison = options.compare ? openComparison({ ...options, declared, until: time.closing, tally: own }) : undefined;
    options.listen({
      type: 'started',
      runId,
      at: at.toISOString(),
      dryRun: disk === undefined,
      instances: planned.map(({ instance }) => ({ name: instance.name, type: instance.type })),
      stdoutTaken: outlets.some((outlet) => outlet.stdout),
      details: relative(outside.cwd, join(config.run.stateDir, 'runs', `${runId}.ndjson`)),
    });
    return { planned, outlets, comparison };
  }

  function finished(report: RunReport): RunReport {
    options.listen({ type: 'finished', report });
    return report;
  }

  async function push(outlets: readonly Outlet[], comparison: Comparison | undefined, entries: readonly Entry[]): Promise<void> {
    if (options.tellPoints) {
      for (const { point } of entries) options.listen({ type: 'point', point });
    }
    await Promise.all([...outlets.map((outlet) => outlet.push(entries)), comparison?.take(entries)]);
  }

  /** Why an instance is not run, as the result of one that was; undefined when it is. */
  function reasonToSkip(one: Planned, tally: Tally): InstanceResult | undefined {
    const { instance, plan, heldBy } = one;
    if (heldBy) tally.add({ severity: 'error', kind: 'held', message: `held by run ${heldBy}` });
    else if (plan.tooOld.length > 0) {
      const message = `${plan.tooOld.join(', ')} not collected: ${plan.at.toISOString()} is too long ago for numbers as they stand now`;
      tally.add({ severity: 'error', kind: 'too-old', message });
    }
    const message = !heldBy && one.backfill && finishedText(one.backfill);
    if (message) tally.add({ severity: 'notice', kind: 'notice', message });
    if (!heldBy && plan.measurements.length > 0 && one.backfill?.pieces.length !== 0) return undefined;
    const status = heldBy || !one.backfill ? 'skipped' : 'ok';
    options.listen({
      type: 'progress',
      instance: instance.name,
      phase: 'done',
      targetsDone: 0,
      targets: 0,
      points: 0,
      problems: tally.count,
      status,
    });
    return unrunResult(one, tally, status, lateMs(one, startedAt));
  }

  /** Finds out what earlier runs read; gives the result of an instance where that is not to be had: what is to be held would go on. */
  async function reasonToFail(one: Planned, tally: Tally): Promise<InstanceResult | undefined> {
    try {
      const memory = disk?.guards ?? options.readings;
      one.guards = one.backfill ? undefined : await watch({ ...one, memory, runId, tally });
      return undefined;
    } catch (error) {
      tally.addError(error);
      return unrunResult(one, tally, 'failed', lateMs(one, startedAt));
    }
  }

  async function closeOutlets(outlets: readonly Outlet[], entries: readonly Entry[]): Promise<void> {
    const limit = new AbortController();
    const cancels = [clock.timer(ownPointsMs, () => limit.abort())];
    const hurry = () => cancels.push(clock.timer(lateOwnPointsMs, () => limit.abort()));
    if (time.over.aborted) hurry();
    else time.over.addEventListener('abort', hurry, { once: true });
    await Promise.all(outlets.map((outlet) => outlet.close(entries, limit.signal)));
    for (const cancel of cancels) cancel();
  }
}

/** An id that sorts by time: `20261121T200000Z-1f2e3d`. */
export function newRunId(now: Date): string {
  return `${now.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
}

function count(report: RunReport): number {
  return report.providers.reduce((total, provider) => total + provider.points, 0);
}

function problems(report: RunReport): number {
  return [...report.providers, ...report.sinks].reduce((total, one) => total + one.problemCount, report.problems.length);
}

/** A state that fails before anything was collected is like a config that cannot be used. */
function asConfigError(error: unknown): never {
  if (error instanceof StorageError || error instanceof OutboxUnavailableError) throw new ConfigError(error.message);
  throw error;
}
