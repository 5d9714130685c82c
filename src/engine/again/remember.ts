import type { RunReport } from '../../sdk/report.ts';
import type { StateChange } from '../../sdk/sink.ts';
import type { ProviderInstance } from '../config/config.ts';
import type { InstanceResult } from '../instance.ts';
import type { InstancePlan } from '../plan.ts';
import { askedChange } from './asked.ts';
import type { Again, AgainInstance } from './failed.ts';

/** What a run knows of one of its instances at its end. */
export interface Ended {
  readonly instance: ProviderInstance;
  readonly plan: InstancePlan;
  readonly again?: AgainInstance | undefined;
  readonly heldBy: string | undefined;
  readonly failed: InstanceResult['failed'];
}

/** Where a run was to bring less than all of its time. */
export interface AskedPart {
  /** Only some measurements. */
  readonly isPart: boolean;
  /** Not to all sinks. */
  readonly leavesSinks: boolean;
}

/**
 * What is kept for the next `--retry-failed`: what the instances in which something failed were asked for. What an earlier run left is
 * forgotten where it was asked again now, since what failed once more is kept of this run; not where a sink has not been given it.
 */
export function againChanges(
  report: RunReport,
  ended: readonly Ended[],
  asked: AskedPart,
  earlier: Again | undefined,
): readonly StateChange[] {
  const isKept = report.sinks.every((sink) => sink.lost === 0);
  // With what failed of a part, all the rest is still to be brought.
  const isAll = !asked.isPart && !asked.leavesSinks;
  const changes: StateChange[] = [];
  for (const { instance, plan, again, heldBy, failed } of ended) {
    const completes = isKept && isAll && (again === undefined || again.asked?.completes === true);
    if (failed.length > 0) changes.push(askedChange(`${report.runId}/${instance.name}`, instance.type, plan, completes));
    if (!earlier || heldBy !== undefined || asked.leavesSinks) continue;
    for (const kind of ['failed', 'asked']) changes.push({ kind, key: `${earlier.runId}/${instance.name}`, value: undefined });
  }
  return changes;
}
