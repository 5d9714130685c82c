import type { ProviderReport } from '../sdk/report.ts';
import type { ProviderInstance } from './config/config.ts';
import type { InstanceResult } from './instance.ts';
import type { InstancePlan } from './plan.ts';
import type { Tally } from './tally.ts';
import type { ProviderOutcome } from './verdict.ts';

interface Unrun {
  readonly instance: ProviderInstance;
  readonly plan: InstancePlan;
  /** The run that has the instance, when it is another. */
  readonly heldBy: string | undefined;
}

/** The result of an instance that did not run to its end. */
export function unrunResult(
  { instance, plan, heldBy }: Unrun,
  tally: Tally,
  status: 'ok' | 'skipped' | 'failed',
  late: number,
): InstanceResult {
  const report: ProviderReport = {
    name: instance.name,
    type: instance.type,
    required: instance.required,
    status,
    at: plan.at.toISOString(),
    targets: 0,
    points: 0,
    held: 0,
    requests: 0,
    retries: 0,
    ms: 0,
    lateMs: late,
    quota: null,
    problemCount: tally.count,
    problems: tally.problems,
  };
  const outcome: ProviderOutcome = {
    report: { status, required: instance.required, errors: tally.errors },
    brought: 0,
    targets: 0,
    held: heldBy !== undefined,
  };
  return { report, outcome, failed: status === 'failed' ? [{ target: undefined, label: 'all targets' }] : [] };
}

/** How long after the start of its period the run began. */
export function lateMs({ instance, plan }: Pick<Unrun, 'instance' | 'plan'>, startedAt: Date): number {
  return instance.every ? Math.max(0, startedAt.getTime() - plan.at.getTime()) : 0;
}
