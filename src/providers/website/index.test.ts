import { expect, it } from 'vitest';
import { providerContract } from '../../testing/contract/provider.ts';
import { startWebsite } from '../../testing/stand-ins/website/index.ts';
import { website } from './index.ts';
import type { Settings } from './schema.ts';

const settings = website.settings.parse({
  sites: [{ url: 'https://user:pass-word@a.example/x?token=hush' }, { url: 'https://b.example/', name: 'b' }],
  concurrency: 7,
}) as Settings;

it('has a target for each site, which is plain JSON and holds no secret', () => {
  const targets = website.targets(settings, { windows: {} });
  expect(targets).toEqual([{ site: 'https://a.example/x' }, { site: 'b' }]);
  expect(targets.map((target) => website.label(target))).toEqual(['https://a.example/x', 'b']);
});

it('lets as many checks run at once as it is told', () => {
  expect(website.limits(settings)).toMatchObject([{ key: ['website'], concurrency: 7 }]);
});

it('has an example that is valid', () => {
  expect(website.settings.safeParse(website.example).success).toBe(true);
});

it('declares its measurement', () => {
  expect(website.measurements(settings)).toMatchObject([{ name: 'website_check', time: 'event' }]);
});

providerContract(website, {
  async start() {
    const standIn = await startWebsite();
    const sites = [
      { url: `${standIn.url}/`, name: 'home', match: 'Welcome', headers: { 'X-Key': 'key-of-probe' } },
      { url: `${standIn.url.replace('//', '//probe:pass-of-probe@')}/site/a?token=hush-hush` },
      { url: `${standIn.url}/status/503`, name: 'broken' },
    ];
    return { settings: { sites, timeout: '2s' }, standIn, close: () => standIn.close() };
  },
  requests: ['GET /', 'GET /site/a', 'GET /status/503'],
  points: 3,
  same: ({ tags, time, fields: { up, reason, status, bytes, matched } }) => {
    return { tags: { site: tags.site?.replace(/:\d+/, '') }, time, fields: { up, reason, status, bytes, matched } };
  },
});
