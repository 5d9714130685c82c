import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import {
  type AnyProvider,
  defineProvider,
  gauge,
  measurement,
  PermanentError,
  type Point,
  type Provider,
  secret,
  text,
} from '../../sdk/index.ts';
import { startStandIn } from '../stand-in.ts';
import { type ProviderContractOptions, providerCases, providerContract } from './provider.ts';

const counts = measurement('demo_count', { help: 'Counts.', time: 'snapshot', tags: { id: 'id' }, fields: { n: gauge(), note: text() } });
const settings = z.strictObject({
  baseUrl: z.url().default('https://demo.example').describe('Where it is.'),
  token: secret().describe('Opens it.'),
  ids: z.array(z.strictObject({ id: z.string().describe('One.') })).describe('What is counted.'),
});
type Settings = z.output<typeof settings>;
interface Target {
  readonly id: string;
}

async function count({ baseUrl, token }: Settings, { id }: Target, { http }: ProviderContext): Promise<number> {
  const { n } = await http.json(z.object({ n: z.number() }), `${baseUrl}/count/${id}`, { headers: { authorization: token } });
  return n;
}

function connecting(collect: (settings: Settings, target: Target, context: ProviderContext) => AsyncIterable<Point>) {
  return async (own: Settings) => ({
    collect: (target: Target, context: ProviderContext) => collect(own, target, context),
    async close() {},
  });
}

/** The smallest provider there can be. */
const demo: Provider<Settings, Target> = {
  name: 'demo',
  help: 'Counts of a demonstration.',
  settings,
  example: { baseUrl: 'https://demo.example', token: 'a token', ids: [{ id: 'a' }] },
  measurements: () => [counts],
  limits: ({ baseUrl, token }) => [{ name: 'api', key: [baseUrl, token], concurrency: 2, source: 'there is no such upstream' }],
  targets: ({ ids }) => ids.map(({ id }) => ({ id })),
  label: ({ id }) => id,
  connect: connecting(async function* (own, target, context) {
    yield counts.of({ tags: target as { id: string }, fields: { n: await count(own, target, context) }, time: context.at });
  }),
  async *check(own, context) {
    await count(own, { id: 'a' }, context);
    yield { check: 'access', status: 'ok', message: 'it counts' };
  },
};

const token = 'demo-token-1';
const options: ProviderContractOptions = {
  async start() {
    const standIn = await startStandIn(({ path, headers }) => {
      if (headers.authorization !== token && headers['x-key'] !== token) throw new Error('no token');
      return { body: { n: path.length } };
    });
    return { settings: { baseUrl: standIn.url, token, ids: [{ id: 'a' }, { id: 'bb' }] }, standIn, close: () => standIn.close() };
  },
  requests: ['GET /count/a', 'GET /count/bb'],
  points: 2,
};

providerContract(defineProvider(demo), options);

describe('the provider contract bites', () => {
  let calls = 0;
  const collects = 'collects good points of every measurement, by the expected requests, and closes once';
  const plans = 'plans targets: the same each time, plain JSON, each with a label of its own, no secret in them';
  const twice = 'collects the same twice, and two at once do not disturb each other';
  const wellChecked = 'checks itself: all is well at a good upstream, and every finding is named and says what to do';
  const point = (own: Partial<Point>) =>
    connecting(async function* (given, target, context) {
      const n = await count(given, target, context);
      yield { measurement: 'demo_count', tags: { id: target.id }, fields: { n }, time: context.at, ...own };
    });

  const wrong: readonly (readonly [string, string, Partial<Provider<Settings, Target>>])[] = [
    ['no help', 'says what it is', { help: '' }],
    [
      'a setting without a description',
      'describes every setting, and can be shown as JSON Schema',
      { settings: settings.extend({ ids: z.array(z.strictObject({ id: z.string() })).describe('x') }) },
    ],
    ['an example without a setting', 'has an example that parses, with every setting in it', { example: { token: 'x', ids: [] } }],
    ['an example that does not parse', 'has an example that parses, with every setting in it', { example: { ...demo.example, ids: 1 } }],
    ['loose settings', 'refuses a setting that it does not know', { settings: settings.loose() as unknown as typeof settings }],
    [
      'a measurement without help',
      'declares measurements that are plain JSON, with valid names, before any request',
      { measurements: () => [{ ...counts, help: '' }] },
    ],
    [
      'a limit without a source',
      'states limits, each with its source',
      { limits: () => [{ name: 'api', key: [], concurrency: 1, source: '' }] },
    ],
    ['targets that change', plans, { targets: () => [{ id: `${calls++}` }] }],
    ['targets that are not plain', plans, { targets: () => [{ id: new Date(0) as unknown as string }] }],
    ['a label twice', plans, { label: () => 'all' }],
    ['a secret in a label', plans, { label: ({ id }) => `${id} of ${token}` }],
    ['a limit that there is not', 'knows cost and limit of each target, and narrows it without changing it', { limit: () => 'other' }],
    [
      'narrow changes its target',
      'knows cost and limit of each target, and narrows it without changing it',
      { narrow: (target) => Object.assign(target, { id: 'x' }) },
    ],
    ['an undeclared measurement', collects, { connect: point({ measurement: 'other' }) }],
    ['an undeclared tag', collects, { connect: point({ tags: { id: 'a', more: 'b' } }) }],
    ['a wrong type', collects, { connect: point({ fields: { n: '3' } }) }],
    ['another time', collects, { connect: point({ time: new Date(0) }) }],
    ['a secret in a point', collects, { connect: point({ fields: { note: `token ${token}` } }) }],
    ['a series twice', 'collects each series once a moment', { connect: point({ tags: { id: 'a' } }) }],
    ['memory between runs', twice, { connect: (own) => point({ fields: { n: calls++ } })(own) }],
    [
      'a request too many',
      collects,
      {
        connect: async (own, context) => {
          await count(own, { id: 'more' }, context);
          return demo.connect(own, context);
        },
      },
    ],
    [
      'work that does not end',
      'ends soon when the run does',
      {
        connect: connecting(async function* (own, target, context) {
          await count(own, target, context).catch(() => new Promise(() => {}));
        }),
      },
    ],
    [
      'an error with a secret',
      'lets no secret out when the upstream echoes what it is asked, with status 404',
      {
        connect: connecting(async function* (own, target, context) {
          await count(own, target, context).catch(() => {
            throw new PermanentError(`not with ${own.token.reveal()}`);
          });
        }),
      },
    ],
    [
      'a check that finds an error at a good upstream',
      wellChecked,
      {
        async *check() {
          yield { check: 'access', status: 'error', message: 'no', mend: 'none' };
        },
      },
    ],
    [
      'a check whose warning does not say what to do',
      wellChecked,
      {
        async *check() {
          yield { check: 'access', status: 'ok', message: 'yes' };
          yield { check: 'quota', status: 'warning', message: 'little is left' };
        },
      },
    ],
    [
      'a check that does not see that the upstream is away',
      'checks itself: an upstream that is away is told',
      {
        async *check(own, context) {
          await count(own, { id: 'a' }, context).catch(() => undefined);
          yield { check: 'access', status: 'ok', message: 'yes' };
        },
      },
    ],
    [
      'a check that tells a secret',
      'checks itself: no secret gets out when the upstream echoes what it is asked, with status 401',
      {
        async *check(own, context) {
          await count(own, { id: 'a' }, context).catch(() => undefined);
          yield { check: 'access', status: 'error', message: `not with ${own.token.reveal()}`, mend: 'another' };
        },
      },
    ],
    [
      'a fetch of its own',
      'sends no secret to another origin',
      {
        connect: connecting(async function* ({ baseUrl }) {
          await fetch(`${baseUrl}/x`, { headers: { 'x-key': token } });
          yield* [];
        }),
      },
    ],
  ];

  it.each(wrong)('on %s', async (_name, caseName, part) => {
    const cases = providerCases(defineProvider({ ...demo, ...part }) as AnyProvider, options);
    const found = cases.find(({ name }) => name === caseName);
    expect(found?.name).toBe(caseName);
    await expect(found?.run()).rejects.toThrow();
  });
});
