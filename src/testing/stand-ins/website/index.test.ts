import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { faultNames } from '../../stand-in.ts';
import { cannot, expected, faults, refusingUrl, startDns, startSite, startSiteApart, startWebsite, welcome } from './index.ts';

it('says of every fault what becomes of it, or why it cannot occur', () => {
  expect([...Object.keys(faults), ...Object.keys(cannot)].sort()).toEqual([...faultNames].sort());
  expect(Object.keys(expected)).toEqual(Object.keys(faults));
});

it('has its pages', async () => {
  const web = await startWebsite();
  const text = async (path: string) => await (await fetch(web.url + path)).text();
  expect(await text('/')).toContain(welcome);
  expect(await text('/redirect/3')).toContain(welcome);
  expect(await text('/gzip')).toContain(welcome);
  expect((await fetch(`${web.url}/status/503`)).status).toBe(503);
  expect(web.unexpected).toEqual([]);
  await text('/elsewhere');
  expect(web.unexpected).toEqual(['GET /elsewhere: there is no page /elsewhere']);
  await web.close();
});

it.each([startSite, startSiteApart])('is as slow as it is told', async (start) => {
  const site = await start({ firstByteMs: 40, transferMs: 40, body: 'Hello' });
  const began = performance.now();
  expect(await (await fetch(site.url)).text()).toBe('Hello');
  expect(performance.now() - began).toBeGreaterThanOrEqual(78);
  await site.close();
});

it('refuses where nothing listens', async () => {
  const { port } = new URL(await refusingUrl());
  const error = await new Promise((resolve) => connect(Number(port), '127.0.0.1').once('error', resolve));
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});

it('answers for names, late or not at all', async () => {
  const address = (host: string) => (host === 'here.example' || host === 'mute.example' ? '127.0.0.7' : undefined);
  const dns = await startDns({ address, latencyMs: (host) => (host === 'mute.example' ? Number.POSITIVE_INFINITY : 30) });
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([dns.server]);
  const began = performance.now();
  expect(await resolver.resolve4('here.example')).toEqual(['127.0.0.7']);
  expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  await expect(resolver.resolve6('here.example')).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve4('there.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve4('mute.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
  dns.close();
});
