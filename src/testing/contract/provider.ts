import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCheck } from '../../engine/check.ts';
import { declarationProblem } from '../../sdk/measurement.ts';
import { type Point, seriesText } from '../../sdk/point.ts';
import type { AnyProvider, Asked } from '../../sdk/provider.ts';
import { createTestClock } from '../clock.ts';
import { type CollectAllOptions, type Collected, collectAll, secretsIn } from '../context.ts';
import type { Fault, StandInRequest } from '../stand-in.ts';
import { transportFault } from '../stand-in.ts';
import { checkAll, expectWellFormed, textsOf } from './check.ts';

/** An upstream of its own for one test. */
export interface ProviderPlace {
  /** The entry of `providers` as a config has it, without the common keys: all measurements in use, and a secret where one is taken. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly standIn: {
    readonly requests: readonly Pick<StandInRequest, 'method' | 'path'>[];
    readonly unexpected: readonly string[];
    /** With it the contract also tests what happens when the upstream hangs, echoes secrets, or leads elsewhere. */
    misbehave?(fault: Fault | undefined): void;
    readonly bites?: number;
    readonly other?: { readonly requests: readonly StandInRequest[] };
  };
  close(): Promise<void>;
}

export interface ProviderContractOptions {
  start(): Promise<ProviderPlace>;
  /** Each request of one run, `POST /graphql`, in any order: one more or one fewer fails. */
  readonly requests: readonly string[];
  /** How many points one run brings. */
  readonly points: number;
  /** The items of its problems; default none. */
  readonly problems?: readonly string[];
  /** What a run asks for; default: everything, without windows. */
  readonly asked?: Asked;
  /** What of a point is the same in a second run; default all of it. For points that hold what a clock measured. */
  same?(point: Point): unknown;
  /** What the run stands for, and the test clock's start; default 2026-11-21T20:00:00.000Z. */
  readonly at?: Date;
}

/** Registers the tests that every provider passes. What it promises beyond them, its own tests show. */
export function providerContract(provider: AnyProvider, options: ProviderContractOptions): void {
  describe(`the provider contract: ${provider.name}`, () => {
    for (const { name, run } of providerCases(provider, options)) it(name, run, 20_000);
  });
}

/** One test of the contract. */
export interface ProviderCase {
  readonly name: string;
  run(): Promise<void>;
}

/** The tests of the contract, for those who register them themselves. */
export function providerCases(provider: AnyProvider, options: ProviderContractOptions): readonly ProviderCase[] {
  const cases: ProviderCase[] = [];
  const asked: Asked = options.asked ?? { windows: {} };
  const same = options.same ?? ((point: Point) => point);

  /** Runs `test` at an upstream of its own. */
  function at(test: (place: ProviderPlace) => Promise<void>): () => Promise<void> {
    return async () => {
      const place = await options.start();
      try {
        await test(place);
      } finally {
        await place.close();
      }
    };
  }

  function collect(place: ProviderPlace, own: CollectAllOptions = {}): Promise<Collected> {
    return collectAll(provider, place.settings, { asked, ...own });
  }

  /** Parsed settings that nobody can change. */
  function settled(place: ProviderPlace): unknown {
    return deeplyFrozen(provider.settings.parse(place.settings));
  }

  function add(name: string, test: () => Promise<void> | void): void {
    cases.push({ name, run: async () => test() });
  }

  add('says what it is', () => {
    expect(provider.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(provider.help).toMatch(/^\S.*\S$/);
  });

  add('describes every setting, and can be shown as JSON Schema', () => {
    const schema = z.toJSONSchema(provider.settings, { io: 'input', unrepresentable: 'any' });
    expect(schema.type).toBe('object');
    expect(undescribed(schema, '')).toEqual([]);
  });

  add('has an example that parses, with every setting in it', () => {
    const schema = z.toJSONSchema(provider.settings, { io: 'input', unrepresentable: 'any' });
    expect(provider.settings.safeParse(provider.example).error?.message).toBeUndefined();
    expect(Object.keys(provider.example).sort()).toEqual(Object.keys(schema.properties ?? {}).sort());
  });

  add('refuses a setting that it does not know', () => {
    expect(provider.settings.safeParse({ ...provider.example, noSuchSetting: 1 }).success).toBe(false);
  });

  add(
    'declares measurements that are plain JSON, with valid names, before any request',
    at(async (place) => {
      const declared = provider.measurements(settled(place));
      expect(declared).not.toEqual([]);
      for (const one of declared) {
        expect(declarationProblem(one)).toBeUndefined();
        expect(JSON.parse(JSON.stringify(one))).toStrictEqual({ ...one });
        expect([one.help, ...Object.values(one.tags)].filter((text) => text.trim() === '')).toEqual([]);
      }
      expect(new Set(declared.map(({ name }) => name)).size).toBe(declared.length);
      expect(place.standIn.requests).toEqual([]);
    }),
  );

  add(
    'states limits, each with its source',
    at(async (place) => {
      const limits = provider.limits(settled(place));
      expect(limits).not.toEqual([]);
      for (const limit of limits) {
        expect(limit.source.trim()).not.toBe('');
        expect(Number.isInteger(limit.concurrency) && limit.concurrency > 0).toBe(true);
        expect(limit.spacingMs ?? 0).toBeGreaterThanOrEqual(0);
      }
      expect(new Set(limits.map(({ name }) => name)).size).toBe(limits.length);
    }),
  );

  add(
    'plans targets: the same each time, plain JSON, each with a label of its own, no secret in them',
    at(async (place) => {
      const settings = settled(place);
      const targets = provider.targets(settings, asked);
      expect(targets).not.toEqual([]);
      expect(provider.targets(settings, asked)).toStrictEqual(targets);
      expect(JSON.parse(JSON.stringify(targets))).toStrictEqual(targets);
      const labels = targets.map((target) => provider.label(target));
      expect(new Set(labels).size).toBe(labels.length);
      expect(labels.filter((label) => label.trim() === '')).toEqual([]);
      const text = JSON.stringify([targets, labels]);
      for (const secret of secretsIn(settings)) expect(text).not.toContain(secret);
      expect(place.standIn.requests).toEqual([]);
    }),
  );

  add(
    'knows cost and limit of each target, and narrows it without changing it',
    at(async (place) => {
      const settings = settled(place);
      const limits = provider.limits(settings).map(({ name }) => name);
      for (const target of provider.targets(settings, asked)) {
        deeplyFrozen(target);
        expect(provider.cost?.(target) ?? 1).toBeGreaterThan(0);
        expect(limits).toContain(provider.limit?.(target) ?? limits[0]);
        const narrowed = provider.narrow?.(target, ['some/item']) ?? target;
        expect(JSON.parse(JSON.stringify(narrowed))).toStrictEqual(narrowed);
        expect(provider.label(narrowed).trim()).not.toBe('');
      }
    }),
  );

  add(
    'collects good points of every measurement, by the expected requests, and closes once',
    at(async (place) => {
      const seen = await collect(place, onTime());
      expect([...seen.errors]).toEqual([]);
      expect(seen.problems.map(({ item }) => item).sort()).toEqual([...(options.problems ?? [])].sort());
      expect(faultsOf(seen)).toEqual([]);
      expect(seen.points).toHaveLength(options.points);
      const declared = provider.measurements(seen.settings).map(({ name }) => name);
      expect([...new Set(seen.points.map(({ measurement }) => measurement))].sort()).toEqual(declared.sort());
      expect(seen.closed).toBe(1);
      expect(place.standIn.unexpected).toEqual([]);
      expect(place.standIn.requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...options.requests].sort());
    }),
  );

  add(
    'collects each series once a moment',
    at(async (place) => {
      const { points } = await collect(place, onTime());
      const identities = points.map(({ measurement, tags, time }) => `${seriesText(measurement, tags)} ${time.toISOString()}`);
      expect(identities.filter((one, index) => identities.indexOf(one) !== index)).toEqual([]);
    }),
  );

  add(
    'collects the same twice, and two at once do not disturb each other',
    at(async (place) => {
      const first = await collect(place, onTime());
      const both = await Promise.all([collect(place, onTime()), collect(place, onTime())]);
      for (const { points } of both) expect(points.map(same)).toStrictEqual(first.points.map(same));
    }),
  );

  add(
    'ends soon when the run does',
    at(async (place) => {
      const { standIn } = place;
      const controller = new AbortController();
      standIn.misbehave?.(transportFault('hang'));
      const collecting = collect(place, { ...onTime(), signal: controller.signal, onPoint: () => controller.abort(), timeoutMs: 60_000 });
      while (standIn.misbehave !== undefined && standIn.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      if (standIn.misbehave !== undefined) controller.abort();
      const seen = await Promise.race([collecting, later(2000)]);
      if (seen === undefined) return expect.unreachable('it goes on after the run is over');
      expect(seen.closed + (seen.errors.has('connect') ? 1 : 0)).toBe(1);
    }),
  );

  for (const status of [200, 400, 401, 403, 404]) {
    add(
      `lets no secret out when the upstream echoes what it is asked, with status ${status}`,
      at(async (place) => {
        if (place.standIn.misbehave === undefined) return;
        place.standIn.misbehave({
          name: 'error-200',
          act({ request: { path, query, headers, body }, send }) {
            const echo = `${path}?${query} ${body} ${Object.values(headers).join(' ')}`;
            send({ status, body: { message: echo, error: echo, errors: [{ message: echo }] } });
          },
        });
        const seen = await collect(place, onTime());
        expect(place.standIn.bites).toBeGreaterThan(0);
        const errors = [...seen.errors].flatMap(([label, error]) => [label, error.message, String(error.stack), String(error.cause)]);
        const text = [...errors, ...seen.lines, JSON.stringify(seen.problems), JSON.stringify(seen.notices), JSON.stringify(seen.points)];
        expect(text.filter((one) => seen.redactor.holds(one))).toEqual([]);
      }),
    );
  }

  add(
    'sends no secret to another origin',
    at(async (place) => {
      if (place.standIn.misbehave === undefined) return;
      place.standIn.misbehave(transportFault('redirect-other-origin'));
      const seen = await collect(place, onTime());
      expect(place.standIn.bites).toBeGreaterThan(0);
      const arrived = (place.standIn.other?.requests ?? []).map(({ path, query, headers, body }) =>
        JSON.stringify([path, `${query}`, headers, body]),
      );
      expect(arrived.filter((one) => seen.redactor.holds(one))).toEqual([]);
    }),
  );

  if (provider.check) addChecks();
  return cases;

  /** What `kpi doctor` asks. */
  function addChecks(): void {
    add(
      'checks itself: all is well at a good upstream, and every finding is named and says what to do',
      at(async (place) => {
        const seen = await checkAll(provider, place.settings, onTime());
        expect(seen.error).toBeUndefined();
        expectWellFormed(seen);
        expect(seen.findings.filter(({ status }) => status === 'ok')).not.toEqual([]);
        expect(seen.findings.filter(({ status }) => status === 'error')).toEqual([]);
        expect(place.standIn.unexpected).toEqual([]);
      }),
    );

    add(
      'checks itself: an upstream that is away is told',
      at(async (place) => {
        if (place.standIn.misbehave === undefined) return;
        place.standIn.misbehave(transportFault('refuse'));
        const seen = await checkAll(provider, place.settings, onTime());
        expect(place.standIn.bites).toBeGreaterThan(0);
        expectWellFormed(seen);
        expect(seen.error !== undefined || seen.findings.some(({ status }) => status !== 'ok')).toBe(true);
      }),
    );

    for (const status of [200, 401, 403]) {
      add(
        `checks itself: no secret gets out when the upstream echoes what it is asked, with status ${status}`,
        at(async (place) => {
          if (place.standIn.misbehave === undefined) return;
          place.standIn.misbehave({
            name: 'error-200',
            act({ request: { path, query, headers, body }, send }) {
              const echo = `${path}?${query} ${body} ${Object.values(headers).join(' ')}`;
              send({ status, headers: { 'x-oauth-scopes': 'echo' }, body: { message: echo, error: echo, errors: [{ message: echo }] } });
            },
          });
          const seen = await checkAll(provider, place.settings, onTime());
          expect(place.standIn.bites).toBeGreaterThan(0);
          expect([...textsOf(seen), ...seen.lines, JSON.stringify(seen.problems)].filter((one) => seen.redactor.holds(one))).toEqual([]);
        }),
      );
    }
  }

  /** A clock of its own that starts at the run's `at`. */
  function onTime(): CollectAllOptions {
    return { clock: createTestClock(options.at?.toISOString()) };
  }

  function faultsOf(seen: Collected): readonly string[] {
    const checks = new Map(
      provider.measurements(seen.settings).map((declared) => {
        const window = asked.windows[declared.name];
        const check = createCheck(declared, { at: seen.at, tags: {}, window, redactor: seen.redactor, now: () => seen.clock.now() });
        return [declared.name, check] as const;
      }),
    );
    return seen.points.flatMap((point) => {
      const check = checks.get(point.measurement);
      if (check === undefined) return [`${point.measurement} is not declared`];
      const checked = check(point, undefined);
      if (checked === undefined) return [`${point.measurement}: ${point.time.toISOString()} was not asked for`];
      return 'invalid' in checked ? [`${point.measurement} ${JSON.stringify(point.tags)}: ${checked.invalid}`] : [];
    });
  }
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** The paths of settings without a description. */
function undescribed(schema: JsonSchema, path: string): readonly string[] {
  const missing: string[] = [];
  for (const [name, setting] of Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>)) {
    const own = path === '' ? name : `${path}.${name}`;
    if (!setting.description) missing.push(own);
    missing.push(...undescribed(setting, own));
  }
  const inner = [schema.items, schema.additionalProperties, ...((schema.anyOf ?? []) as unknown[])];
  for (const one of inner) {
    if (typeof one === 'object' && one !== null && !isSecretSource(one as JsonSchema))
      missing.push(...undescribed(one as JsonSchema, `${path}[]`));
  }
  return missing;
}

/** `{ "file": … }` and `{ "command": […] }` are the same for every secret. */
function isSecretSource({ properties }: JsonSchema): boolean {
  const names = Object.keys(properties ?? {});
  return names.length === 1 && (names[0] === 'file' || names[0] === 'command');
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}

function deeplyFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deeplyFrozen(inner);
  return value;
}
