import { BlockedError, messageOf, PermanentError } from '../sdk/errors.ts';
import type { ProviderReport } from '../sdk/report.ts';
import type { Listener, RunEvent } from './events.ts';
import type { InstanceResult } from './instance.ts';
import type { InstancePlan } from './plan.ts';
import type { Tally } from './tally.ts';

export interface PiecesOptions {
  /** At least one. */
  readonly plans: readonly InstancePlan[];
  readonly tally: Tally;
  /** Aborted when the run is over; the reason is a PermanentError. */
  readonly signal: AbortSignal;
  listen: Listener;
  run(plan: InstancePlan, listen: Listener): Promise<InstanceResult>;
  /** What was collected is lost: no piece of this run would be remembered any more. */
  isLosing(): boolean;
  /** Is told of each piece that was collected without a problem. */
  collected(plan: InstancePlan): Promise<void>;
}

/** After so many pieces in a row that brought nothing but problems, the rest would not bring more. */
const mostVain = 3;

/**
 * Runs an instance in pieces, one after another, as if it were in one: the result has the sums. A scheduled run has one piece; a backfill has
 * its chunks.
 */
export async function runPieces(options: PiecesOptions): Promise<InstanceResult> {
  const { plans, tally } = options;
  let sum: InstanceResult | undefined;
  let vain = 0;
  for (const [index, plan] of plans.entries()) {
    const before = tally.errors;
    const result = await options.run(plan, plans.length === 1 ? options.listen : listener(options, sum, index));
    const isClean = tally.errors === before && (result.outcome.brought > 0 || result.outcome.targets === 0);
    sum = sum ? joined(sum, result, tally) : result;
    if (isClean) await options.collected(plan).catch(tally.addError);
    vain = result.outcome.brought > 0 || isClean ? 0 : vain + 1;
    const left = plans.length - index - 1;
    const reason = left > 0 ? reasonToEnd(result, vain, options) : undefined;
    if (reason === undefined) continue;
    tally.addError(new PermanentError(`${left} of ${plans.length} chunks were not asked for: ${reason.message}`, { kind: reason.kind }));
    break;
  }
  if (!sum) throw new TypeError('an instance without a piece was run');
  if (plans.length === 1) return sum;
  const { report, outcome } = sum;
  const status = statusOf(sum, tally);
  const { count: problemCount, errors } = tally;
  options.listen({
    type: 'progress',
    instance: report.name,
    phase: 'done',
    targetsDone: report.targets,
    targets: report.targets,
    points: report.points,
    problems: problemCount,
    status,
  });
  return {
    report: { ...report, status, problemCount, problems: tally.problems },
    outcome: { ...outcome, report: { ...outcome.report, status, errors } },
    failed: sum.failed,
  };
}

function reasonToEnd(
  result: InstanceResult,
  vain: number,
  { signal, isLosing }: PiecesOptions,
): Pick<PermanentError, 'message' | 'kind'> | undefined {
  if (signal.aborted) {
    const kind = signal.reason instanceof PermanentError ? signal.reason.kind : 'cancelled';
    return { message: `${messageOf(signal.reason)}; the same command goes on with them`, kind };
  }
  if (result.report.status === 'blocked') return new BlockedError('the upstream refuses us');
  if (isLosing()) return { message: 'neither a sink nor the outbox takes what they would bring', kind: 'unavailable' };
  if (vain >= mostVain) return { message: `the last ${mostVain} brought nothing but problems`, kind: 'incomplete' };
  return undefined;
}

/** Two pieces as one. Targets that failed are not kept: the piece is asked for again. */
function joined(one: InstanceResult, other: InstanceResult, tally: Tally): InstanceResult {
  const sum = (field: 'targets' | 'points' | 'held' | 'requests' | 'retries' | 'ms') => one.report[field] + other.report[field];
  const report: ProviderReport = {
    ...other.report,
    targets: sum('targets'),
    points: sum('points'),
    held: sum('held'),
    requests: sum('requests'),
    retries: sum('retries'),
    ms: sum('ms'),
    quota: other.report.quota ?? one.report.quota,
    status: one.report.status === 'blocked' ? 'blocked' : other.report.status,
  };
  const outcome = {
    ...other.outcome,
    report: { ...other.outcome.report, errors: tally.errors },
    brought: one.outcome.brought + other.outcome.brought,
    targets: one.outcome.targets + other.outcome.targets,
    held: one.outcome.held || other.outcome.held,
  };
  return { report, outcome, failed: [] };
}

function statusOf({ report, outcome }: InstanceResult, tally: Tally): ProviderReport['status'] {
  if (tally.errors === 0) return 'ok';
  if (outcome.brought > 0) return 'partial';
  return report.status === 'blocked' ? 'blocked' : 'failed';
}

/** Tells of a piece as of a part of the whole, whose end is not the end. */
function listener({ plans, listen }: PiecesOptions, sum: InstanceResult | undefined, index: number): Listener {
  const { targets = 0, points = 0 } = sum?.report ?? {};
  const message = `chunk ${index + 1} of ${plans.length}`;
  return (event: RunEvent) => {
    if (event.type !== 'progress') return listen(event);
    const { status: _, ...rest } = event;
    listen({
      ...rest,
      phase: event.phase === 'done' ? 'collecting' : event.phase,
      ...(event.phase === 'done' && { isMilestone: true }),
      targetsDone: targets + event.targetsDone,
      targets: targets + event.targets,
      points: points + event.points,
      message: event.message === undefined ? message : `${message}, ${event.message}`,
    });
  };
}
