import { defineProvider } from '../../sdk/provider.ts';
import { check } from './doctor.ts';
import { websiteCheck } from './measurement.ts';
import { type Settings, settings } from './schema.ts';
import { openSession, type Target } from './session.ts';
import { nameOf } from './sources.ts';

export const website = defineProvider<Settings, Target>({
  name: 'website',
  help: 'Whether sites answer, how fast, with what, and for how long their certificates last.',
  settings,
  example: {
    sites: [
      { url: 'https://getakka.net', match: 'Akka', absent: 'Service Unavailable', certificateDays: 14 },
      {
        url: 'https://shop.example.org/api/login',
        name: 'shop login',
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-probe-key': '${SHOP_PROBE_KEY}' },
        body: '{"user":"probe"}',
        status: ['2xx', 401],
        redirects: 0,
        ca: 'certificates/shop.pem',
      },
    ],
    sitesFrom: [{ file: 'sites.csv' }, { postgres: `\${SITES_DATABASE_URL}`, query: 'select url, pattern as match, active from sites' }],
    timeout: '10s',
    concurrency: 50,
  },
  setup: { questions: [{ setting: 'sites[].url', ask: 'Websites: addresses to check', example: 'https://getakka.net' }], secrets: [] },
  measurements: () => [websiteCheck],
  limits: ({ concurrency }) => [
    { name: 'checks', key: ['website'], concurrency, source: 'our own choice: with 50 checks at once the phases are still true' },
  ],
  targets: ({ sites, sitesFrom }) => [
    ...sites.map(({ site }) => ({ site })),
    ...sitesFrom.map((_, from) => ({ from, source: nameOf(sitesFrom, from) })),
  ],
  label: (target) => ('site' in target ? target.site : `sites from ${target.source}`),
  connect: async (given, context) => openSession(given, context),
  check,
});
