import { Resolver, lookup as systemLookup } from 'node:dns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type StandIn, transportFault } from '../../testing/stand-in.ts';
import {
  type Certificate,
  createAuthority,
  hugeBytes,
  refusingUrl,
  selfSigned,
  startBabbler,
  startDns,
  startResetter,
  startSilence,
  startSite,
  startWebsite,
} from '../../testing/stand-ins/website/index.ts';
import { check, createTools } from './check.ts';
import { createLookup } from './lookup.ts';
import { bodyCap, type Order, type Outcome, phases } from './order.ts';

const tools = createTools(systemLookup);
const never = new AbortController().signal;
/** Whole seconds, as certificates have them. */
const start = Math.floor(Date.now() / 1000) * 1000;
const open: { close(): unknown }[] = [];
let web: StandIn;

beforeAll(async () => {
  web = await startWebsite();
});
afterEach(async () => {
  web.misbehave(undefined);
  for (const one of open.splice(0)) await one.close();
});
afterAll(() => web.close());

function order(url: string, more: Partial<Order> = {}): Order {
  return {
    url,
    method: 'GET',
    headers: {},
    ownHeaders: {},
    status: ['2xx'],
    redirects: 5,
    timeoutMs: 5000,
    wantsBody: false,
    ...more,
  };
}

function see(url: string, more: Partial<Order> = {}): Promise<Outcome> {
  return check(order(url, more), tools, never);
}

async function started<T extends { close(): unknown }>(one: Promise<T>): Promise<T> {
  const value = await one;
  open.push(value);
  return value;
}

function lastRequest(from: { readonly requests: StandIn['requests'] }) {
  const request = from.requests.at(-1);
  if (!request) throw new Error('nothing was asked');
  return request;
}

describe('an answer', () => {
  it('is told with its status, bytes and phases', async () => {
    const seen = await see(`${web.url}/`, { wantsBody: true });
    const page = new TextDecoder().decode(seen.page?.body);
    expect(seen).toMatchObject({ broke: undefined, status: 200, redirects: 0, bytes: Buffer.byteLength(page) });
    expect(page).toContain('Welcome');
    expect(Object.keys(seen.ms)).toEqual(['connect', 'firstByte', 'transfer']);
    const sum = Object.values(seen.ms).reduce((all, ms) => all + ms);
    expect(seen.responseMs).toBeGreaterThanOrEqual(sum);
    expect(seen.responseMs).toBeLessThan(sum + 20);
  });

  it('has each phase as long as it took', { retry: 2 }, async () => {
    const authority = createAuthority();
    const certificate = authority.issue({ hosts: ['127.0.0.1'], to: inDays(30) });
    const site = await started(startSite({ certificate, handshakeMs: 60, firstByteMs: 120, transferMs: 90 }));
    const { ms, certificateExpiresAt } = await see(`${site.url}/`, { ca: authority.cert });
    expect(ms.dns).toBeUndefined();
    expect(ms.connect).toBeLessThan(20);
    expectNear(ms.tls, 60);
    expectNear(ms.firstByte, 120);
    expectNear(ms.transfer, 90);
    expect(certificateExpiresAt).toBe(inDays(30).getTime());
  });

  it('brings its body only when it is wanted and its status is well', async () => {
    expect((await see(`${web.url}/`)).page).toBeUndefined();
    expect((await see(`${web.url}/status/500`, { wantsBody: true })).page).toBeUndefined();
    expect((await see(`${web.url}/status/500`, { wantsBody: true, status: [500] })).page).toBeDefined();
  });

  it('is read up to the cap, and kept up to a smaller one', async () => {
    const seen = await see(`${web.url}/huge`, { wantsBody: true });
    expect(bodyCap).toBeLessThan(hugeBytes);
    expect(seen.broke).toBeUndefined();
    expect(seen.bytes).toBe(bodyCap);
    expect(seen.page?.body.byteLength).toBe(1024 * 1024);
  });

  it('may have no body', async () => {
    expect(await see(`${web.url}/empty`)).toMatchObject({ status: 200, bytes: 0 });
    expect(await see(`${web.url}/`, { method: 'HEAD' })).toMatchObject({ status: 200, bytes: 0 });
  });

  it('comes on a fresh connection each time', async () => {
    const site = await started(startSite());
    await see(`${site.url}/`);
    await see(`${site.url}/`);
    expect(site.seen.connections).toBe(2);
  });

  it('is asked for with method, headers and body', async () => {
    const asked = { method: 'POST', headers: { accept: 'text/plain' }, ownHeaders: { 'x-key': 'probe' }, body: 'ping' };
    await see(`${web.url}/site/a?q=1`, asked);
    expect(lastRequest(web)).toMatchObject({ method: 'POST', path: '/site/a', body: 'ping' });
    expect(lastRequest(web).query.get('q')).toBe('1');
    expect(lastRequest(web).headers).toMatchObject({ accept: 'text/plain', 'x-key': 'probe', host: new URL(web.url).host });
  });
});

describe('names', () => {
  it('are looked up, and that is measured', { retry: 2 }, async () => {
    const dns = await started(startDns({ latencyMs: () => 80, address: (host) => (host === 'here.example' ? '127.0.0.1' : undefined) }));
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([dns.server]);
    const own = createTools(createLookup(resolver, new Set()));
    const seen = await check(order(web.url.replace('127.0.0.1', 'here.example')), own, never);
    expect(seen.status).toBe(200);
    expectNear(seen.ms.dns, 80);
    expect(seen.ms.connect).toBeLessThan(20);
  });

  it('that lead nowhere are dns', async () => {
    const seen = await see('http://nowhere.invalid/');
    expect(seen).toMatchObject({ broke: 'dns', status: undefined, responseMs: undefined, ms: {} });
  });

  it('that never come are a timeout', async () => {
    const dns = await started(startDns({ latencyMs: () => Number.POSITIVE_INFINITY }));
    const resolver = new Resolver({ timeout: 5000, tries: 1 });
    resolver.setServers([dns.server]);
    const own = createTools(createLookup(resolver, new Set()));
    const seen = await check(order('http://here.example/', { timeoutMs: 100 }), own, never);
    expect(seen).toMatchObject({ broke: 'timeout', ms: {} });
  });
});

describe('what breaks', () => {
  it('is refused where nothing listens', async () => {
    const seen = await see(await refusingUrl());
    expect(seen).toMatchObject({ broke: 'refused', status: undefined, responseMs: undefined, bytes: undefined, ms: {} });
  });

  it.each(['http', 'https'] as const)('is a reset where the connection is cut off (%s)', async (scheme) => {
    const site = await started(startResetter(scheme));
    expect(await see(site.url)).toMatchObject({ broke: 'reset', status: undefined });
  });

  it('is a reset where the body ends early; what came is told', async () => {
    web.misbehave(transportFault('truncate'));
    const seen = await see(`${web.url}/`);
    expect(seen).toMatchObject({ broke: 'reset', status: 200, responseMs: undefined });
    expect(seen.bytes).toBeGreaterThan(0);
    expect(Object.keys(seen.ms)).toEqual(['connect', 'firstByte']);
  });

  it('is a reset where something other than HTTP comes', async () => {
    const site = await started(startBabbler('220 mail.example ESMTP\r\n'));
    expect(await see(site.url)).toMatchObject({ broke: 'reset', detail: expect.stringContaining('HPE_') });
  });

  it('is a reset where the connection turns into another protocol', async () => {
    const site = await started(startBabbler('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n'));
    expect(await see(site.url)).toMatchObject({ broke: 'reset', status: undefined });
  });

  it('is tls where something other than TLS comes', async () => {
    const site = await started(startBabbler('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await see(site.url.replace('http:', 'https:'))).toMatchObject({ broke: 'tls', certificateExpiresAt: undefined });
  });

  it.each(['http', 'https'] as const)('is a timeout where nothing comes (%s)', async (scheme) => {
    const site = await started(startSilence(scheme));
    const seen = await see(site.url, { timeoutMs: 100 });
    expect(seen).toMatchObject({ broke: 'timeout', status: undefined, responseMs: undefined });
    expect(Object.keys(seen.ms)).toEqual(['connect']);
  });

  it('is a timeout where the body drips without end', async () => {
    web.misbehave(transportFault('drip'));
    const seen = await see(`${web.url}/`, { timeoutMs: 150 });
    expect(seen).toMatchObject({ broke: 'timeout', status: 200, responseMs: undefined });
    expect(seen.bytes).toBeGreaterThan(0);
  });
});

describe('certificates', () => {
  const authority = createAuthority();
  const secret = { ownHeaders: { authorization: 'Bearer hush-hush' }, ca: authority.cert };
  const cases: readonly [string, Certificate, Outcome['broke'], string, Date][] = [
    ['over', authority.issue({ hosts: ['127.0.0.1'], to: inDays(-2) }), 'certificate-expired', 'CERT_HAS_EXPIRED', inDays(-2)],
    [
      'for another host',
      authority.issue({ hosts: ['elsewhere.example'], to: inDays(9) }),
      'tls',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      inDays(9),
    ],
    ['its own', selfSigned({ hosts: ['127.0.0.1'], to: inDays(9) }), 'tls', 'DEPTH_ZERO_SELF_SIGNED_CERT', inDays(9)],
    [
      "a stranger's",
      createAuthority('a stranger').issue({ hosts: ['127.0.0.1'], to: inDays(9) }),
      'tls',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      inDays(9),
    ],
  ];

  it.each(cases)('that is %s is read, and gets no request', async (_, certificate, broke, detail, to) => {
    const site = await started(startSite({ certificate }));
    const seen = await see(site.url, secret);
    expect(seen).toMatchObject({ broke, detail, certificateExpiresAt: to.getTime(), status: undefined, responseMs: undefined });
    expect(Object.keys(seen.ms)).toEqual(['connect']);
    expect(site.seen).toMatchObject({ connections: 1, requests: [] });
  });

  it('of an authority that the site names is accepted', async () => {
    const site = await started(startSite({ certificate: authority.issue({ hosts: ['127.0.0.1'], to: inDays(9) }) }));
    expect(await see(site.url, secret)).toMatchObject({ broke: undefined, status: 200, certificateExpiresAt: inDays(9).getTime() });
    expect(site.seen.requests[0]?.headers.authorization).toBe('Bearer hush-hush');
    expect(await see(site.url)).toMatchObject({ broke: 'tls' });
  });

  it('with redirects, the one that ends first counts', async () => {
    const late = await started(startSite({ certificate: authority.issue({ hosts: ['127.0.0.1'], to: inDays(90) }) }));
    const certificate = authority.issue({ hosts: ['127.0.0.1'], to: inDays(9) });
    const first = await started(startWebsite({ tls: certificate }));
    const seen = await see(`${first.url}/to?url=${encodeURIComponent(late.url)}`, { ca: authority.cert });
    expect(seen).toMatchObject({ status: 200, redirects: 1, certificateExpiresAt: inDays(9).getTime() });
  });
});

describe('redirects', () => {
  it('are followed', async () => {
    const before = web.requests.length;
    const seen = await see(`${web.url}/redirect/3`);
    expect(seen).toMatchObject({ broke: undefined, status: 200, redirects: 3 });
    expect(web.requests.slice(before).map(({ path }) => path)).toEqual(['/redirect/3', '/redirect/2', '/redirect/1', '/redirect/0']);
  });

  it('cost their time', { retry: 2 }, async () => {
    const slow = await started(startWebsite({ latencyMs: 30 }));
    const { ms, responseMs } = await see(`${slow.url}/redirect/3`);
    expectNear(ms.firstByte, 4 * 30);
    expectNear(responseMs, 4 * 30);
  });

  it('are followed as often as is allowed', async () => {
    expect(await see(`${web.url}/redirect/5`)).toMatchObject({ broke: undefined, redirects: 5 });
    expect(await see(`${web.url}/redirect/6`)).toMatchObject({ broke: 'redirect', status: 302, redirects: 5 });
    expect(await see(`${web.url}/loop`)).toMatchObject({ broke: 'redirect', status: 301, redirects: 5 });
  });

  it('are the answer where none is allowed, or where theirs is the status that is well', async () => {
    expect(await see(`${web.url}/redirect/1`, { redirects: 0 })).toMatchObject({ broke: undefined, status: 302, redirects: 0 });
    expect(await see(`${web.url}/redirect/1`, { status: [302] })).toMatchObject({ broke: undefined, status: 302, redirects: 0 });
    expect(await see(`${web.url}/redirect/1`, { status: ['3xx'] })).toMatchObject({ broke: undefined, status: 302, redirects: 0 });
  });

  it('that lead to no http address are none', async () => {
    expect(await see(`${web.url}/away`)).toMatchObject({ broke: 'redirect', status: 302, redirects: 0 });
  });

  it('tell nothing of an answer that they did not reach', async () => {
    const seen = await see(`${web.url}/to?url=${encodeURIComponent(await refusingUrl())}`);
    expect(seen).toMatchObject({ broke: 'refused', status: undefined, responseMs: undefined, redirects: 1, ms: {} });
  });

  it('take what is secret to no other origin', async () => {
    const elsewhere = await started(startWebsite());
    const secret = { headers: { accept: 'text/html' }, ownHeaders: { authorization: 'Bearer hush-hush' } };
    await see(`${web.url}/to?url=/site/same`, secret);
    expect(lastRequest(web).headers).toMatchObject({ accept: 'text/html', authorization: 'Bearer hush-hush' });
    await see(`${web.url}/to?url=${encodeURIComponent(`${elsewhere.url}/site/other`)}`, secret);
    expect(lastRequest(elsewhere).headers.accept).toBe('text/html');
    expect(lastRequest(elsewhere).headers.authorization).toBeUndefined();
  });

  it('bring what is secret not back from another origin', async () => {
    const elsewhere = await started(startWebsite());
    const back = `${elsewhere.url}/to?url=${encodeURIComponent(`${web.url}/site/back`)}`;
    const seen = await see(`${web.url}/to?url=${encodeURIComponent(back)}`, { ownHeaders: { authorization: 'Bearer hush-hush' } });
    expect(seen).toMatchObject({ status: 200, redirects: 2 });
    expect(lastRequest(web)).toMatchObject({ path: '/site/back' });
    expect(lastRequest(web).headers.authorization).toBeUndefined();
  });

  it('follow none whose address tells another origin what is secret', async () => {
    const elsewhere = await started(startWebsite());
    const echo = `${web.url}/to?url=${encodeURIComponent(`${elsewhere.url}/site/other?token=hush%2dhush`)}`;
    const seen = await see(echo, { ownHeaders: { authorization: 'Bearer hush-hush' } });
    expect(seen).toMatchObject({ broke: 'redirect', redirects: 0 });
    expect(elsewhere.requests).toHaveLength(0);
    expect(await see(echo, { ownHeaders: { authorization: 'Bearer another' } })).toMatchObject({ status: 200, redirects: 1 });
  });

  it('change the method as browsers do', async () => {
    const asked = { method: 'POST', body: 'hush' };
    await see(`${web.url}/to?url=/site/a&status=302`, asked);
    expect(lastRequest(web)).toMatchObject({ method: 'GET', body: '' });
    await see(`${web.url}/to?url=/site/a&status=307`, asked);
    expect(lastRequest(web)).toMatchObject({ method: 'POST', body: 'hush' });
    await see(`${web.url}/to?url=/site/a&status=303`, { method: 'PUT', body: 'hush' });
    expect(lastRequest(web)).toMatchObject({ method: 'GET', body: '' });
    await see(`${web.url}/to?url=/site/a&status=303`, { method: 'HEAD' });
    expect(lastRequest(web)).toMatchObject({ method: 'HEAD' });
  });

  it('take a body to no other origin', async () => {
    const elsewhere = await started(startWebsite());
    const seen = await see(`${web.url}/to?url=${encodeURIComponent(elsewhere.url)}&status=307`, { method: 'POST', body: 'hush' });
    expect(seen).toMatchObject({ broke: 'redirect', status: 307 });
    expect(elsewhere.requests).toHaveLength(0);
  });
});

describe('what says nothing of the site', () => {
  it('rejects: a check that is cancelled', async () => {
    const site = await started(startSilence('http'));
    const cancel = new AbortController();
    const made = check(order(site.url), tools, cancel.signal);
    await until(() => site.seen.connections === 1);
    cancel.abort(new Error('enough'));
    await expect(made).rejects.toThrow('enough');
    await expect(check(order(site.url), tools, cancel.signal)).rejects.toThrow('enough');
  });

  it('rejects: a header that HTTP does not allow, without its value', async () => {
    const made = see(`${web.url}/`, { ownHeaders: { authorization: 'hush\nhush' } });
    await expect(made).rejects.toThrow('Invalid character in header content ["authorization"]');
  });
});

it('names its phases in their order', () => {
  expect(phases).toEqual(['dns', 'connect', 'tls', 'firstByte', 'transfer']);
});

function inDays(days: number): Date {
  return new Date(start + days * 86_400_000);
}

function expectNear(value: number | undefined, wanted: number): void {
  expect(value).toBeGreaterThan(wanted - 5);
  expect(value).toBeLessThan(wanted + 100);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
