import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, PermanentError } from '../sdk/errors.ts';
import { startTestProxy, type TestProxy } from '../testing/proxy.ts';
import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../testing/stand-in.ts';
import { createDoor, type Door, type DoorOptions } from './http.ts';
import { createRedactor } from './redact.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(handle: (request: StandInRequest) => StandInAnswer = () => ({ body: 'hello' })): Promise<StandIn> {
  const one = await startStandIn(handle);
  cleanups.push(() => one.close());
  return one;
}

function open(options: Partial<DoorOptions> = {}): Door {
  const door = createDoor({ env: {}, userAgent: 'kpi/1.0', ...options });
  cleanups.push(() => door.close());
  return door;
}

async function startProxy(): Promise<TestProxy> {
  const proxy = await startTestProxy();
  cleanups.push(() => proxy.close());
  return proxy;
}

async function failure(work: Promise<unknown>): Promise<Error & { kind?: string }> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  );
}

/** The tests without a proxy come first: they must not have loaded it. */
function isUndiciLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((file) => /node_modules.undici/.test(file));
}

describe('createDoor: without a proxy', () => {
  it('fetches, says who asks, and does not load a second fetch for that', async () => {
    const one = await start();
    const response = await open().fetch(`${one.url}/a?b=1`);
    expect(await response.text()).toBe('hello');
    expect(response.url).toBe(`${one.url}/a?b=1`);
    expect(one.requests[0]?.headers['user-agent']).toBe('kpi/1.0');
    expect(isUndiciLoaded()).toBe(false);
  });

  it.each([
    ['authorization', { authorization: 'Bearer two\nlines' }],
    ['cookie, with a letter beyond Latin-1', [['cookie', 'ā']]],
    ['a header named as secret', { 'X-Key': 'two\nlines' }],
    ['a header that holds a known secret', { 'x-other': 'x two\nlines' }],
  ] as const)('says that a credential cannot be sent, and not what it is: %s', async (_, headers) => {
    const one = await start();
    const redactor = createRedactor();
    redactor.add('two\nlines');
    const error = await open({ redactor })
      .fetch(one.url, { headers: headers as NonNullable<RequestInit['headers']> }, new Set(['x-key']))
      .catch((failure) => failure);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.kind).toBe('unauthorized');
    expect(error.message).toBe(
      `${new URL(one.url).host} was not asked: the credential holds a character that a header cannot carry, such as a line break`,
    );
    expect(error.cause).toBeUndefined();
    expect(one.requests).toEqual([]);
  });

  it('names any other header that cannot be sent; a name that is none is a defect', async () => {
    const door = open();
    const headers = { accept: 'x', 'x-team': 'two\nlines' };
    await expect(door.fetch('http://127.0.0.1:1/a', { headers })).rejects.toMatchObject({
      kind: 'config',
      message: '127.0.0.1:1/a was not asked: the header x-team holds a character that a header cannot carry, such as a line break',
    });
    await expect(door.fetch('http://127.0.0.1:1/a', { headers: { 'no name': 'x' } })).rejects.toBeInstanceOf(TypeError);
  });

  it.each([
    ['text', 'a=ä', 'a=ä', 'text/plain;charset=UTF-8'],
    ['bytes', new TextEncoder().encode('xyz'), 'xyz', undefined],
    ['a form', new URLSearchParams({ a: 'b c' }), 'a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a stream', new Blob(['xyz'], { type: 'text/x-own' }).stream(), 'xyz', undefined],
    ['a blob', new Blob(['xyz'], { type: 'text/x-own' }), 'xyz', 'text/x-own'],
  ])('sends %s', async (_name, body, sent, type) => {
    const one = await start();
    await open().fetch(one.url, { method: 'post', body });
    expect(one.requests[0]).toMatchObject({ method: 'POST', body: sent });
    expect(one.requests[0]?.headers['content-type']).toBe(type);
  });

  it('takes a Request', async () => {
    const one = await start();
    const request = new Request(`${one.url}/r`, {
      method: 'PUT',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-a': '1' },
    });
    await open().fetch(request);
    expect(one.requests[0]).toMatchObject({
      method: 'PUT',
      path: '/r',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-a': '1' },
    });
  });

  it('turns userinfo into a header, and keeps it out of the address', async () => {
    const one = await start();
    const response = await open().fetch(one.url.replace('//', '//us%40er:pass%20word@'));
    expect(one.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('us@er:pass word').toString('base64')}`);
    expect(response.url).toBe(`${one.url}/`);
  });

  it.each(['me:100%', '50%off:x', 'me:%zz', '%ff:x'])(
    'refuses the userinfo %s, which cannot be decoded, and does not quote it',
    async (user) => {
      const one = await start();
      const error = await failure(open().fetch(one.url.replace('//', `//${user}@`)));
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ kind: 'config' });
      expect(error.message).toBe(
        `the address of ${new URL(one.url).host} has a % in its user name or password that begins no code such as %40: write %25 for the % itself`,
      );
      expect(one.requests).toEqual([]);
    },
  );

  it('heeds the signal', async () => {
    const one = await start();
    expect((await failure(open().fetch(one.url, { signal: AbortSignal.abort() }))).name).toBe('AbortError');
  });

  it.each([
    ['told by its length', { 'content-length': '11' }],
    ['found on the way', { 'transfer-encoding': 'chunked' }],
  ])('ends in an error past the cap: %s', async (_name, headers) => {
    const server = createServer((_incoming, response) => {
      response.writeHead(200, headers);
      response.write('12345');
      response.end('678901');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/big`;
    const read = async (bodyBytes: number) => (await open({ bodyBytes }).fetch(url)).text();
    expect(await read(11)).toBe('12345678901');
    const error = await failure(read(10));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ kind: 'too-large', message: `${new URL(url).host}/big answered with more than 10 bytes` });
  });
});

describe('createDoor: redirects', () => {
  /** Leads from /0 to /1 and so on up to /last, on the way as `status` says. */
  async function startChain(last: number, status = 302) {
    return start(({ path }) => {
      const step = Number(path.slice(1));
      return step < last ? { status, headers: { location: `/${step + 1}` } } : { body: `at ${step}` };
    });
  }

  it.each([301, 302, 303, 307, 308])('follows %d within the origin, headers and all', async (status) => {
    const one = await startChain(1, status);
    const response = await open().fetch(`${one.url}/0`, { headers: { authorization: 'Bearer secret' } });
    expect(await response.text()).toBe('at 1');
    expect(response.url).toBe(`${one.url}/1`);
    expect(one.requests[1]?.headers.authorization).toBe('Bearer secret');
  });

  it('follows five, not six', async () => {
    const one = await startChain(99);
    expect((await failure(open().fetch(`${one.url}/0`))).message).toMatch(/^127.0.0.1:\d+\/5 redirects more than 5 times$/);
    expect(one.requests).toHaveLength(6);
    expect(await (await open().fetch(`${one.url}/94`)).text()).toBe('at 99');
  });

  it('never sends a body twice', async () => {
    const one = await startChain(1, 307);
    const error = await failure(open().fetch(`${one.url}/0`, { method: 'POST', body: 'x' }));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer' });
    expect(error.message).toMatch(/redirects a POST to .*\/1, which is not followed: check the address in the config/);
    expect(one.requests).toHaveLength(1);
  });

  it('303 after a POST is fetched by GET, as HTTP says', async () => {
    const one = await startChain(1, 303);
    expect(await (await open().fetch(`${one.url}/0`, { method: 'POST', body: 'x' })).text()).toBe('at 1');
    expect(one.requests[1]).toMatchObject({ method: 'GET', body: '' });
  });

  it('leaves them to the caller, or refuses them, where told so', async () => {
    const one = await startChain(1);
    expect((await open().fetch(`${one.url}/0`, { redirect: 'manual' })).status).toBe(302);
    expect((await failure(open().fetch(`${one.url}/0`, { redirect: 'error' }))).message).toMatch(/redirects to/);
  });

  async function startAway() {
    const one: StandIn = await start(({ path }) =>
      path === '/away' ? { status: 302, headers: { location: `${one.other.url}/there?key=in-location` } } : { body: 'there' },
    );
    return one;
  }

  it('follows to another origin when nothing secret is sent', async () => {
    const one = await startAway();
    const response = await open().fetch(`${one.url}/away`, { headers: { accept: 'text/plain' } });
    expect(await response.text()).toBe('there');
    expect(one.other.requests).toHaveLength(1);
  });

  const redactor = createRedactor();
  redactor.add('top-secret-key');
  it.each([
    ['authorization', { authorization: 'Bearer x' }, undefined],
    ['a cookie', { cookie: 'a=b' }, undefined],
    ['a header named a secret', { 'X-Api-Key': 'short' }, new Set(['x-api-key'])],
    ['a header that holds a known secret', { 'x-own': 'key top-secret-key' }, undefined],
  ])('sends no secret to another origin: %s', async (_name, headers, secretHeaders) => {
    const one = await startAway();
    const error = await failure(open({ redactor }).fetch(`${one.url}/away`, { headers: headers as Record<string, string> }, secretHeaders));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer' });
    expect(error.message).toContain(`redirects to another origin, ${one.other.url}, to which its credentials must not go`);
    expect(error.message).not.toContain('in-location');
    expect(one.other.requests).toEqual([]);
  });

  it('nor userinfo, nor an address that holds a known secret', async () => {
    const one = await startAway();
    expect((await failure(open().fetch(`${one.url.replace('//', '//u:p@')}/away`))).message).toContain('credentials');
    const knowing = createRedactor();
    knowing.add('in-location');
    expect((await failure(open({ redactor: knowing }).fetch(`${one.url}/away`))).message).toContain('credentials');
    expect(one.other.requests).toEqual([]);
  });

  it.each([
    ['ftp://x.example/y', 'to what is no web address'],
    ['http://[', 'to what is no web address'],
    ['http://u:p@127.0.0.1/', 'to an address with a user name in it'],
  ])('goes not to %s', async (location, message) => {
    const one = await start(() => ({ status: 302, headers: { location } }));
    expect((await failure(open().fetch(one.url))).message).toContain(message);
  });
});

describe('createDoor: through a proxy', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('asks it for plain HTTP by the whole address: %s', async (name) => {
    const [one, proxy] = [await start(({ body }) => ({ status: 201, body: `hello ${body}` })), await startProxy()];
    const door = open({ env: { [name]: proxy.url } });
    const response = await door.fetch(`${one.url}/a?b=1`, { method: 'POST', body: 'you', headers: { 'x-a': '1' } });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, await response.text(), response.url]).toEqual([201, 'hello you', `${one.url}/a?b=1`]);
    expect(proxy.seen).toEqual([`POST ${one.url}/a?b=1`]);
    expect(isUndiciLoaded()).toBe(true);
    expect(one.requests[0]?.headers).toMatchObject({ 'x-a': '1', 'user-agent': 'kpi/1.0' });
    expect(door.proxyOf(new URL(one.url))?.host).toBe(new URL(proxy.url).host);
  });

  it('asks it for a tunnel to HTTPS', async () => {
    const proxy = await startProxy();
    const one = await start();
    const port = new URL(one.url).port;
    // The other end speaks no TLS: that the tunnel was asked for, and used, is what counts.
    const error = await failure(open({ env: { HTTPS_PROXY: proxy.url } }).fetch(`https://127.0.0.1:${port}/`));
    expect(proxy.seen).toEqual([`CONNECT 127.0.0.1:${port}`]);
    expect(String((error.cause as { code?: string }).code)).toMatch(/SSL|EPROTO|UND_ERR_SOCKET|ECONNRESET/);
  });

  it('uses each variable for its own scheme, and an address without a scheme', async () => {
    const [one, proxy] = [await start(), await startProxy()];
    await open({ env: { HTTPS_PROXY: proxy.url } }).fetch(one.url);
    expect(proxy.seen).toEqual([]);
    await open({ env: { HTTP_PROXY: proxy.url.replace('http://', '') } }).fetch(one.url);
    expect(proxy.seen).toHaveLength(1);
  });

  it('gives it its credentials, which are secrets', async () => {
    const [one, proxy, redactor] = [await start(), await startProxy(), createRedactor()];
    await open({ env: { HTTP_PROXY: proxy.url.replace('//', '//user:pass%20word@') }, redactor }).fetch(one.url);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:pass word').toString('base64')}`]);
    expect(redactor.holds('pass word')).toBe(true);
    expect(one.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each(['*', '127.0.0.1', 'x.example, 127.0.0.1', 'PORT', '.0.0.1', '*.0.0.1', '0.0.1'])(
    'goes directly where NO_PROXY is %s',
    async (none) => {
      const [one, proxy] = [await start(), await startProxy()];
      const env = { HTTP_PROXY: proxy.url, NO_PROXY: none.replace('PORT', new URL(one.url).host) };
      await open({ env }).fetch(one.url);
      expect(proxy.seen).toEqual([]);
    },
  );

  it.each(['', 'example.com', '7.0.0.1', '127.0.0.1:1', '27.0.0.1'])('uses it where NO_PROXY is %j', async (none) => {
    const [one, proxy] = [await start(), await startProxy()];
    await open({ env: { HTTP_PROXY: proxy.url, no_proxy: none } }).fetch(one.url);
    expect(proxy.seen).toHaveLength(1);
  });

  it('finds IPv6 and domains in NO_PROXY', () => {
    const door = open({ env: { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://p:1', NO_PROXY: '::1,[fe80::1]:8080,Example.com:443' } });
    const direct = (url: string) => door.proxyOf(new URL(url)) === undefined;
    expect(['http://[::1]/', 'http://[fe80::1]:8080/', 'https://example.com/', 'https://a.example.com/'].map(direct)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['http://[fe80::1]/', 'http://example.com/', 'https://badexample.com/'].map(direct)).toEqual([false, false, false]);
  });

  it('follows redirects through it, and sends no secret to another origin', async () => {
    const proxy = await startProxy();
    const one: StandIn = await start(({ path }) =>
      path === '/0' ? { status: 302, headers: { location: `${one.other.url}/1` } } : { body: 'x' },
    );
    // The proxy of this test follows redirects itself; NO_PROXY keeps it out of the first hop.
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: new URL(one.url).host };
    expect(await (await open({ env }).fetch(`${one.url}/0`)).text()).toBe('x');
    expect(proxy.seen).toEqual([`GET ${one.other.url}/1`]);
    await failure(open({ env }).fetch(`${one.url}/0`, { headers: { authorization: 'x' } }));
    expect(one.other.requests).toHaveLength(1);
  });

  it('bounds the body', async () => {
    const [one, proxy] = [await start(), await startProxy()];
    const door = open({ env: { HTTP_PROXY: proxy.url }, bodyBytes: 4 });
    expect(await failure(door.fetch(one.url).then((given) => given.text()))).toMatchObject({ kind: 'too-large' });
  });

  it.each(['socks5://127.0.0.1:1080', 'http://', 'ht tp://x'])('refuses %s as a proxy', (address) => {
    expect(() => createDoor({ env: { https_proxy: address }, userAgent: 'x' })).toThrow(ConfigError);
    expect(() => createDoor({ env: { https_proxy: address }, userAgent: 'x' })).toThrow(/https_proxy must be the address of an HTTP proxy/);
  });

  it.each(['http://me:100%@p:1', 'http://50%off:x@p:1', 'http://me:%ff@p:1'])('refuses %s: its userinfo cannot be decoded', (address) => {
    const message =
      "the environment's HTTP_PROXY has a % in its user name or password that begins no code such as %40: write %25 for the % itself";
    expect(() => createDoor({ env: { HTTP_PROXY: address }, userAgent: 'x' })).toThrow(
      new ConfigError(message, [{ path: 'HTTP_PROXY', message }]),
    );
  });
});
