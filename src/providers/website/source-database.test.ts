import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import type { StandIn } from '../../testing/stand-in.ts';
import {
  type DatabaseOptions,
  refusingUrl,
  startBabbler,
  startDatabase,
  startResetter,
  startSilence,
  startWebsite,
} from '../../testing/stand-ins/website/index.ts';
import { website } from './index.ts';

let web: StandIn;

beforeAll(async () => {
  web = await startWebsite();
});
afterAll(() => web.close());

async function collect(settings: object, options: CollectAllOptions = {}) {
  const seen = await collectAll(website, { timeout: '2s', ...settings }, options);
  const short = (text: string) => text.replaceAll(web.url, 'WEB');
  return {
    ...seen,
    sites: seen.points.map(({ tags, fields }) => `${short(tags.site ?? '')} ${fields.reason}`),
    told: seen.problems.map(({ item, message }) => `${short(item)}: ${short(message)}`),
    noticed: seen.notices
      .filter(({ message }) => !message.startsWith('is down'))
      .map(({ item, message }) => `${short(item)}: ${short(message)}`),
    failed: Object.fromEntries([...seen.errors].map(([label, error]) => [label, short(error.message)])),
  };
}

describe('sites from a database', () => {
  async function database(options: DatabaseOptions = {}) {
    const standIn = await startDatabase(options);
    onTestFinished(() => standIn.close());
    return standIn;
  }

  function ask(postgres: string, more: object = {}, options: CollectAllOptions = {}) {
    const sitesFrom = [{ postgres, query: 'select url, match from sites', timeout: '1s', ...more }];
    return collect({ sites: [{ url: `${web.url}/` }], sitesFrom }, options);
  }

  it('are read in a transaction that may only read, within a time, by a cursor', async () => {
    const rows = Array.from({ length: 1001 }, (_, index) => [
      index < 2 ? `${web.url}/site/${index}` : 'bad',
      index === 1 ? 'Goodbye' : null,
    ]);
    const { statements, url } = await database({ columns: ['url', 'match'], rows });
    const { sites, told } = await ask(url);
    expect(sites).toEqual(['WEB/ ok', 'WEB/site/0 ok', 'WEB/site/1 match']);
    expect(told).toHaveLength(999);
    expect(told.at(-1)).toMatch(/^row 1001 of the database: url: not an address/);
    expect(statements).toEqual([
      'begin transaction read only',
      'set local statement_timeout = 1000',
      'declare sites no scroll cursor for select url, match from sites',
      'fetch forward 1000 from sites',
      'fetch forward 1000 from sites',
      'rollback',
    ]);
  });

  it('are not there while it is dead: an error of the source, and the others are checked', async () => {
    const silence = await startSilence('http');
    const resetter = await startResetter('http');
    const babbler = await startBabbler('HTTP/1.1 400 Bad Request\r\n\r\n');
    for (const one of [silence, resetter, babbler]) onTestFinished(() => void one.close());
    const to = (address: string) => `postgres://kpi:pass-of-kpi-0123@${new URL(address).host}/kpi`;
    const deaths = [
      [await refusingUrl(), /refuses the connection$/],
      [silence.url, /did not answer within 2s$/],
      [resetter.url, /broke the connection$/],
      [babbler.url, /^the connection to the database at .* failed/],
    ] as const;
    for (const [address, message] of deaths) {
      const { sites, failed, errors, lines } = await ask(to(address), {}, { timeoutMs: 2000, policy: { tries: 1 } });
      expect(sites).toEqual(['WEB/ ok']);
      expect(failed['sites from the database']).toMatch(message);
      expect(errors.get('sites from the database')).toMatchObject({ name: 'TransientError' });
      expect(JSON.stringify([failed, lines])).not.toContain('pass-of-kpi-0123');
    }
  });

  it('are tried again where the connection broke in the middle, and none of the half is taken', async () => {
    const rows = Array.from({ length: 2000 }, (_, index) => [`${web.url}/site/${index}`]);
    const standIn = await database({ rows, breaksAfter: 1000 });
    const { sites, retries, failed } = await ask(standIn.url, {}, { policy: { tries: 2 } });
    expect([sites, retries, standIn.connections]).toEqual([['WEB/ ok'], 1, 2]);
    expect(failed['sites from the database']).toMatch(/the database at 127\.0\.0\.1:\d+/);
  });

  it.each([
    ['a wrong password', {}, (url: string) => url.replace('pass-of-kpi-0123', 'another-word-0123'), 'unauthorized'],
    ['a query that is none', { error: { code: '42601', message: 'syntax error at or near "x"' } }, (url: string) => url, 'config'],
    ['a server that does not encrypt', {}, (url: string) => `${url}?sslmode=verify-full`, 'config'],
    ['an address that is none', {}, () => 'mysql://kpi:pass-of-kpi-0123@db/x', 'config'],
  ])('end with %s, at once and without a word of the password; the sites of the config are checked', async (_, options, changed, kind) => {
    const { url } = await database(options);
    const { sites, errors, retries, lines, failed } = await ask(changed(url));
    expect([sites, retries]).toEqual([['WEB/ ok'], 0]);
    expect(errors.get('sites from the database')).toMatchObject({ name: 'PermanentError', kind });
    expect(JSON.stringify([failed, lines])).not.toMatch(/pass-of-kpi|another-word/);
  });

  it('have an address that is a secret, and so is its password alone', async () => {
    const { url } = await database();
    const { redactor, settings } = await ask(url.replace('pass-of-kpi-0123', 'p%40ss-of-kpi-0123'));
    expect(redactor.holds('p@ss-of-kpi-0123') && redactor.holds('p%40ss-of-kpi-0123')).toBe(true);
    expect(JSON.stringify(settings)).not.toContain('ss-of-kpi');
  });

  it('of more than 64 MiB are not read on: an error, at once, and the others are checked', async () => {
    const rows = Array.from({ length: 80 }, (_, index) => [`${web.url}/site/${index}`, 'x'.repeat(1024 * 1024)]);
    const { url } = await database({ columns: ['url', 'page'], rows });
    const { sites, errors, retries, failed } = await ask(url, { timeout: '20s' }, { timeoutMs: 30_000 });
    expect([sites, retries]).toEqual([['WEB/ ok'], 0]);
    expect(errors.get('sites from the database')).toMatchObject({ name: 'PermanentError', kind: 'too-large' });
    expect(failed['sites from the database']).toMatch(/^the query brings more than 67108864 bytes: select only the columns that are read/);
  });

  it('with a cell in which no address fits: a problem of its row', async () => {
    const rows = [
      [`${web.url}/site/a`, 'Site'.repeat(3000)],
      [`${web.url}/site/b`, null],
    ];
    const { url } = await database({ columns: ['url', 'match'], rows });
    const { sites, told } = await ask(url);
    expect(sites).toEqual(['WEB/ ok', 'WEB/site/b ok']);
    expect(told).toEqual(['row 1 of the database: match: it is no text of at most 8192 characters']);
  });

  it('are none where two columns of one name would overwrite each other: an error that names them, also without a row', async () => {
    const columns = ['url', 'active', 'id', 'active'];
    for (const rows of [[[`${web.url}/site/a`, 't', '1', 'f']], []]) {
      const { url } = await database({ columns, rows });
      const { sites, failed, errors, retries } = await ask(url, { query: 'select s.url, s.active, c.* from sites s, customers c' });
      expect([sites, retries]).toEqual([['WEB/ ok'], 0]);
      expect(errors.get('sites from the database')).toMatchObject({ name: 'PermanentError', kind: 'config' });
      expect(failed['sites from the database']).toBe(
        'the query brings one column twice, as its columns 2 and 4 ("active"): select each once, by its name instead of *',
      );
    }
  });

  it('may have further columns of one name', async () => {
    const { url } = await database({ columns: ['id', 'url', 'id'], rows: [['1', `${web.url}/site/a`, '2']] });
    const { sites, noticed } = await ask(url);
    expect(sites).toEqual(['WEB/ ok', 'WEB/site/a ok']);
    expect(noticed).toEqual([expect.stringMatching(/^the database: what is called "id" is not read/)]);
  });

  it('bring no row: a notice', async () => {
    const { url } = await database();
    const { noticed, failed } = await ask(url);
    expect([noticed, failed]).toEqual([['the database: the query brought no row'], {}]);
  });

  it('end with the run', async () => {
    const silence = await startSilence('http');
    onTestFinished(() => silence.close());
    const abort = new AbortController();
    const asking = collect(
      { sitesFrom: [{ postgres: `postgres://kpi:pass-of-kpi-0123@${new URL(silence.url).host}/kpi`, query: 'select 1', timeout: '1m' }] },
      { signal: abort.signal, timeoutMs: 60_000 },
    );
    while (silence.seen.open === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    expect((await asking).sites).toEqual([]);
    while (silence.seen.open > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
