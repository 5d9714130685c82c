import type { ProviderReport, RunReport } from '../../sdk/report.ts';
import type { StateChange } from '../../sdk/sink.ts';
import type { ProviderInstance } from '../config/config.ts';
import type { Leases } from '../leases.ts';
import type { InstancePlan } from '../plan.ts';
import type { Tally } from '../tally.ts';
import { createGuards, type Guards } from './guards.ts';
import type { GuardMemory } from './kept.ts';
import { rulesOf } from './rules.ts';

export interface WatchOptions {
  /** Absent in a dry run without one. */
  readonly memory: GuardMemory | undefined;
  readonly instance: ProviderInstance;
  readonly plan: InstancePlan;
  readonly runId: string;
  readonly tally: Tally;
}

/**
 * The guards of an instance in a run; undefined where nothing of it is compared with earlier readings. Rejects where those cannot be had:
 * without them a value that is to be held would go on.
 */
export async function watch({ memory, instance, plan, runId, tally }: WatchOptions): Promise<Guards | undefined> {
  const rules = rulesOf(plan.measurements, instance);
  if (rules.size === 0 || !memory) return undefined;
  const recalled = await memory.recall(instance.name);
  const hasDelta = [...rules.values()].some((ofFields) => [...ofFields.values()].some((rule) => rule.delta !== undefined));
  if (hasDelta) await memory.begin(instance.name, recalled, plan.at.getTime());
  return createGuards({ instance: instance.name, rules, recalled, at: plan.at, runId, tally });
}

/** The report of an instance, with what its guards did. */
export function watched(report: ProviderReport, guards: Guards | undefined, tally: Tally): ProviderReport {
  if (!guards) return report;
  guards.end();
  return { ...report, points: report.points - guards.emptied, held: guards.held, problemCount: tally.count };
}

/** The lease that is the right to run an instance, and to change what is known of its readings. */
export function instanceLease(instance: string): string {
  return `instance/${instance}`;
}

interface Ended {
  readonly instance: Pick<ProviderInstance, 'name'>;
  readonly guards?: Guards | undefined;
}

/**
 * What is written of an instance's readings with the end of a run. What was lost is compared with nothing later; nor does a run write that has
 * lost the instance to another, which has read on since.
 */
export function readingChanges({ instance, guards }: Ended, report: RunReport, leases: Pick<Leases, 'holds'>): readonly StateChange[] {
  if (!guards || report.sinks.some((sink) => sink.lost > 0) || !leases.holds(instanceLease(instance.name))) return [];
  return guards.changes();
}
