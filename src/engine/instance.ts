import { setImmediate as macrotask } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import { BlockedError, PermanentError, type ProblemKind } from '../sdk/errors.ts';
import type { ProviderContext } from '../sdk/index.ts';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry, Point } from '../sdk/point.ts';
import type { Session } from '../sdk/provider.ts';
import type { ProviderReport } from '../sdk/report.ts';
import { formatDuration } from '../sdk/time.ts';
import { createCalls } from './attempt.ts';
import { createBatch } from './batch.ts';
import { createCheck } from './check.ts';
import { type Clock, within } from './clock.ts';
import type { ProviderInstance } from './config/config.ts';
import type { Listener } from './events.ts';
import type { Door } from './http.ts';
import type { Identities } from './identities.ts';
import type { Gate, Limiter, Slot } from './limiter.ts';
import type { RunLog } from './log.ts';
import type { InstancePlan } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Redactor } from './redact.ts';
import { createRefusals } from './refusals.ts';
import type { Tally } from './tally.ts';
import type { Counters } from './tries.ts';
import type { ProviderOutcome } from './verdict.ts';

export interface InstanceOptions {
  readonly instance: ProviderInstance;
  readonly plan: InstancePlan;
  readonly declared: readonly Measurement[];
  readonly runId: string;
  readonly limiter: Limiter;
  readonly door: Door;
  readonly clock: Clock;
  /** Aborted when the run is out of time, or interrupted. The reason is a PermanentError. */
  readonly signal: AbortSignal;
  /** When the signal will be aborted, on the clock's `elapsed`. */
  readonly deadline: number;
  readonly redactor: Redactor;
  readonly log: RunLog;
  readonly tally: Tally;
  /** What the instance's things were called in earlier runs. */
  readonly identities: Identities;
  /** Those that an earlier run left; absent: the provider's own. */
  readonly targets?: readonly unknown[] | undefined;
  resolve(path: string): string;
  /** Sends entries on; resolves when there is room for more. */
  push(entries: readonly Entry[]): Promise<void>;
  listen: Listener;
  policy?(instance: string): Partial<Policy> | undefined;
}

export interface InstanceResult {
  readonly outcome: ProviderOutcome;
  readonly report: ProviderReport;
  /** What `--retry-failed` needs: the targets that failed, whole or in some of their items. */
  readonly failed: readonly { readonly target: unknown; readonly label: string; readonly items?: readonly string[] }[];
}

/** How one target fares. */
interface Tried {
  readonly items: Set<string>;
  points: number;
  invalid: number;
}

/** With more bad items than this all of a target is asked for again. */
const mostItems = 1000;
/** Of an instance: with more in all, the further targets are asked for whole again. */
const mostItemsInAll = 10_000;
/** So often, by points and by time, a provider that never waits lets signals, timers and other providers have their turn. */
const pointsABreath = 1000;
const breathMs = 20;
/** How long a target may take to notice that the run is over. */
const graceMs = 1500;
const progressMs = 100;
/** Shorter waits are not told of. */
const longWaitMs = 5000;

/** Runs one instance: connects, takes each target on its own, checks and merges its points, and sends them on. */
export async function runInstance(options: InstanceOptions): Promise<InstanceResult> {
  const { clock, instance, plan, signal, tally } = options;
  const { provider, settings } = instance;
  const started = clock.elapsed();
  const counters: Counters = { requests: 0, retries: 0 };
  const batch = createBatch(options.runId, clock);
  const log = options.log.child(instance.name);
  const refusals = createRefusals(tally, options.redactor);
  const failed: { target: unknown; label: string; items?: readonly string[] }[] = [];
  const untried = new Map<string, { kind: ProblemKind; message: string; count: number }>();
  const selected = new Set(plan.measurements.map((measurement) => measurement.name));
  const declared = new Set(options.declared.map((measurement) => measurement.name));
  const checks = new Map(
    plan.measurements.map((measurement) => [
      measurement.name,
      createCheck(measurement, {
        at: plan.at,
        tags: instance.tags,
        window: plan.windows[measurement.name],
        settleMs: instance.settleMs,
        redactor: options.redactor,
        now: clock.now,
      }),
    ]),
  );

  const queues = new Map<Gate, LimitFunction>();
  let points = 0;
  let brought = 0;
  let targetsDone = 0;
  let targetCount = 0;
  let blocked: BlockedError | undefined;
  let lastTold = Number.NEGATIVE_INFINITY;
  let itemsKept = 0;
  let unbroken = 0;
  let lastBreath = clock.elapsed();

  function tell(phase: 'connecting' | 'collecting' | 'waiting', message?: string): void {
    if (phase !== 'waiting' && clock.elapsed() - lastTold < progressMs) return;
    lastTold = clock.elapsed();
    const counts = { targetsDone, targets: targetCount, points, problems: tally.count };
    options.listen({ type: 'progress', instance: instance.name, phase, ...counts, ...(message !== undefined && { message }) });
  }

  function contextFor(slot: Slot, target: string | undefined, tried: Tried): ProviderContext {
    const where = target === undefined ? {} : { target };
    return {
      instance: instance.name,
      at: new Date(plan.at),
      signal,
      log,
      now: clock.now,
      elapsed: clock.elapsed,
      resolve: options.resolve,
      ...createCalls({
        slot,
        door: options.door,
        judge: provider.judge?.bind(provider),
        signal,
        clock,
        log,
        redactor: options.redactor,
        counters,
        policy: options.policy?.(instance.name),
        deadline: options.deadline,
        waits(ms, kind) {
          if (ms >= longWaitMs) tell('waiting', `waiting ${formatDuration(Math.ceil(ms / 1000) * 1000)} (${kind})`);
        },
      }),
      problem(item, error) {
        if (tried.items.size < mostItems) tried.items.add(item);
        tally.addError(error, { ...where, item });
      },
      notice(item, message) {
        tally.add({ severity: 'notice', ...where, item, kind: 'notice', message });
      },
      identify(id, name) {
        const message = options.identities.see(id, name);
        if (message !== undefined) tally.add({ severity: 'notice', ...where, item: name, kind: 'notice', message });
      },
    };
  }

  async function flush(): Promise<void> {
    if (batch.size > 0) await options.push(batch.take());
  }

  function take(point: Point, target: string, zone: string | undefined, tried: Tried): void {
    if (typeof point !== 'object' || point === null) {
      invalid(target, point, 'it is no object', tried);
      return;
    }
    const name = point.measurement;
    const check = checks.get(name);
    if (!check) {
      if (!declared.has(name)) invalid(target, point, `measurement ${String(name)} is not declared`, tried);
      return;
    }
    const checked = check(point, zone);
    if (!checked) return;
    if ('invalid' in checked) {
      invalid(target, point, checked.invalid, tried);
      return;
    }
    if (batch.add(checked.series, checked.point, checked.provisional)) points++;
    tried.points++;
  }

  function invalid(target: string, point: unknown, reason: string, tried: Tried): void {
    tried.invalid++;
    refusals.add(target, point, reason);
  }

  /** Whether to `breathe` after this point, whatever became of it. */
  function isBreathDue(): boolean {
    unbroken++;
    if (batch.due || unbroken >= pointsABreath) return true;
    return unbroken % 16 === 0 && clock.elapsed() - lastBreath > breathMs;
  }

  /** Sends on what is due, and gives all others their turn: a provider that never waits would be the only one at work. */
  async function breathe(): Promise<void> {
    if (batch.due) await flush();
    tell('collecting');
    unbroken = 0;
    await macrotask();
    lastBreath = clock.elapsed();
  }

  async function runTarget(
    session: Session<unknown>,
    target: unknown,
    gates: ReadonlyMap<string, Gate>,
    isPlanned: boolean,
  ): Promise<void> {
    const tried: Tried = { items: new Set(), points: 0, invalid: 0 };
    let label = 'a target without a name';
    let over = false;
    let failure: unknown;

    async function work(slot: Slot): Promise<readonly unknown[] | undefined> {
      signal.throwIfAborted();
      if (blocked) throw blocked;
      const context = contextFor(slot, label, tried);
      const children = isPlanned ? await session.expand?.(target, context) : undefined;
      if (children) return children;
      for await (const point of session.collect(target, context)) {
        if (over) return undefined;
        take(point, label, session.zone?.(target), tried);
        if (isBreathDue()) await breathe();
      }
      return undefined;
    }

    try {
      label = String(provider.label(target));
      const gate = gateOf(target, gates);
      const children = await inTime(queues.get(gate)?.(() => gate.hold(signal, work)) ?? gate.hold(signal, work));
      if (children) {
        if (tried.items.size > 0) failed.push({ target, label });
        targetCount += children.length - 1;
        await Promise.all(children.map((child) => runTarget(session, child, gates, false)));
        return;
      }
      if (tried.items.size > 0 || tried.invalid > 0) failed.push({ target, label, ...itemsOf(tried) });
    } catch (error) {
      // Once the run is over, what a target ends with is how it noticed.
      failure = signal.aborted ? signal.reason : error;
      failed.push({ target, label });
      if (failure === blocked || failure === signal.reason) leftUntried(failure as BlockedError | PermanentError);
      else tally.addError(failure, { target: label });
      if (failure instanceof BlockedError) blocked = failure;
    } finally {
      over = true;
    }
    if (tried.points > 0 || (failure === undefined && tried.items.size === 0 && tried.invalid === 0)) brought++;
    targetsDone++;
    if (batch.due) await flush().catch(tally.addError);
    tell('collecting');
  }

  function gateOf(target: unknown, gates: ReadonlyMap<string, Gate>): Gate {
    const name = provider.limit?.(target) ?? [...gates.keys()][0];
    const gate = name === undefined ? undefined : gates.get(name);
    if (!gate) throw new TypeError(`${provider.name} names a limit that it does not declare: ${name}`);
    return gate;
  }

  /** The bad items of a target, where there are not too many to be kept. */
  function itemsOf(tried: Tried): { items?: readonly string[] } {
    if (tried.invalid > 0 || tried.items.size >= mostItems || itemsKept + tried.items.size > mostItemsInAll) return {};
    itemsKept += tried.items.size;
    return { items: [...tried.items] };
  }

  /** Targets that end for one common reason share one line of the report. */
  function leftUntried(error: BlockedError | PermanentError): void {
    const one = untried.get(error.message) ?? { kind: error.kind, message: error.message, count: 0 };
    one.count++;
    untried.set(error.message, one);
  }

  /** What does not notice that the run is over is left behind. */
  async function inTime<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    return await Promise.race([work, overtime]);
  }

  const overtime = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        clock.timer(graceMs, () => reject(signal.reason));
      },
      { once: true },
    );
  });
  overtime.catch(() => undefined);

  let session: Session<unknown> | undefined;
  let first: Gate | undefined;
  try {
    const limits = provider.limits(settings);
    const gates = new Map(limits.map((limit) => [limit.name, options.limiter.gate(limit)]));
    // Few at a time wait at a gate: each of them listens for the end of the run, and thousands of listeners take their time.
    for (const { name, concurrency } of limits) queues.set(gates.get(name) as Gate, pLimit(concurrency * 2));
    first = [...gates.values()][0];
    if (!first) throw new TypeError(`${provider.name} declares no limit`);
    const narrowed = selected.size < declared.size;
    const windows = structuredClone(plan.windows);
    const targets = options.targets ?? provider.targets(settings, { windows, ...(narrowed && { only: [...selected] }) });
    targetCount = targets.length;
    tell('connecting');
    const connecting = first.hold(signal, (slot) =>
      provider.connect(settings, contextFor(slot, undefined, { items: new Set(), points: 0, invalid: 0 })),
    );
    const open = await inTime(connecting);
    session = open;
    await Promise.all(targets.map((target) => runTarget(open, target, gates, true)));
  } catch (error) {
    const failure: unknown = signal.aborted ? signal.reason : error;
    if (failure instanceof BlockedError) blocked = failure;
    tally.addError(failure);
    failed.push({ target: undefined, label: 'all targets' });
  }
  for (const { kind, message, count } of untried.values()) {
    tally.add({ severity: 'error', kind, message: `${count} of ${targetCount} targets did not end: ${message}` });
  }
  refusals.end();
  await within(clock, graceMs, close(session));
  await flush().catch(tally.addError);

  const status = statusOf();
  const quota = quotaOf();
  const report: ProviderReport = {
    name: instance.name,
    type: instance.type,
    required: instance.required,
    status,
    at: plan.at.toISOString(),
    targets: targetCount,
    points,
    held: 0,
    requests: counters.requests,
    retries: counters.retries,
    ms: Math.round(clock.elapsed() - started),
    lateMs: 0,
    quota,
    problemCount: tally.count,
    problems: tally.problems,
  };
  options.listen({
    type: 'progress',
    instance: instance.name,
    phase: 'done',
    targetsDone,
    targets: targetCount,
    points,
    problems: tally.count,
    status,
  });
  return {
    report,
    failed,
    outcome: { report: { status, required: instance.required, errors: tally.errors }, brought, targets: targetCount, held: false },
  };

  function statusOf(): ProviderReport['status'] {
    if (tally.errors === 0) return 'ok';
    if (brought > 0) return 'partial';
    return blocked ? 'blocked' : 'failed';
  }

  function quotaOf(): ProviderReport['quota'] {
    const reading = first?.quota;
    if (!reading) return null;
    return {
      remaining: reading.remaining,
      ...(reading.limit !== undefined && { limit: reading.limit }),
      ...(reading.resetAt && { resetAt: reading.resetAt.toISOString() }),
    };
  }

  async function close(open: Session<unknown> | undefined): Promise<void> {
    try {
      await open?.close();
    } catch (error) {
      tally.addError(error);
    }
  }
}

/** The reason a run's signal is aborted with. */
export function overBecause(message: string, kind: 'timeout' | 'cancelled'): PermanentError {
  return new PermanentError(message, { kind });
}
