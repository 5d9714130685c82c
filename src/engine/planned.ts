import type { Measurement } from '../sdk/measurement.ts';
import type { RunReport } from '../sdk/report.ts';
import { planAgain } from './again/asked.ts';
import type { Again, AgainInstance } from './again/failed.ts';
import type { Backfill, InstanceBackfill } from './backfill/plan.ts';
import type { Config, ProviderInstance } from './config/config.ts';
import type { Disk } from './disk.ts';
import type { Guards } from './guards/guards.ts';
import { createIdentities, type Identities } from './identities.ts';
import { measurementsOf } from './measurements-of.ts';
import type { Outside } from './outside.ts';
import { type InstancePlan, planInstance, type WindowEnd } from './plan.ts';
import type { Redactor } from './redact.ts';
import type { Tally } from './tally.ts';

/** An instance of a run, and what it is asked for. */
export interface Planned {
  readonly instance: ProviderInstance;
  readonly declared: readonly Measurement[];
  readonly plan: InstancePlan;
  readonly backfill?: InstanceBackfill;
  /** The ends of the last windows that were collected in full, as they were before this run. */
  readonly ends: Readonly<Record<string, WindowEnd>>;
  /** What of it an earlier run left; absent: all is asked. */
  readonly again?: AgainInstance | undefined;
  /** The run that has the instance, when it is another. */
  heldBy: string | undefined;
  identities: Identities;
  /** Absent where nothing of it is compared with earlier readings. */
  guards?: Guards | undefined;
  /** Everything it was asked for was collected. */
  done: boolean;
}

export interface PlanAllOptions {
  readonly config: Config;
  readonly outside: Outside;
  readonly at: Date;
  readonly measurements?: readonly string[] | undefined;
  readonly backfill?: Backfill | undefined;
  readonly again?: Again | undefined;
  readonly disk: Disk | undefined;
  readonly redactor: Redactor;
}

/** What each selected instance is asked for; those with nothing to be asked for are not among them. */
export async function planAll(options: PlanAllOptions): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  for (const one of options.backfill?.instances ?? []) {
    const { instance, declared, whole: plan } = one;
    const identities = createIdentities([], options.redactor);
    planned.push({ instance, declared, plan, backfill: one, ends: {}, heldBy: undefined, identities, done: false });
  }
  if (options.backfill) return planned;
  for (const instance of options.config.providers) {
    if (!instance.selected) continue;
    const declared = measurementsOf(instance);
    const ends = (await options.disk?.memory.windowEnds(instance.name)) ?? {};
    const again = options.again?.instances.get(instance.name);
    const when = { at: options.at, now: options.outside.clock.now(), ends };
    const plan = again
      ? planAgain(instance, declared, again.asked, when)
      : planInstance(instance, declared, { ...when, measurements: options.measurements });
    if (plan.measurements.length === 0 && plan.tooOld.length === 0) continue;
    const identities = createIdentities([], options.redactor);
    planned.push({ instance, declared, plan, ends, again, heldBy: undefined, identities, done: false });
  }
  return planned;
}

/**
 * Up to where each window was collected in full. Points that neither a sink nor the disk took must be asked for again, and so must
 * what a first run did not bring: from where that began.
 */
export function endsOf({ plan, ends, done, again }: Planned, report: RunReport): Readonly<Record<string, WindowEnd>> {
  const whole = done && report.sinks.every((sink) => sink.lost === 0);
  // Part of an instance's targets says nothing of the others, but where they had ended well.
  if (again && !(whole && again.asked?.completes)) return {};
  const reached = Object.entries(plan.windows).map(([name, { from, to }]): [string, WindowEnd] => {
    if (whole) return [name, { to }];
    const known = ends[name];
    if (known && known.to >= to) return [name, known];
    return [name, { to: known?.to ?? from, heldSince: known?.heldSince ?? to }];
  });
  return Object.fromEntries(reached);
}

/** What earlier runs knew of an instance's series. */
export async function recall(one: Planned, tally: Tally, disk: Disk | undefined, redactor: Redactor): Promise<void> {
  if (!disk) return;
  for (const [name, { from, to }] of Object.entries(one.plan.givenUp)) {
    const message = `${name}: what is missing from ${isoDate(from)} to ${isoDate(to)} is not asked for any more, since no run of the last 31 days was without a problem: mend the one that comes in every run`;
    tally.add({ severity: 'notice', kind: 'notice', message });
  }
  one.identities = createIdentities(await disk.memory.names(one.instance.name), redactor);
  await tellOfNewTags(one, tally, disk);
}

/** Tags are identity: with others, every series starts anew. */
async function tellOfNewTags({ instance }: Planned, tally: Tally, disk: Disk): Promise<void> {
  const names = Object.keys(instance.tags).sort();
  const before = await disk.memory.tags(instance.name, names);
  if (!before || before.join() === names.join()) return;
  const message = `the config's tags were (${before.join(', ')}) and are (${names.join(', ')}): every series of it starts anew`;
  tally.add({ severity: 'notice', kind: 'notice', message });
}

function isoDate(time: Date): string {
  return time.toISOString().slice(0, 10);
}
