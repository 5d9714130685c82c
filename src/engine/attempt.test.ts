import { validateHeaderValue } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TransientError } from '../sdk/errors.ts';
import type { Limit } from '../sdk/provider.ts';
import { Secret } from '../sdk/secret.ts';
import { createTestClock } from '../testing/clock.ts';
import {
  firstOnly,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
  type TransportFaultName,
  transportFault,
} from '../testing/stand-in.ts';
import { type Calls, type CallsOptions, createCalls } from './attempt.ts';
import { createDoor } from './http.ts';
import { createLimiter } from './limiter.ts';
import { createLog } from './log.ts';
import { createRedactor } from './redact.ts';

const open: StandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const good = { name: 'Ada', stars: 3 };
const shape = z.object({ name: z.string(), stars: z.number() });
const limit: Limit = { name: 'api', key: ['x'], concurrency: 4, source: 'test' };

async function calling(
  handle: (request: StandInRequest) => StandInAnswer = () => ({ body: good }),
  options: Partial<CallsOptions> & { bodyBytes?: number } = {},
) {
  const standIn = await startStandIn(handle);
  open.push(standIn);
  const clock = createTestClock();
  const redactor = createRedactor();
  redactor.add('top-secret');
  const counters = { requests: 0, retries: 0 };
  const controller = new AbortController();
  const { signal } = controller;
  const door = createDoor({ env: {}, userAgent: 'kpi/1.0', redactor, ...(options.bodyBytes && { bodyBytes: options.bodyBytes }) });
  const gate = createLimiter({ clock, concurrency: 4 }).gate(limit);
  const log = createLog({ write: () => {}, level: 'silent', format: 'text', redactor, clock });
  const inside = <T>(test: (calls: Calls) => Promise<T>): Promise<T> =>
    gate.hold(new AbortController().signal, (slot) =>
      test(
        createCalls({
          slot,
          door,
          judge: undefined,
          signal,
          clock,
          log,
          redactor,
          counters,
          deadline: 600_000,
          random: () => 0,
          ...options,
        }),
      ),
    );
  return { standIn, clock, counters, controller, gate, inside, place: new URL(standIn.url).host };
}

async function failure(work: Promise<unknown>): Promise<Error & { kind?: string }> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  );
}

/** A client that hides what it was answered, as some do. */
async function client(fetch: typeof globalThis.fetch, url: string): Promise<unknown> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`client: ${response.status}`);
    return await response.json();
  } catch (error) {
    throw Object.assign(new Error('client: it did not work'), { status: 500, cause: undefined, hidden: error });
  }
}

const expected: readonly (readonly [TransportFaultName, string, string, number, number, RegExp])[] = [
  ['refuse', 'TransientError', 'network', 4, 21_000, /(refused|broke) the connection$/],
  ['hang', 'TransientError', 'timeout', 4, 21_000, /did not answer within 100ms$/],
  ['drip', 'TransientError', 'timeout', 4, 21_000, /did not answer within 100ms$/],
  ['reset', 'TransientError', 'network', 4, 21_000, /broke the connection$/],
  ['truncate', 'TransientError', 'network', 4, 21_000, /broke the connection$/],
  ['html-200', 'TransientError', 'invalid-answer', 4, 21_000, /answered with a web page \(Sign in\)$/],
  ['error-200', 'PermanentError', 'invalid-answer', 1, 0, /expected string, received undefined \(and 1 more\) \(something went wrong\)$/],
  ['202', 'TransientError', 'not-yet', 4, 21_000, /answered 202$/],
  ['204', 'PermanentError', 'invalid-answer', 1, 0, /answered 204$/],
  ['redirect-loop', 'PermanentError', 'invalid-answer', 1, 0, /redirects more than 5 times$/],
  ['401', 'BlockedError', 'unauthorized', 1, 0, /answered 401 \(Bad credentials\)$/],
  ['403-scope', 'PermanentError', 'forbidden', 1, 0, /answered 403 \(Resource not accessible by this token\)$/],
  ['403-html', 'BlockedError', 'blocked', 1, 0, /answered 403/],
  ['404', 'PermanentError', 'not-found', 1, 0, /answered 404 \(Not Found\)$/],
  ['413', 'SplitError', 'too-large', 1, 0, /answered 413/],
  ['429-seconds', 'TransientError', 'rate-limited', 4, 21_000, /answered 429/],
  ['429-bare', 'TransientError', 'rate-limited', 4, 420_000, /answered 429/],
  ['429-absurd', 'TransientError', 'rate-limited', 1, 0, /answered 429 .* until 2036-/],
  ['502-html', 'TransientError', 'server', 4, 21_000, /answered 502 \(Bad gateway\)$/],
  ['invalid-utf8', 'TransientError', 'invalid-answer', 4, 21_000, /text that is not UTF-8$/],
];

describe('createCalls: a credential that no header can carry', () => {
  const told = 'the credential holds a character that a header cannot carry, such as a line break';
  const value = 'two-long\nlines-here';

  it("is the user's to mend, through http and through a client that hides it", async () => {
    const { standIn, inside, place } = await calling();
    const headers = { 'x-key': new Secret(value) };
    const errors = [
      await failure(inside(({ http }) => http.json(shape, standIn.url, { headers, what: 'the list' }))),
      await failure(
        inside(({ attempt }) =>
          attempt(({ fetch }) => client((input) => fetch(input, { headers: { authorization: `Bearer ${value}` } }), standIn.url)),
        ),
      ),
    ];
    expect(errors.map(({ name, kind, message }) => ({ name, kind, message }))).toEqual([
      { name: 'PermanentError', kind: 'unauthorized', message: `the list: ${place} was not asked: ${told}` },
      { name: 'PermanentError', kind: 'unauthorized', message: `${place} was not asked: ${told}` },
    ]);
    expect(standIn.requests).toEqual([]);
  });

  it.each([
    ['Headers', () => new Headers({ authorization: value })],
    ['Headers, of another letter', () => new Headers({ authorization: 'ā' })],
    ['node:http', () => validateHeaderValue('authorization', value)],
  ])('also where a client makes the headers by %s', async (_, make) => {
    const { inside } = await calling();
    const error = await failure(inside(({ attempt }) => attempt(async () => make())));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'unauthorized', message: `the upstream was not asked: ${told}` });
  });
});

describe('createCalls: what a fault becomes', () => {
  it.each(expected)('http.json: %s is a %s of kind %s', async (fault, name, kind, tries, waited, message) => {
    const { standIn, clock, counters, inside, place } = await calling(undefined, { policy: { timeoutMs: 100 } });
    standIn.misbehave(transportFault(fault));
    const error = await failure(inside(({ http }) => http.json(shape, `${standIn.url}/x?key=hidden`, { what: 'page 2' })));
    expect(error).toMatchObject({ name, kind });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`${place}/x`);
    expect(error.message).not.toContain('hidden');
    expect(counters).toEqual({ requests: tries, retries: tries - 1 });
    expect(clock.elapsed()).toBe(waited);
    expect(standIn.bites).toBeGreaterThan(0);
  });

  // What a client makes of a body is its own; all else it cannot hide.
  it.each(expected.filter(([fault]) => !['error-200', '202', '204', 'html-200'].includes(fault)))(
    'attempt with a client that hides it: %s is a %s of kind %s',
    async (fault, name, kind, tries) => {
      const { standIn, counters, inside } = await calling(undefined, { policy: { timeoutMs: 100 } });
      standIn.misbehave(transportFault(fault));
      const error = await failure(inside(({ attempt }) => attempt(({ fetch }) => client(fetch, standIn.url))));
      expect(error).toMatchObject({ name, kind });
      expect(counters).toEqual({ requests: tries, retries: tries - 1 });
      expect(standIn.bites).toBeGreaterThan(0);
    },
  );

  it('html-200 is found behind a client as well', async () => {
    const { standIn, inside } = await calling();
    standIn.misbehave(transportFault('html-200'));
    const error = await failure(inside(({ attempt }) => attempt(({ fetch }) => client(fetch, standIn.url))));
    expect(error).toMatchObject({ name: 'TransientError', kind: 'invalid-answer' });
  });

  it.each([
    ['403-rate', 60_000, 62_000],
    ['429-date', 30_000, 32_000],
  ] as const)('%s waits as it says, and goes on', async (fault, least, most) => {
    const { standIn, clock, counters, inside } = await calling();
    standIn.misbehave(firstOnly(transportFault(fault)));
    expect(await inside(({ http }) => http.json(shape, standIn.url))).toEqual(good);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(least);
    expect(clock.elapsed()).toBeLessThanOrEqual(most);
    expect(counters.retries).toBe(1);
  });

  it('500-then-well goes on', async () => {
    const { standIn, clock, counters, inside } = await calling();
    standIn.misbehave(transportFault('500-then-well'));
    expect(await inside(({ attempt }) => attempt(({ fetch }) => client(fetch, standIn.url)))).toEqual(good);
    expect(clock.sleeps).toEqual([1000]);
    expect(counters).toEqual({ requests: 2, retries: 1 });
  });
});

describe('createCalls: http.json', () => {
  it('asks for JSON and checks what comes', async () => {
    const { standIn, inside } = await calling();
    const secret = new Secret('top-secret');
    const answer = await inside(({ http }) =>
      http.json(
        shape.transform(({ stars }) => stars),
        `${standIn.url}/a?b=1`,
        { method: 'POST', body: '{}', headers: { 'X-Key': secret } },
      ),
    );
    expect(answer).toBe(3);
    expect(standIn.requests[0]).toMatchObject({
      method: 'POST',
      body: '{}',
      headers: { 'x-key': 'top-secret', accept: 'application/json' },
    });
  });

  it('takes a byte order mark, and other statuses where told so', async () => {
    const { standIn, inside } = await calling(() => ({ status: 404, body: '\ufeff{"name":"x","stars":1}' }));
    expect(await inside(({ http }) => http.json(shape, standIn.url, { accept: [404] }))).toEqual({ name: 'x', stars: 1 });
  });

  it('judges the body of such a status as a body', async () => {
    const { standIn, inside } = await calling(() => ({ status: 404, body: {} }));
    expect((await failure(inside(({ http }) => http.json(shape, standIn.url, { accept: [404] })))).kind).toBe('invalid-answer');
  });

  it.each(['{"name":"x","stars":NaN}', '{"name":"x"', ''])('tries again on broken JSON: %j', async (body) => {
    const { standIn, counters, inside } = await calling(() => ({ body, headers: { 'content-type': 'application/json' } }));
    const error = await failure(inside(({ http }) => http.json(shape, standIn.url)));
    expect(error).toMatchObject({ name: 'TransientError', kind: 'invalid-answer' });
    expect(error.message).toContain('broken JSON');
    expect(counters.retries).toBe(3);
  });

  it('leaves an unsafe integer unsafe, for the check of points to refuse', async () => {
    const { standIn, inside } = await calling(() => ({ body: '{"name":"x","stars":9007199254740993}' }));
    const { stars } = await inside(({ http }) => http.json(shape, standIn.url));
    expect(Number.isInteger(stars) && !Number.isSafeInteger(stars)).toBe(true);
  });

  it('sends a secret header to no other origin', async () => {
    const { standIn, inside } = await calling();
    standIn.misbehave(transportFault('redirect-other-origin'));
    const error = await failure(inside(({ http }) => http.json(shape, standIn.url, { headers: { 'x-key': new Secret('short') } })));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer' });
    expect(error.message).toContain('credentials must not go');
    expect(standIn.bites).toBe(1);
    expect(standIn.other.requests).toEqual([]);
  });

  it('refuses a body past the cap, behind a client as well', async () => {
    const { standIn, counters, inside } = await calling(undefined, { bodyBytes: 10 });
    for (const work of [
      inside(({ http }) => http.json(shape, standIn.url)),
      inside(({ attempt }) => attempt(({ fetch }) => client(fetch, standIn.url))),
    ]) {
      expect(await failure(work)).toMatchObject({ name: 'PermanentError', kind: 'too-large' });
    }
    expect(counters.retries).toBe(0);
  });

  it('refuses JSON of more values than memory bears, before it is parsed, behind a client as well', async () => {
    const body = `[${'0,'.repeat(4_000_000)}0]`;
    const { standIn, inside } = await calling(() => ({ headers: { 'content-type': 'application/json' }, body }));
    for (const work of [
      inside(({ http }) => http.json(z.array(z.number()), standIn.url)),
      inside(({ attempt }) => attempt(async ({ fetch }) => (await fetch(standIn.url)).json())),
    ]) {
      const message = expect.stringContaining('JSON of more than 4000000 values');
      expect(await failure(work)).toMatchObject({ name: 'PermanentError', kind: 'too-large', message });
    }
  });

  it('keeps a secret that the upstream echoes out of the message', async () => {
    const { standIn, inside } = await calling(() => ({ status: 400, body: { message: 'bad key top-secret' } }));
    expect((await failure(inside(({ http }) => http.json(shape, `${standIn.url}/top-secret/x`)))).message).toMatch(
      /\/\*\*\*\/x answered 400 \(bad key \*\*\*\)/,
    );
  });
});

describe('createCalls: http.text', () => {
  it('brings status, headers, address and text', async () => {
    const { standIn, inside } = await calling(() => ({ headers: { 'x-a': '1' }, body: 'hällo' }));
    const answer = await inside(({ http }) => http.text(`${standIn.url}/a`));
    expect(answer).toMatchObject({ status: 200, url: `${standIn.url}/a`, body: 'hällo' });
    expect(answer.headers.get('x-a')).toBe('1');
  });

  it('reads the charset that the answer names', async () => {
    const { standIn, inside } = await calling(() => ({
      headers: { 'content-type': 'text/plain; charset=iso-8859-1' },
      body: Buffer.from([0xe4]),
    }));
    expect((await inside(({ http }) => http.text(standIn.url))).body).toBe('ä');
  });

  it.each([202, 204])('takes %d for an answer', async (status) => {
    const { standIn, inside } = await calling(() => ({ status }));
    expect(await inside(({ http }) => http.text(standIn.url))).toMatchObject({ status, body: '' });
  });
});

describe('createCalls: http.stream', () => {
  async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  it('retries until there is an answer, and brings its body in chunks', async () => {
    const { standIn, counters, inside } = await calling(() => ({ body: 'x'.repeat(200_000) }));
    standIn.misbehave(transportFault('500-then-well'));
    const text = await inside(async ({ http }) => textOf((await http.stream(standIn.url)).body));
    expect(text).toHaveLength(200_000);
    expect(counters).toEqual({ requests: 2, retries: 1 });
  });

  it.each([
    ['truncate', 'network'],
    ['drip', 'timeout'],
  ] as const)('a break inside the body is a TransientError of the caller: %s', async (fault, kind) => {
    const { standIn, counters, controller, inside } = await calling(() => ({ body: 'x'.repeat(200_000) }), { policy: { timeoutMs: 200 } });
    standIn.misbehave(
      fault === 'drip' ? { name: 'drip', act: ({ response }) => response.writeHead(200).write('x') } : transportFault(fault),
    );
    const error = await failure(inside(async ({ http }) => textOf((await http.stream(standIn.url)).body)));
    expect(error).toBeInstanceOf(TransientError);
    expect(error.kind).toBe(kind);
    expect(counters.retries).toBe(0);
    expect(controller.signal.aborted).toBe(false);
  });

  it('ends inside the body when the run does', async () => {
    const { standIn, controller, inside } = await calling();
    standIn.misbehave(transportFault('drip'));
    const error = await failure(
      inside(async ({ http }) => {
        for await (const _ of (await http.stream(standIn.url)).body) controller.abort();
      }),
    );
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'cancelled' });
  });

  it('judges a refusal, body and all', async () => {
    const { standIn, inside } = await calling(() => ({ status: 403, body: { message: 'no scope' } }));
    expect((await failure(inside(({ http }) => http.stream(standIn.url)))).message).toMatch(/answered 403 \(no scope\)$/);
  });

  it('is bounded', async () => {
    const { standIn, inside } = await calling(() => ({ body: 'x'.repeat(200) }), { bodyBytes: 100 });
    expect((await failure(inside(async ({ http }) => textOf((await http.stream(standIn.url)).body)))).kind).toBe('too-large');
  });
});

describe('createCalls: fetch and attempt', () => {
  it('fetch: answers, retries, and gives a refusal for good as the response it is', async () => {
    const { standIn, counters, inside } = await calling(({ path }) =>
      path === '/gone' ? { status: 404, body: { message: 'gone' } } : { body: good },
    );
    standIn.misbehave(transportFault('500-then-well'));
    expect(await inside(async ({ fetch }) => (await fetch(`${standIn.url}/x`)).json())).toEqual(good);
    expect(counters).toEqual({ requests: 2, retries: 1 });
    const refused = await inside(({ fetch }) => fetch(`${standIn.url}/gone`));
    expect([refused.status, refused.url, await refused.json()]).toEqual([404, `${standIn.url}/gone`, { message: 'gone' }]);
  });

  it('fetch: rejects when the tries are spent', async () => {
    const { standIn, inside } = await calling(() => ({ status: 503 }));
    expect(await failure(inside(({ fetch }) => fetch(standIn.url)))).toMatchObject({ name: 'TransientError', kind: 'server' });
  });

  it('attempt: counts each fetch, or the try that has none', async () => {
    const { standIn, counters, inside } = await calling();
    await inside(({ attempt }) => attempt(async ({ fetch }) => [await fetch(standIn.url), await fetch(new Request(standIn.url))]));
    expect(counters.requests).toBe(2);
    await inside(({ attempt }) => attempt(async () => 'by another way'));
    expect(counters.requests).toBe(3);
  });

  it('attempt: judge sees the last answer of the try', async () => {
    const seen: unknown[] = [];
    const { standIn, inside } = await calling(() => ({ headers: { 'x-a': '1' }, body: { errors: [{ type: 'RATE_LIMITED' }] } }), {
      judge({ response }) {
        seen.push(response?.status, response?.headers.get('x-a'), response?.body);
        return new TransientError('limited', { kind: 'rate-limited', retryAfterMs: 3_600_000 });
      },
    });
    const work = inside(({ attempt }) =>
      attempt(async ({ fetch }) => {
        await (await fetch(standIn.url)).json();
        throw new Error('client: errors in the answer');
      }),
    );
    expect(await failure(work)).toMatchObject({ name: 'TransientError', kind: 'rate-limited' });
    expect(seen).toEqual([200, '1', '{"errors":[{"type":"RATE_LIMITED"}]}']);
  });

  it('attempt: ends with the run, and closes the connection', async () => {
    const { standIn, controller, inside } = await calling();
    standIn.misbehave(transportFault('hang'));
    const work = inside(({ attempt }) => attempt(({ fetch }) => fetch(standIn.url)));
    while (standIn.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await failure(work)).toMatchObject({ name: 'PermanentError', kind: 'cancelled' });
  });

  it('quota: goes to the limit', async () => {
    const { gate, inside } = await calling();
    await inside(async ({ quota }) => quota({ remaining: 5, limit: 10 }));
    expect(gate.quota).toEqual({ remaining: 5, limit: 10 });
  });
});

describe('createCalls: the proxy', () => {
  it('is told to clients with connections of their own, without its password', async () => {
    const env = { HTTPS_PROXY: 'http://me:pass@proxy.example:3128', NO_PROXY: 'direct.example' };
    const door = createDoor({ env, userAgent: 'kpi/1.0' });
    const { inside } = await calling(undefined, { door });
    const told = ['https://api.example', 'https://direct.example/x', 'http://api.example'];
    expect(await inside(async ({ proxyOf }) => told.map(proxyOf))).toEqual(['proxy.example:3128', undefined, undefined]);
  });
});
