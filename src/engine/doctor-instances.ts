import { resolve } from 'node:path';
import type { ProviderContext } from '../sdk/context.ts';
import { messageOf } from '../sdk/errors.ts';
import type { Measurement } from '../sdk/measurement.ts';
import { createCalls } from './attempt.ts';
import type { Config, ProviderInstance, SinkInstance } from './config/config.ts';
import { type ClockedDoor, clockedDoor, clockFound } from './doctor-clock.ts';
import { type Found, failureFound } from './doctor-findings.ts';
import type { Door } from './http.ts';
import type { Gate, Limiter, Slot } from './limiter.ts';
import type { RunLog } from './log.ts';
import { measurementsOf } from './measurements-of.ts';
import { sinkContext } from './outlets.ts';
import type { Outside } from './outside.ts';
import { matchesAny } from './patterns.ts';
import { planInstance } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Redactor } from './redact.ts';

/** What the checks of all instances share. */
export interface Instruments {
  readonly config: Config;
  readonly outside: Outside;
  readonly redactor: Redactor;
  readonly door: Door;
  readonly log: RunLog;
  readonly limiter: Limiter;
  readonly limitMs: number;
}

/** Somebody waits at the screen: a second try, no third, and no long waits. */
const policy: Partial<Policy> = { tries: 2, waitsMs: [500], timeoutMs: 10_000 };

/** What a provider says of itself, what its answers say of our clock, and whether its quota is enough for a run. */
export async function* providerFound(instance: ProviderInstance, signal: AbortSignal, shared: Instruments): AsyncGenerator<Found> {
  const { provider, settings, name } = instance;
  if (!provider.check) {
    yield { check: 'access', status: 'skipped', message: `the provider ${instance.type} has no check` };
    return;
  }
  const door = clockedDoor(shared.door, shared.outside.clock);
  const [limit] = provider.limits(settings);
  if (!limit) throw new TypeError(`${provider.name} declares no limit`);
  const gate = shared.limiter.gate(limit);
  const { slot, leave } = await seatAt(gate, signal);
  const told: Found[] = [];
  try {
    const context = providerContext(instance, slot, told, { ...shared, door, signal });
    try {
      for await (const found of provider.check(settings, context)) yield* [...told.splice(0), found];
    } catch (error) {
      signal.throwIfAborted();
      yield* [...told.splice(0), failureFound(error, { scope: 'provider', name })];
    }
    yield* told;
  } finally {
    leave();
  }
  yield* clockFound(door);
  yield* quotaFound(instance, gate, shared.outside.clock.now());
}

/** A slot that is held until `leave` is called, or the signal is aborted. */
async function seatAt(gate: Gate, signal: AbortSignal): Promise<{ readonly slot: Slot; leave(): void }> {
  const taken = Promise.withResolvers<Slot>();
  const left = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => left.resolve(), { once: true });
  gate
    .hold(signal, async (slot) => {
      taken.resolve(slot);
      await left.promise;
    })
    .catch(taken.reject);
  return { slot: await taken.promise, leave: left.resolve };
}

interface Surroundings extends Instruments {
  readonly door: ClockedDoor;
  readonly signal: AbortSignal;
}

function providerContext(instance: ProviderInstance, slot: Slot, told: Found[], around: Surroundings): ProviderContext {
  const { outside, config, redactor, signal, door, limitMs } = around;
  const { clock } = outside;
  const log = around.log.child(instance.name);
  const { provider } = instance;
  return {
    instance: instance.name,
    at: clock.now(),
    signal,
    log,
    now: clock.now,
    elapsed: clock.elapsed,
    resolve: (path) => resolve(config.dir, path),
    ...createCalls({
      slot,
      door,
      judge: provider.judge?.bind(provider),
      signal,
      clock,
      log,
      redactor,
      counters: { requests: 0, retries: 0 },
      policy,
      deadline: clock.elapsed() + limitMs,
    }),
    problem: (item, error) => void told.push({ check: 'items', status: 'warning', message: `${item}: ${messageOf(error)}` }),
    notice: (item, message) => void told.push({ check: 'items', status: 'warning', message: `${item}: ${message}` }),
    // A check is no run: it remembers nothing.
    identify: () => {},
  };
}

/** What is left of what may be asked, where an answer told it, against what a run asks. */
function* quotaFound(instance: ProviderInstance, gate: Gate, now: Date): Generator<Found> {
  const { quota } = gate;
  if (quota === undefined) return;
  const needed = requestsOfARun(instance, now);
  const until = quota.resetAt === undefined ? '' : ` until ${quota.resetAt.toISOString().slice(0, 16)}Z`;
  const left = `${quota.remaining}${quota.limit === undefined ? '' : ` of ${quota.limit}`} requests left${until}`;
  const message = `${left}; a run takes ${needed} or more`;
  if (quota.remaining >= needed) yield { check: 'quota', status: 'ok', message };
  else {
    const mend = `wait${until || ' for the next period'}, or collect less often: "every" of the entry "${instance.name}"`;
    yield { check: 'quota', status: 'warning', message, mend };
  }
}

function requestsOfARun(instance: ProviderInstance, now: Date): number {
  const { provider, settings } = instance;
  const { windows } = planInstance(instance, measurementsOf(instance), { at: now, now, ends: {} });
  const targets = provider.targets(settings, { windows });
  return targets.reduce<number>((sum, target) => sum + (provider.cost?.(target) ?? 1), 0);
}

/** What a sink says of its store, what its answers say of our clock, and what the store lacks. */
export async function* sinkFound(
  instance: SinkInstance,
  signal: AbortSignal,
  shared: Instruments & { readonly declared: readonly Measurement[] },
): AsyncGenerator<Found> {
  const { sink, settings, name, only } = instance;
  const { config, log, outside } = shared;
  const subject = { scope: 'sink', name } as const;
  const measurements = shared.declared.filter((one) => !only || matchesAny(only, one.name));
  const door = clockedDoor(shared.door, outside.clock);
  const context = sinkContext(instance, { config, clock: outside.clock, env: outside.env, log, door, signal, measurements });
  let isUsable = true;
  if (!sink.check) yield { check: 'access', status: 'skipped', message: `the sink ${instance.type} has no check` };
  try {
    for await (const found of sink.check?.(settings, context) ?? []) {
      if (found.status === 'error') isUsable = false;
      yield found;
    }
  } catch (error) {
    signal.throwIfAborted();
    isUsable = false;
    yield failureFound(error, subject);
  }
  yield* clockFound(door);
  if (!sink.status) yield { check: 'schema', status: 'skipped', message: `the sink ${instance.type} cannot be asked what it holds` };
  else if (!isUsable) yield { check: 'schema', status: 'skipped', message: 'not asked: the store cannot be used' };
  else yield* schemaFound(instance, await sink.status(settings, measurements, context));
}

/** A measurement that the store cannot hold is a warning, and an error where it can hold none: the others are written. */
function* schemaFound({ name }: SinkInstance, status: Awaited<ReturnType<NonNullable<SinkInstance['sink']['status']>>>): Generator<Found> {
  const check = 'schema';
  const lacking = status.measurements.filter((one) => one.problems.length > 0);
  const ofOne = lacking.length === status.measurements.length ? 'error' : 'warning';
  for (const problem of status.problems) yield { check, status: 'error', ...withMend(problem, name) };
  for (const { name: measurement, problems } of lacking) {
    for (const problem of problems) {
      const { message, mend } = withMend(problem, name);
      yield { check, status: ofOne, message: `${measurement}: ${message}`, mend };
    }
  }
  if (status.problems.length + lacking.length > 0) return;
  const rows = status.measurements.filter((one) => (one.rows ?? 0) > 0).length;
  const message = rows > 0 ? `${rows} of ${status.measurements.length} measurements have rows` : 'nothing is missing';
  yield { check, status: 'ok', message };
}

/** A problem's sentence ends in what to do about it, behind a colon. */
function withMend(problem: string, sink: string): Required<Pick<Found, 'message' | 'mend'>> {
  if (/kpi db init/.test(problem)) {
    return { message: problem.replace(/[:;] run `?kpi db init`?[^;:]*$/, ''), mend: `kpi db init --sinks ${sink}` };
  }
  const at = problem.lastIndexOf(': ');
  if (at === -1) return { message: problem, mend: `kpi db status --sinks ${sink}` };
  return { message: problem.slice(0, at), mend: problem.slice(at + 2) };
}
