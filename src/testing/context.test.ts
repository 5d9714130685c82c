import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BlockedError, defineProvider, gauge, measurement, PermanentError, secret } from '../sdk/index.ts';
import { collectAll, createTestContext } from './context.ts';
import { firstOnly, type StandIn, startStandIn, transportFault } from './stand-in.ts';

const open: StandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const counts = measurement('demo_count', { help: 'Counts.', time: 'snapshot', tags: { id: 'id' }, fields: { n: gauge() } });
const settings = z.strictObject({ baseUrl: z.string(), token: secret(), ids: z.array(z.string()) });
type Settings = z.output<typeof settings>;

const demo = defineProvider<Settings, { id: string }>({
  name: 'demo',
  help: 'For this test.',
  settings,
  example: {},
  measurements: () => [counts],
  limits: ({ token }) => [{ name: 'api', key: ['demo', token], concurrency: 2, source: 'test' }],
  targets: ({ ids }) => ids.map((id) => ({ id })),
  label: ({ id }) => id,
  limit: () => 'api',
  async connect({ baseUrl, token }, context) {
    if (baseUrl === '') throw new BlockedError('no address');
    context.quota({ remaining: 3 });
    return {
      async expand({ id }) {
        return id === 'both' ? [{ id: 'a' }, { id: 'b' }] : undefined;
      },
      async *collect({ id }, own) {
        if (id === 'bad') own.problem('x', new PermanentError(`no ${token.reveal()}`, { kind: 'not-found' }));
        if (id === 'bad') own.notice('y', 'moved');
        if (id === 'blocked') throw new BlockedError('out');
        const { n } = await own.http.json(z.object({ n: z.number() }), `${baseUrl}/${id}`, { headers: { 'x-key': token } });
        yield counts.of({ tags: { id }, fields: { n }, time: own.at });
      },
      async close() {},
    };
  },
});

async function start() {
  const standIn = await startStandIn(({ path }) => (path === '/gone' ? { status: 404 } : { body: { n: path.length } }));
  open.push(standIn);
  return { standIn, given: (...ids: string[]) => ({ baseUrl: standIn.url, token: 'demo-token', ids }) };
}

describe('collectAll', () => {
  it('does all of the work, and tells what came of it', async () => {
    const { given } = await start();
    const seen = await collectAll(demo, given('both', 'gone', 'bad'));
    expect(seen.labels).toEqual(['a', 'b', 'gone', 'bad']);
    expect(seen.points.map(({ tags, fields, time }) => [tags.id, fields.n, time.toISOString()])).toEqual([
      ['a', 2, '2026-11-21T20:00:00.000Z'],
      ['b', 2, '2026-11-21T20:00:00.000Z'],
      ['bad', 4, '2026-11-21T20:00:00.000Z'],
    ]);
    expect([...seen.errors.keys()]).toEqual(['gone']);
    expect(seen.errors.get('gone')).toMatchObject({ name: 'PermanentError', kind: 'not-found' });
    expect(seen.problems).toEqual([{ item: 'x', kind: 'not-found', message: 'no ***' }]);
    expect(seen.notices).toEqual([{ item: 'y', message: 'moved' }]);
    expect(seen).toMatchObject({ requests: 4, retries: 0, closed: 1, quotas: [{ remaining: 3 }] });
  });

  it('retries on virtual time', async () => {
    const { standIn, given } = await start();
    standIn.misbehave(firstOnly(transportFault('429-bare')));
    const seen = await collectAll(demo, given('a'));
    expect(seen).toMatchObject({ requests: 2, retries: 1 });
    expect(seen.points).toHaveLength(1);
    expect(seen.clock.elapsed()).toBe(60_000);
  });

  it('bounds a try in real time', async () => {
    const { standIn, given } = await start();
    standIn.misbehave(transportFault('hang'));
    const seen = await collectAll(demo, given('a'), { timeoutMs: 20 });
    expect(seen.errors.get('a')).toMatchObject({ kind: 'timeout' });
    expect(seen.requests).toBe(4);
  });

  it('ends at a BlockedError, and closes', async () => {
    const { given } = await start();
    const seen = await collectAll(demo, given('a', 'blocked', 'b'));
    expect([...seen.errors.keys()]).toEqual(['blocked']);
    expect(seen.points).toHaveLength(1);
    expect(seen.closed).toBe(1);
  });

  it('tells what connect threw', async () => {
    const seen = await collectAll(demo, { baseUrl: '', token: 'demo-token', ids: ['a'] });
    expect(seen.errors.get('connect')).toMatchObject({ kind: 'blocked' });
    expect(seen.closed).toBe(0);
  });

  it('ends with the signal', async () => {
    const { given } = await start();
    const controller = new AbortController();
    const seen = await collectAll(demo, given('a', 'b', 'c'), { signal: controller.signal, onPoint: () => controller.abort() });
    expect(seen.points).toHaveLength(1);
    expect(seen.labels).toEqual(['a']);
    expect(seen.closed).toBe(1);
  });
});

describe('createTestContext', () => {
  it('calls the upstream by the real engine', async () => {
    const { standIn, given } = await start();
    standIn.misbehave(transportFault('500-then-well'));
    const { context, counters, clock, lines, settings: parsed } = createTestContext(demo, given());
    const { body } = await context.http.text(`${standIn.url}/demo-token`);
    expect(body).toBe('{"n":11}');
    context.quota({ remaining: 1 });
    expect(counters).toEqual({ requests: 2, retries: 1 });
    expect(clock.sleeps).toEqual([1000]);
    expect(context.at).toEqual(new Date('2026-11-21T20:00:00.000Z'));
    expect(lines.join()).toContain('/***');
    expect(parsed).toHaveProperty('token');
  });
});
