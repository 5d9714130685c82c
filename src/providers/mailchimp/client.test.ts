import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTestClock } from '../../testing/clock.ts';
import { createTestContext } from '../../testing/context.ts';
import { type Fault, type StandIn, startStandIn, transportFault } from '../../testing/stand-in.ts';
import { createClient } from './client.ts';
import { mailchimp } from './index.ts';
import { Settings } from './settings.ts';

const opened: StandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

const key = '0123456789abcdef0123456789abcdef-us19';
const query = { fields: ['lists.id', 'total_items'], count: 1000, offset: 0 };

async function start(apiKey = key, options: { readonly timeoutMs?: number } = {}) {
  const standIn = await startStandIn(() => ({ body: { good: true } }));
  opened.push(standIn);
  const given = { apiKey, baseUrl: standIn.url };
  const bench = createTestContext(mailchimp, given, { timeoutMs: 5000, policy: { tries: 2 }, clock: createTestClock() });
  const client = await createClient(Settings.parse(given), options);
  const ask = (schema: z.ZodType = z.object({ good: z.boolean() })) =>
    client.ask(bench.context, 'something', schema, (api) => api.lists.getListRecentActivity('myserverlist', query));
  return { ...bench, standIn, client, ask };
}

/** What a call rejects with, in full. */
async function failureOf(call: Promise<unknown>): Promise<Error & { readonly kind?: string }> {
  return call.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  );
}

describe('the client', () => {
  it('asks what the method says, as the key', async () => {
    const { standIn, ask, counters } = await start();
    expect(await ask()).toEqual({ good: true });
    const [request] = standIn.requests;
    // The client itself puts the data centre in place of the first "server" in an address.
    expect(request).toMatchObject({ method: 'GET', path: '/3.0/lists/myserverlist/activity', body: '' });
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ fields: 'lists.id,total_items', count: '1000', offset: '0' });
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from(`user:${key}`).toString('base64')}`);
    expect(counters).toEqual({ requests: 1, retries: 0 });
  });

  it('is one of its own for each key', async () => {
    const [one, other] = [await start(), await start('ffffffffffffffffffffffffffffffff-us2')];
    await one.ask();
    await other.ask();
    await one.ask();
    const keys = [one, other].map(({ standIn }) => new Set(standIn.requests.map(({ headers }) => headers.authorization)).size);
    expect(keys).toEqual([1, 1]);
    expect(one.standIn.requests).toHaveLength(2);
  });

  it('asks at the data centre that the key names, or not at all', async () => {
    const { context } = await start();
    const at = async (apiKey: string) => {
      const client = await createClient(Settings.parse({ apiKey }));
      let asked: URL | undefined;
      const inside = { ...context, attempt: async () => Promise.reject(new Error('not sent')) as never };
      await client.ask(
        { ...inside, attempt: (call) => call({ number: 1, signal: context.signal, fetch: note }) },
        'x',
        z.unknown(),
        (api) => api.ping.get(),
      );
      return asked?.href;

      async function note(url: unknown) {
        asked = url as URL;
        return new Response('{}');
      }
    };
    expect(await at(key)).toBe('https://us19.api.mailchimp.com/3.0/ping');
    expect(await at('0123456789abcdef-somewhere-eu1')).toBe('https://eu1.api.mailchimp.com/3.0/ping');
    for (const wrong of ['0123456789abcdef0123456789abcdef', '0123456789-', '0123456789-us19.evil.example', '0123456789-us19/']) {
      await expect(at(wrong)).rejects.toMatchObject({ name: 'PermanentError', kind: 'config' });
      await expect(at(wrong)).rejects.not.toThrow(wrong);
    }
  });

  it.each<[string, Fault, string]>([
    ['a web page, which the client itself takes for an answer', transportFault('html-200'), 'invalid-answer'],
    ['a problem', { name: '404', act: ({ send }) => send({ status: 404, body: { title: 'Resource Not Found' } }) }, 'not-found'],
    ['a broken connection', transportFault('reset'), 'network'],
    ['an answer without content', transportFault('204'), 'invalid-answer'],
    ['an answer of another status', { name: '202', act: ({ send }) => send({ status: 206, body: { good: true } }) }, 'invalid-answer'],
    ['a way to another origin', transportFault('redirect-other-origin'), 'invalid-answer'],
    ['what does not fit', { name: 'error-200', act: ({ send }) => send({ body: { error: 'no' } }) }, 'invalid-answer'],
  ])('fails on %s, without the key in what it throws', async (_, fault, kind) => {
    const { standIn, ask, redactor, lines } = await start();
    standIn.misbehave(fault);
    const error = await failureOf(ask());
    expect(error.kind).toBe(kind);
    const told = [
      error.message,
      String(error.stack),
      JSON.stringify(error),
      JSON.stringify(error.cause) ?? '',
      String(error.cause),
      ...lines,
    ];
    expect(told.filter((text) => redactor.holds(text) || text.includes('Basic'))).toEqual([]);
    expect(standIn.other.requests).toEqual([]);
  });

  it('ends a silence, and closes the connection', async () => {
    const { standIn, ask } = await start(key, { timeoutMs: 100 });
    const closed = Promise.withResolvers<void>();
    standIn.misbehave({ name: 'hang', act: ({ response }) => response.once('close', () => closed.resolve()) });
    const error = await failureOf(ask());
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('did not answer within 100ms') });
    await closed.promise;
    expect(standIn.requests).toHaveLength(2);
  });

  it('waits 120 seconds for Mailchimp', async () => {
    const seen: unknown[] = [];
    const { context } = await start();
    const settings = Settings.parse({ apiKey: key });
    const session = await mailchimp.connect(settings, context);
    const watching = {
      ...context,
      attempt: (_: unknown, options: { readonly timeoutMs?: number }) => {
        seen.push(options.timeoutMs);
        return Promise.resolve({ items: [], total: 0 }) as never;
      },
    };
    for await (const _ of session.collect({ kind: 'automations' }, watching)) expect.unreachable('there is none');
    expect(seen).toEqual([120_000]);
  });
});
