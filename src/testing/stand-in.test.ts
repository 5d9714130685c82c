import { afterEach, describe, expect, it } from 'vitest';
import {
  bodyFault,
  type Fault,
  faultNames,
  firstOnly,
  type StandIn,
  startStandIn,
  type TransportFaultName,
  transportFault,
} from './stand-in.ts';

const open: StandIn[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(handle: Parameters<typeof startStandIn>[0] = () => ({ body: { name: 'Ada', stars: 3 } }), options = {}) {
  const one = await startStandIn(handle, options);
  open.push(one);
  return one;
}

/** What a client sees of a fault: a status and a text, or the code of an error. */
async function seen(url: string, ms = 300): Promise<string> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ms) });
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return cause?.code ?? name;
  }
}

describe('startStandIn', () => {
  it('answers over a socket and remembers what was asked', async () => {
    const one = await start(({ query }) => ({ status: 201, headers: { 'X-One': '1' }, body: { q: query.get('q') } }));
    const response = await fetch(`${one.url}/a/b?q=c%20d`, { method: 'POST', body: 'hello', headers: { authorization: 'Bearer x' } });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-one')).toBe('1');
    expect(await response.json()).toEqual({ q: 'c d' });
    expect(one.requests).toMatchObject([
      { method: 'POST', path: '/a/b', body: 'hello', number: 1, headers: { authorization: 'Bearer x' } },
    ]);
    expect(one.unexpected).toEqual([]);
  });

  it('answers 400 to what the handler throws at, and says so', async () => {
    const one = await start(({ path }) => {
      throw new Error(`no ${path} here`);
    });
    expect(await seen(`${one.url}/x`)).toContain('400');
    expect(one.unexpected).toEqual(['GET /x: no /x here']);
  });

  it('counts how many requests are in work at once', async () => {
    const one = await start(undefined, { latencyMs: 30 });
    await Promise.all([seen(`${one.url}/1`), seen(`${one.url}/2`), seen(`${one.url}/3`)]);
    expect(one.maxConcurrent).toBe(3);
  });

  it('closes while a request hangs', async () => {
    const one = await start();
    one.misbehave(transportFault('hang'));
    const hanging = seen(one.url, 5000);
    while (one.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await one.close();
    expect(await hanging).toBe('UND_ERR_SOCKET');
  });
});

describe('transportFault', () => {
  const expected: readonly (readonly [TransportFaultName, RegExp])[] = [
    ['refuse', /^UND_ERR_SOCKET$/],
    ['hang', /^TimeoutError$/],
    ['drip', /^TimeoutError$/],
    ['reset', /^ECONNRESET$/],
    ['truncate', /^UND_ERR_SOCKET$/],
    ['html-200', /^200 <!doctype html>/],
    ['error-200', /^200 {"error":"something went wrong"}$/],
    ['202', /^202 {}$/],
    ['204', /^204 $/],
    ['redirect-loop', /^301 $/],
    ['401', /^401 {"message":"Bad credentials"}$/],
    ['403-scope', /^403 {/],
    ['403-rate', /^403 .*rate limit/],
    ['403-html', /^403 </],
    ['404', /^404 {/],
    ['413', /^413 {/],
    ['429-seconds', /^429 {/],
    ['429-date', /^429 {/],
    ['429-bare', /^429 {/],
    ['429-absurd', /^429 {/],
    ['500-then-well', /^500 {/],
    ['502-html', /^502 </],
    ['invalid-utf8', /^200 {"name":"\uFFFD\uFFFDAda","stars":3}$/],
    ['redirect-other-origin', /^302 $/],
  ];

  it.each(expected)('%s bites, and is over when it ends', async (name, pattern) => {
    const one = await start();
    one.misbehave(transportFault(name));
    expect(await seen(`${one.url}/x?y=1`)).toMatch(pattern);
    expect(one.bites).toBe(1);
    expect(one.requests).toHaveLength(1);
    one.misbehave(undefined);
    expect(await seen(`${one.url}/x?y=1`)).toBe('200 {"name":"Ada","stars":3}');
    expect(one.bites).toBe(0);
  });

  it('refuse: after the first request nobody listens', async () => {
    const one = await start();
    one.misbehave(transportFault('refuse'));
    await seen(one.url);
    expect(await seen(one.url)).toBe('ECONNREFUSED');
  });

  it('500-then-well: the second request is answered', async () => {
    const one = await start();
    one.misbehave(transportFault('500-then-well'));
    expect(await seen(one.url)).toMatch(/^500/);
    expect(await seen(one.url)).toMatch(/^200/);
    expect(one.bites).toBe(1);
  });

  it('befalls only the requests it is told to', async () => {
    const one = await start();
    one.misbehave(transportFault('404', ({ path }) => path === '/b'));
    expect(await seen(`${one.url}/a`)).toMatch(/^200/);
    expect(await seen(`${one.url}/b`)).toMatch(/^404/);
    one.misbehave(firstOnly(transportFault('404')));
    expect(await seen(`${one.url}/a`)).toMatch(/^404/);
    expect(await seen(`${one.url}/a`)).toMatch(/^200/);
  });

  it('redirect-other-origin: the other origin records what it is asked, and answers', async () => {
    const one = await start();
    one.misbehave(transportFault('redirect-other-origin'));
    const response = await fetch(`${one.url}/x?y=1`);
    expect(await response.json()).toEqual({ name: 'Ada', stars: 3 });
    expect(one.other.requests).toMatchObject([{ path: '/x', method: 'GET' }]);
    expect(new URL(one.other.url).origin).not.toBe(new URL(one.url).origin);
  });

  it('429-date is ahead of the Date header', async () => {
    const one = await start();
    one.misbehave(transportFault('429-date'));
    const { headers } = await fetch(one.url);
    const ahead = Date.parse(headers.get('retry-after') ?? '') - Date.parse(headers.get('date') ?? '');
    expect(ahead).toBeGreaterThanOrEqual(30_000);
    expect(ahead).toBeLessThanOrEqual(32_000);
  });

  it('knows every fault but those that need the upstream', () => {
    const own = new Set<string>(expected.map(([name]) => name));
    expect(faultNames.filter((name) => !own.has(name))).toEqual([
      'page-twice',
      'endless-pages',
      'cursor-repeats',
      'nan',
      'unsafe-integer',
      'negative',
      'number-as-string',
      'missing-field',
      'extra-field',
      'falling-counter',
    ]);
  });
});

describe('bodyFault', () => {
  async function spoilt(fault: Fault) {
    const one = await start();
    one.misbehave(fault);
    return { text: await seen(one.url), bites: one.bites };
  }

  it('sends what the change makes of the body', async () => {
    expect(await spoilt(bodyFault('negative', (json) => ({ ...json, stars: -1 })))).toEqual({
      text: '200 {"name":"Ada","stars":-1}',
      bites: 1,
    });
  });
  it('sends text as it is, which JSON could not hold', async () => {
    expect(await spoilt(bodyFault('nan', () => '{"stars":NaN}'))).toEqual({ text: '200 {"stars":NaN}', bites: 1 });
  });
  it('is no bite when nothing changed', async () => {
    expect((await spoilt(bodyFault('negative', () => undefined))).bites).toBe(0);
    expect((await spoilt(bodyFault('negative', (json) => json))).bites).toBe(0);
  });
});
