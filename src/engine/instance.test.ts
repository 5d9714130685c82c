import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BlockedError } from '../sdk/errors.ts';
import type { ProviderContext } from '../sdk/index.ts';
import { gauge, measurement } from '../sdk/measurement.ts';
import type { Entry, Point } from '../sdk/point.ts';
import { type AnyProvider, defineProvider, type Session } from '../sdk/provider.ts';
import type { Problem } from '../sdk/report.ts';
import { createTestClock } from '../testing/clock.ts';
import { createDoor } from './http.ts';
import { createIdentities } from './identities.ts';
import { overBecause, runInstance } from './instance.ts';
import { createLimiter } from './limiter.ts';
import { createLog } from './log.ts';
import { createRedactor } from './redact.ts';
import { createTally } from './tally.ts';

const stars = measurement('stars', { help: '', time: 'snapshot', tags: { repo: '' }, fields: { n: gauge() } });
const checks = measurement('checks', { help: '', time: 'event', tags: { repo: '' }, fields: { n: gauge() } });

type Collect = (target: string, context: ProviderContext) => AsyncIterable<Point>;

interface Fake extends Partial<Pick<AnyProvider, 'limits' | 'label' | 'limit'>> {
  readonly targets?: readonly string[];
  readonly collect?: Collect;
  readonly connect?: (context: ProviderContext) => Promise<void>;
  readonly expand?: Session<string>['expand'];
  readonly close?: () => Promise<void>;
}

async function* one(target: string, context: ProviderContext): AsyncGenerator<Point> {
  yield stars.of({ tags: { repo: target }, fields: { n: 1 }, time: context.at });
}

/** Runs a provider as an instance, with the engine's real parts. `stars` is selected, `checks` is not. */
function running(fake: Fake = {}) {
  const clock = createTestClock();
  const redactor = createRedactor();
  redactor.add('s3cret-token');
  const entries: Entry[] = [];
  const recorded: Problem[] = [];
  const over = new AbortController();
  const identities = createIdentities([['1', 'was']], redactor);
  const provider = defineProvider<object, string>({
    name: 'fake',
    help: '',
    settings: z.object({}),
    example: {},
    measurements: () => [stars, checks],
    limits: fake.limits ?? (() => [{ name: 'calls', key: ['fake'], concurrency: 4, source: 'a test' }]),
    targets: () => fake.targets ?? ['a'],
    label: fake.label ?? ((target) => target),
    ...(fake.limit && { limit: fake.limit }),
    async connect(_, context) {
      await fake.connect?.(context);
      return { ...(fake.expand && { expand: fake.expand }), collect: fake.collect ?? one, close: fake.close ?? (async () => {}) };
    },
  });
  const common = { enabled: true, selected: true, required: true, tags: {} };
  const plan = { at: clock.now(), measurements: [stars], windows: {}, givenUp: {}, tooOld: [] };
  const result = () =>
    runInstance({
      instance: { ...common, name: 'fake', type: 'fake', provider, settings: {} },
      plan,
      declared: [stars, checks],
      runId: 'run',
      limiter: createLimiter({ clock, concurrency: 8 }),
      door: createDoor({ env: {}, userAgent: 'kpi/test', redactor }),
      clock,
      signal: over.signal,
      deadline: clock.elapsed() + 60_000,
      redactor,
      log: createLog({ write: () => {}, level: 'silent', format: 'text', redactor, clock }),
      tally: createTally(redactor.text, (problem) => recorded.push(problem)),
      identities,
      resolve: (path) => path,
      push: async (some) => void entries.push(...some),
      listen: () => {},
    });
  return { entries, recorded, over, plan, identities, result, repos: () => entries.map(({ point }) => point.tags.repo).sort() };
}

it('what a provider identifies is told of where it was called otherwise', async () => {
  const { result, recorded, identities } = running({
    async *collect(target, context) {
      context.identify('1', 'is');
      context.identify('2', 'other');
      yield* one(target, context);
    },
  });
  expect((await result()).report).toMatchObject({ status: 'ok', points: 1 });
  const message = 'was is now is: its numbers go on in a new series';
  expect(recorded).toEqual([{ severity: 'notice', target: 'a', item: 'is', kind: 'notice', message }]);
  expect(identities.changed()).toEqual([
    ['1', 'is'],
    ['2', 'other'],
  ]);
});

describe('what a provider throws where nobody expects it ends no more than its part', () => {
  it('a session that throws as it is closed', async () => {
    const { result, repos } = running({
      close() {
        throw new Error('already closed');
      },
    });
    expect((await result()).report).toMatchObject({ status: 'partial', points: 1, problems: [{ message: 'already closed' }] });
    expect(repos()).toEqual(['a']);
  });

  it('a quota whose reset is no time', async () => {
    const collect: Collect = async function* (target, context) {
      context.quota({ remaining: 10, limit: 60, resetAt: new Date('soon') });
      yield* one(target, context);
    };
    expect((await running({ collect }).result()).report).toMatchObject({ status: 'ok', quota: { remaining: 10, limit: 60 } });
  });

  it('limits that cannot be told', async () => {
    const { result } = running({
      limits() {
        throw new TypeError('no baseUrl');
      },
    });
    expect((await result()).report).toMatchObject({ status: 'failed', quota: null, problems: [{ kind: 'defect', message: 'no baseUrl' }] });
  });

  it.each<[string, Fake]>([
    [
      'a label',
      {
        label(target) {
          if (target === 'y') throw new TypeError('odd');
          return target as string;
        },
      },
    ],
    ['a limit that is not declared', { limit: (target) => (target === 'y' ? 'nope' : 'calls') }],
  ])('%s: the other targets keep their points', async (_, fake) => {
    const collect: Collect = async function* (target, context) {
      await macrotask();
      yield* one(target, context);
    };
    const planned = running({ ...fake, targets: ['x', 'y', 'z'], collect });
    expect((await planned.result()).report).toMatchObject({ status: 'partial', problemCount: 1, problems: [{ kind: 'defect' }] });
    expect(planned.repos()).toEqual(['x', 'z']);
    const expand: Fake['expand'] = async (target) => (target === 'all' ? ['x', 'y', 'z'] : undefined);
    const children = running({ ...fake, targets: ['all', 'w'], expand, collect });
    expect((await children.result()).report).toMatchObject({ status: 'partial', problemCount: 1 });
    expect(children.repos()).toEqual(['w', 'x', 'z']);
  });

  it('an error that says nothing of itself', async () => {
    const { result, repos } = running({
      targets: ['x', 'y'],
      async *collect(target, context) {
        if (target === 'x') throw Object.create(null);
        yield* one(target, context);
      },
    });
    expect((await result()).report).toMatchObject({ status: 'partial', problems: [{ target: 'x', kind: 'defect' }] });
    expect(repos()).toEqual(['y']);
  });

  it('a point that is none: the good ones beside it are taken', async () => {
    const rubbish = [
      null,
      'text',
      { measurement: 'stars' },
      { measurement: 'stars', tags: { repo: 'q' }, fields: { n: 1 }, time: '2026-11-21' },
    ];
    const { result, repos } = running({
      async *collect(_, context) {
        yield* one('first', context);
        yield* rubbish as never[];
        yield* one('last', context);
      },
    });
    expect((await result()).report).toMatchObject({ points: 2, problemCount: 4, problems: Array(4).fill({ kind: 'invalid-point' }) });
    expect(repos()).toEqual(['first', 'last']);
  });
});

describe('points', () => {
  it('are those that were yielded, whatever becomes of the objects they are made of', async () => {
    const { result, repos } = running({
      async *collect(_, context) {
        const tags = { repo: '' };
        for (const repo of ['a', 'b', 'c']) {
          tags.repo = repo;
          yield { measurement: 'stars', tags, fields: { n: 1 }, time: context.at };
        }
        context.at.setTime(0);
      },
    });
    const { report } = await result();
    expect(repos()).toEqual(['a', 'b', 'c']);
    expect(report).toMatchObject({ points: 3, at: '2026-11-21T20:00:00.000Z' });
  });
});

describe('a provider that never waits', () => {
  it.each<[string, (at: Date) => unknown]>([
    ['with invalid points', (time) => ({ measurement: 'stars', tags: { repo: 'r' }, fields: { n: Number.NaN }, time })],
    ['with points that are not selected', (time) => checks.of({ tags: { repo: 'r' }, fields: { n: 1 }, time })],
    ['with one point again and again', (time) => stars.of({ tags: { repo: 'r' }, fields: { n: 1 }, time })],
  ])('leaves the others their turn: %s', async (_, point) => {
    let isOthersTurn = false;
    let given = 0;
    setImmediate(() => {
      isOthersTurn = true;
    });
    const { result } = running({
      async *collect(__, context) {
        for (; !isOthersTurn && given < 100_000; given++) yield point(context.at) as Point;
      },
    });
    await result();
    expect(given).toBeLessThanOrEqual(2000);
  });

  it('does not fill the disk with its problems: 10,000 points are told of, and how many more there were', async () => {
    const { result, recorded } = running({
      async *collect(_, context) {
        for (let index = 0; index < 10_500; index++)
          yield { measurement: 'stars', tags: { repo: `r${index}` }, fields: { n: Number.NaN }, time: context.at };
      },
    });
    expect((await result()).report.problemCount).toBe(10_001);
    expect(recorded.at(-1)?.message).toBe('500 further points were not taken, the last because: field n must be a finite number');
  });
});

describe('targets', () => {
  it('that others stand for are not asked what they stand for', async () => {
    const asked: string[] = [];
    const expand: Fake['expand'] = async (target) => {
      asked.push(target);
      return target.length < 5 ? [`${target}x`] : undefined;
    };
    const { result, repos } = running({ targets: ['a'], expand });
    expect((await result()).report).toMatchObject({ status: 'ok', targets: 1 });
    expect([asked, repos()]).toEqual([['a'], ['ax']]);
  });

  it('that are blocked after the end of the run, or fail of it in their own words, ended with the run', async () => {
    const { result, over } = running({
      targets: ['a', 'b', 'c'],
      // biome-ignore lint/correctness/useYield: it throws before it could
      async *collect(target) {
        over.abort(overBecause('not finished within 10m', 'timeout'));
        if (target === 'a') throw new DOMException('This operation was aborted', 'AbortError');
        throw target === 'b' ? new BlockedError('socket closed') : new TypeError('terminated');
      },
    });
    expect((await result()).report).toMatchObject({
      status: 'failed',
      problemCount: 1,
      problems: [{ kind: 'timeout', message: '3 of 3 targets did not end: not finished within 10m' }],
    });
  });

  it('that failed in some of their items are remembered with 10,000 of them in all', async () => {
    const { result } = running({
      targets: Array.from({ length: 12 }, (_, index) => `t${index}`),
      async *collect(target, context) {
        for (let index = 0; index < 900; index++) context.problem(`${target} ${index}`, new Error('bad'));
        yield* one(target, context);
      },
    });
    const { failed } = await result();
    expect(failed.map(({ items }) => items?.length)).toEqual([...Array(11).fill(900), undefined]);
  });
});
