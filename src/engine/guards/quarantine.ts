import { createHash } from 'node:crypto';
import { exitCodes } from '../../sdk/exit-codes.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Entry, Tags } from '../../sdk/point.ts';
import { createCanHold } from '../can-hold.ts';
import type { Config } from '../config/config.ts';
import type { Disk } from '../disk.ts';
import { measurementsOf } from '../measurements-of.ts';
import { didYouMean } from '../nearest.ts';
import { matchesAny } from '../patterns.ts';
import { newRunId } from '../run.ts';
import { openStateToAsk } from '../state-reading.ts';
import { checkStdout } from '../stdout.ts';
import { openKept } from '../store-state.ts';
import { declaredBy, type StoreParts } from '../stores.ts';
import { type Sent, sendUndelivered } from '../undelivered.ts';
import { UsageError } from '../usage-error.ts';
import { heldEntry } from './guards.ts';
import { accepted } from './judge.ts';
import { changesTo, counterKey, createGuardMemory, gapless, type Held, type Recalled } from './kept.ts';
import { type Rules, rulesOf } from './rules.ts';
import { instanceLease } from './watch.ts';

export interface QuarantineFilter {
  readonly provider?: string | undefined;
  readonly measurement?: string | undefined;
  /** Absent: all that the others leave. */
  readonly ids?: readonly string[] | undefined;
}

/** A value that is held back. Times are ISO 8601. */
export interface HeldValue {
  readonly id: string;
  /** The instance that read it. */
  readonly provider: string;
  readonly measurement: string;
  readonly tags: Tags;
  readonly field: string;
  /** Of its point. */
  readonly time: string;
  readonly value: number;
  /** What it was compared with. */
  readonly was: number;
  readonly reason: string;
  readonly collectedAt: string;
}

/** What became of the held values of one instance. One that is at work right now keeps them. */
export interface Decided {
  readonly provider: string;
  readonly values: number;
  /** The run that has it. */
  readonly heldBy?: string;
}

export interface Accepted {
  readonly exitCode: number;
  readonly accepted: readonly Decided[];
  /** How the delivery went; absent where nothing was accepted. */
  readonly sinks?: Sent['sinks'];
  readonly stdoutTaken: boolean;
}

/** `kpi quarantine list`: by provider, series and time. Writes nothing. */
export async function listHeld(config: Config, filter: QuarantineFilter, parts: StoreParts): Promise<readonly HeldValue[]> {
  const kept = await openStateToAsk(config, parts);
  try {
    const found = await chosenIn({ guards: createGuardMemory(kept.state) }, config, filter);
    return found.flatMap(({ provider, values }) => values.map((one) => shown(provider, one)));
  } finally {
    await kept.close();
  }
}

/** Forgets held values for good. */
export async function dropHeld(config: Config, filter: QuarantineFilter, parts: StoreParts): Promise<readonly Decided[]> {
  const disk = await openKept(config, parts);
  try {
    return await decide(disk, config, filter, async () => undefined);
  } finally {
    await disk.leases.release();
    await disk.close();
  }
}

/**
 * Makes held values good: later ones are compared with them. They go to the outbox of every selected sink before anything is forgotten,
 * and from there as `kpi outbox send` delivers.
 */
export async function acceptHeld(
  config: Config,
  filter: QuarantineFilter & { readonly json?: boolean | undefined },
  parts: StoreParts,
): Promise<Accepted> {
  checkStdout(config, filter.json === true);
  const runId = newRunId(parts.outside.clock.now());
  const disk = await openKept(config, parts, runId);
  const declared = declarations(config);
  let decided: readonly Decided[];
  try {
    // Of several providers, none is decided on where one cannot be.
    for (const { values } of await chosenIn(disk, config, filter)) for (const one of values) declared(one.measurement);
    decided = await decide(disk, config, filter, async (provider, values, recalled) => {
      const instance = config.providers.find((one) => one.name === provider);
      const rules = instance && instance.settings !== undefined ? rulesOf(measurementsOf(instance), instance) : new Map();
      const { entries, counters } = taken(values, recalled, rules, runId);
      await spoolAll(disk, config, entries, declared, parts);
      return counters;
    });
  } finally {
    await disk.leases.release();
    await disk.close();
  }
  const isHeld = decided.some(({ heldBy }) => heldBy !== undefined);
  if (decided.every(({ values }) => values === 0))
    return { exitCode: isHeld ? exitCodes.pending : exitCodes.ok, accepted: decided, stdoutTaken: false };
  const sent = await sendUndelivered(config, { json: filter.json }, parts);
  // Worse than what is still held is what a sink lost.
  const exitCode = isHeld && sent.exitCode !== exitCodes.failed && sent.exitCode !== exitCodes.defect ? exitCodes.pending : sent.exitCode;
  return { exitCode, accepted: decided, sinks: sent.sinks, stdoutTaken: sent.stdoutTaken };
}

interface Chosen {
  readonly provider: string;
  readonly values: readonly Held[];
}

/** What the filter names. Throws `UsageError` for a provider that neither the config nor the state has, and for an id that is none. */
async function chosenIn(
  { guards }: Pick<Disk, 'guards'>,
  config: Config,
  { provider, measurement, ids }: QuarantineFilter,
): Promise<readonly Chosen[]> {
  const known = await guards.instances();
  const names = [...new Set([...config.providers.map(({ name }) => name), ...known])];
  if (provider !== undefined && !names.includes(provider)) {
    throw new UsageError(`--provider: nothing of a provider "${provider}" is held${didYouMean(provider, names)}`);
  }
  const found = new Set<string>();
  const chosen: Chosen[] = [];
  for (const name of known) {
    if (provider !== undefined && provider !== name) continue;
    const held = [...(await guards.recall(name)).counters.values()].flatMap((one) => one.held);
    for (const one of held) found.add(idOf(name, one));
    const values = held.filter(
      (one) =>
        (measurement === undefined || matchesAny([measurement], one.measurement)) && (ids === undefined || ids.includes(idOf(name, one))),
    );
    if (values.length > 0) chosen.push({ provider: name, values });
  }
  const unknown = ids?.find((id) => !found.has(id));
  if (unknown !== undefined) throw new UsageError(`no value with the id "${unknown}" is held${didYouMean(unknown, found)}`);
  return chosen;
}

/** Takes values out of what is held; `settle` gives what is known of their counters without them, where that is more than nothing. */
async function decide(
  disk: Disk,
  config: Config,
  filter: QuarantineFilter,
  settle: (provider: string, values: readonly Held[], recalled: Recalled) => Promise<Recalled['counters'] | undefined>,
): Promise<readonly Decided[]> {
  const decided: Decided[] = [];
  for (const { provider } of await chosenIn(disk, config, filter)) {
    const heldBy = await disk.leases.take(instanceLease(provider));
    if (heldBy !== undefined) {
      decided.push({ provider, values: 0, heldBy });
      continue;
    }
    // A run may have ended since: what is held now counts.
    const [now] = await chosenIn(disk, config, { ...filter, provider, ids: undefined });
    const values = (now?.values ?? []).filter((one) => filter.ids?.includes(idOf(provider, one)) ?? true);
    const recalled = await disk.guards.recall(provider);
    const counters = (await settle(provider, values, recalled)) ?? recalled.counters;
    const ids = new Set(values.map((one) => idOf(provider, one)));
    const left = new Map(
      [...counters].map(([key, known]) => [key, { ...known, held: known.held.filter((one) => !ids.has(idOf(provider, one))) }]),
    );
    await disk.guards.change(changesTo(provider, recalled, left));
    decided.push({ provider, values: values.length });
  }
  return decided;
}

/** Held values as they go to the sinks, and the counters that they are readings of. */
function taken(values: readonly Held[], recalled: Recalled, rules: Rules, runId: string) {
  const counters = new Map(recalled.counters);
  const byCounter = Map.groupBy(values, (one) => counterKey(one.measurement, one.tags, one.field));
  const entries: Entry[] = [];
  for (const [key, held] of byCounter) {
    const [first] = held;
    const known = counters.get(key);
    if (!first || !known) continue;
    const { good, readings } = accepted(
      known.readings,
      held.toSorted((a, b) => a.time - b.time),
      gapless(recalled),
    );
    counters.set(key, { ...known, readings });
    const rule = rules.get(first.measurement)?.get(first.field) ?? {};
    for (const one of good) entries.push(heldEntry(one, rule, runId));
  }
  return { entries, counters };
}

/** Throws `UsageError` for a measurement that nothing declares any more. */
function declarations(config: Config): (name: string) => Measurement {
  const byName = new Map<string, Measurement>(declaredBy(config).map((one) => [one.name, one]));
  return (name) => {
    const found = byName.get(name);
    if (found) return found;
    throw new UsageError(`no provider of the config collects ${name} any more: add it again, or kpi quarantine drop --measurement ${name}`);
  };
}

async function spoolAll(
  disk: Disk,
  config: Config,
  entries: readonly Entry[],
  declared: (name: string) => Measurement,
  { outside }: StoreParts,
): Promise<void> {
  for (const { name, selected, only, sink, settings } of config.sinks) {
    if (!selected) continue;
    const canHold = createCanHold(sink.accepts(settings), declared, outside.clock);
    const wanted = entries.filter((entry) => (!only || matchesAny(only, entry.point.measurement)) && canHold(entry));
    if (wanted.length > 0) await disk.outbox.append(name, wanted, declared);
  }
}

function shown(provider: string, held: Held): HeldValue {
  const { measurement, tags, field, time, value, was, reason, collectedAt } = held;
  return {
    id: idOf(provider, held),
    provider,
    measurement,
    tags,
    field,
    time: new Date(time).toISOString(),
    value,
    was,
    reason,
    collectedAt: new Date(collectedAt).toISOString(),
  };
}

/** The same for as long as the value is held. */
function idOf(provider: string, { measurement, tags, field, time }: Held): string {
  const text = `${provider} ${counterKey(measurement, tags, field)} ${time}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
