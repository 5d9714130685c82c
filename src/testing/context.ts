import { resolve } from 'node:path';
import { createCalls } from '../engine/attempt.ts';
import { createDoor } from '../engine/http.ts';
import { createLimiter, type Gate, type Slot } from '../engine/limiter.ts';
import { createLog } from '../engine/log.ts';
import { defaultPolicy, type Policy } from '../engine/policy.ts';
import { createRedactor, type Redactor } from '../engine/redact.ts';
import type { Counters } from '../engine/tries.ts';
import type { AttemptOptions, ProviderContext, Quota, RequestOptions } from '../sdk/context.ts';
import { BlockedError, messageOf, type ProblemKind } from '../sdk/errors.ts';
import type { Point } from '../sdk/point.ts';
import type { AnyProvider, Asked, Limit } from '../sdk/provider.ts';
import { Secret } from '../sdk/secret.ts';
import { createTestClock, type TestClock } from './clock.ts';

export interface TestContextOptions {
  /** Default: the provider's name. */
  readonly instance?: string;
  /** What the run stands for; default: the clock's start. */
  readonly at?: Date;
  readonly clock?: TestClock;
  readonly signal?: AbortSignal;
  /** Real milliseconds that a try may take at most, whatever the provider says. Default 5000; where an upstream hangs, less. */
  readonly timeoutMs?: number;
  readonly policy?: Partial<Policy>;
  /** Virtual milliseconds from the clock's start until the run is out of time. Default 10 minutes. */
  readonly deadlineMs?: number;
  /** Proxies; default none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface SeenProblem {
  readonly item: string;
  readonly kind: ProblemKind | undefined;
  readonly message: string;
}

/** What a provider did, as far as it can be seen from outside. */
export interface TestParts {
  /** As the provider's schema made them of what the test gave. */
  readonly settings: unknown;
  /** What the run stands for. */
  readonly at: Date;
  readonly problems: readonly SeenProblem[];
  readonly notices: readonly { readonly item: string; readonly message: string }[];
  /** What `identify` was told. */
  readonly identified: readonly { readonly id: string; readonly name: string }[];
  readonly quotas: readonly Quota[];
  readonly counters: Readonly<Counters>;
  readonly clock: TestClock;
  /** Knows every secret of the settings. */
  readonly redactor: Redactor;
  /** What was logged. */
  readonly lines: readonly string[];
}

export interface TestContext extends TestParts {
  readonly context: ProviderContext;
}

/**
 * A context of the engine's real parts (limits, tries, judgement, `fetch`), on a test clock, for a test that calls parts of a provider
 * itself. `settings` are as they stand in the config.
 */
export function createTestContext(provider: AnyProvider, settings: unknown, options: TestContextOptions = {}): TestContext {
  const bench = createBench(provider, settings, options);
  // The slot comes a moment later, and is kept for as long as the test lasts.
  const slot = new Promise<Slot>((taken) => {
    void bench.gate(undefined).hold(bench.signal, async (own) => {
      taken(own);
      await new Promise(() => {});
    });
  });
  const context = bench.contextOf({
    ready: async (...given) => (await slot).ready(...given),
    pause: async (...given) => (await slot).pause(...given),
    sleep: async (...given) => (await slot).sleep(...given),
    close: (...given) => void slot.then((own) => own.close(...given)),
    quota: (reading) => void slot.then((own) => own.quota(reading)),
  });
  return { ...bench.parts, context };
}

export interface CollectAllOptions extends TestContextOptions {
  readonly asked?: Asked;
  /** Called with each point as it comes. */
  readonly onPoint?: (point: Point) => void;
}

export interface Collected extends TestParts {
  readonly points: readonly Point[];
  /** By the target's label; what `connect` threw is under `connect`. */
  readonly errors: ReadonlyMap<string, Error>;
  readonly requests: number;
  readonly retries: number;
  /** How often a session's `close` was called. */
  readonly closed: number;
  /** In the order of their work, children in place of what they stand for. */
  readonly labels: readonly string[];
}

/** A provider's whole work: targets, connect, expand, collect, close. One target after another; a `BlockedError` ends them all. */
export async function collectAll(provider: AnyProvider, settings: unknown, options: CollectAllOptions = {}): Promise<Collected> {
  const bench = createBench(provider, settings, options);
  const { signal } = bench;
  const points: Point[] = [];
  const errors = new Map<string, Error>();
  const labels: string[] = [];
  let closed = 0;

  async function work(): Promise<void> {
    const todo = provider.targets(bench.parts.settings, options.asked ?? { windows: {} }).map((target) => ({ target, isPlanned: true }));
    const session = await bench
      .gate(undefined)
      .hold(signal, (slot) => provider.connect(bench.parts.settings, bench.contextOf(slot)))
      .catch((error: Error) => {
        errors.set('connect', error);
      });
    if (session === undefined) return;
    try {
      for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
        // A target travels as JSON.
        const target: unknown = JSON.parse(JSON.stringify(next.target));
        const label = provider.label(target);
        try {
          await bench.gate(provider.limit?.(target)).hold(signal, async (slot) => {
            const context = bench.contextOf(slot);
            const children = next.isPlanned ? await session.expand?.(target, context) : undefined;
            if (children !== undefined) {
              todo.unshift(...children.map((child) => ({ target: child, isPlanned: false })));
              return;
            }
            labels.push(label);
            for await (const point of session.collect(target, context)) {
              points.push(point);
              options.onPoint?.(point);
              signal.throwIfAborted();
            }
          });
        } catch (error) {
          errors.set(label, error instanceof Error ? error : new Error(String(error)));
          if (error instanceof BlockedError || signal.aborted) return;
        }
      }
    } finally {
      await session.close();
      closed += 1;
    }
  }

  await work();
  const { requests, retries } = bench.parts.counters;
  await bench.close();
  return { ...bench.parts, points, errors, requests, retries, closed, labels };
}

function createBench(provider: AnyProvider, given: unknown, options: TestContextOptions) {
  const settings = provider.settings.parse(given);
  const clock = options.clock ?? createTestClock();
  const at = options.at ?? clock.now();
  const signal = options.signal ?? new AbortController().signal;
  const instance = options.instance ?? provider.name;
  const redactor = createRedactor();
  for (const secret of secretsIn(settings)) redactor.add(secret);
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), level: 'debug', format: 'text', redactor, clock }).child(instance);
  const door = createDoor({ env: options.env ?? {}, userAgent: 'kpi/test', redactor });
  const limiter = createLimiter({ clock, concurrency: 64 });
  const limits = provider.limits(settings);
  const counters: Counters = { requests: 0, retries: 0 };
  const problems: SeenProblem[] = [];
  const notices: { item: string; message: string }[] = [];
  const identified: { id: string; name: string }[] = [];
  const quotas: Quota[] = [];
  const capMs = options.timeoutMs ?? 5000;
  const deadline = clock.elapsed() + (options.deadlineMs ?? 600_000);

  function gate(name: string | undefined): Gate {
    const limit = limits.find((one) => one.name === name) ?? limits[0];
    if (name !== undefined && limit?.name !== name) throw new Error(`${provider.name} has no limit ${name}`);
    return limiter.gate(limit ?? ({ name: 'none', key: [instance], concurrency: 1, source: 'none' } satisfies Limit));
  }

  function capped<O extends AttemptOptions | RequestOptions>(asked: O | undefined): O {
    const timeoutMs = Math.min(asked?.timeoutMs ?? options.policy?.timeoutMs ?? defaultPolicy.timeoutMs, capMs);
    return { ...asked, timeoutMs } as O;
  }

  function contextOf(slot: Slot): ProviderContext {
    const judge = provider.judge?.bind(provider);
    const policy = { ...options.policy, timeoutMs: capMs };
    const calls = createCalls({ slot, door, judge, signal, clock, log, redactor, counters, policy, deadline, random: () => 0 });
    return {
      instance,
      signal,
      log,
      at,
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      resolve: (path) => resolve('/', path),
      attempt: (call, asked) => calls.attempt(call, capped(asked)),
      http: {
        json: (schema, url, asked) => calls.http.json(schema, url, capped(asked)),
        text: (url, asked) => calls.http.text(url, capped(asked)),
        stream: (url, asked) => calls.http.stream(url, capped(asked)),
      },
      fetch: calls.fetch,
      proxyOf: calls.proxyOf,
      quota(reading) {
        quotas.push(reading);
        calls.quota(reading);
      },
      problem(item, error) {
        const { kind } = (error ?? {}) as { kind?: ProblemKind };
        problems.push({ item: redactor.text(item), kind, message: redactor.text(messageOf(error)) });
      },
      identify(id, name) {
        identified.push({ id, name });
      },
      notice(item, message) {
        notices.push({ item: redactor.text(item), message: redactor.text(message) });
      },
    };
  }

  const parts: TestParts = { settings, at, problems, notices, identified, quotas, counters, clock, redactor, lines };
  return { parts, signal, gate, contextOf, close: () => door.close() };
}

/** The values of all secrets in settings. */
export function secretsIn(settings: unknown): readonly string[] {
  if (settings instanceof Secret) return settings.source === undefined ? [settings.reveal(), ...settings.parts()] : [];
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.values(settings).flatMap(secretsIn);
}
