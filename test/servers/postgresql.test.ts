import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { website } from '../../src/providers/website/index.ts';
import { type CollectAllOptions, collectAll } from '../../src/testing/context.ts';
import { checkAll } from '../../src/testing/contract/check.ts';
import type { StandIn } from '../../src/testing/stand-in.ts';
import { createAuthority, startWebsite } from '../../src/testing/stand-ins/website/index.ts';

/** Set by `npm run test:servers`, which starts the server. */
const address = process.env.KPI_TEST_POSTGRESQL ?? '';

describe.skipIf(address === '')('website: sites from a real PostgreSQL (npm run test:servers)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-postgresql-'));
  const admin = new Client({ connectionString: address });
  let web: StandIn;

  beforeAll(async () => {
    web = await startWebsite();
    await admin.connect();
    // As an older system has them.
    await admin.query(`create table availability_monitor_config (amc_id int primary key, amc_url_with_schema text, amc_regexp text, amc_active boolean);
      create role reader login password 'pass-of-reader-0123'; grant select on availability_monitor_config to reader`);
  });
  afterAll(async () => {
    await admin.end();
    await web.close();
    rmSync(dir, { recursive: true });
  });

  const asReader = () => address.replace(/\/\/[^@]*@/, '//reader:pass-of-reader-0123@');
  const usual =
    'select amc_url_with_schema as url, amc_regexp as match, amc_active as active from availability_monitor_config order by amc_id';

  async function collect(query: string, own: { readonly postgres?: string; readonly timeout?: string } & CollectAllOptions = {}) {
    const { postgres = asReader(), timeout, ...options } = own;
    const settings = { sitesFrom: [{ postgres, query, ...(timeout && { timeout }) }], timeout: '2s' };
    const seen = await collectAll(website, settings, { timeoutMs: 20_000, policy: { tries: 1 }, ...options });
    return {
      ...seen,
      sites: seen.points.map(({ tags, fields }) => [tags.site, fields.reason]),
      error: seen.errors.get('sites from the database'),
    };
  }

  async function fill(rows: readonly (readonly [url: string | null, pattern: string | null, isActive: boolean | null])[]) {
    await admin.query('delete from availability_monitor_config');
    for (const [index, row] of rows.entries())
      await admin.query('insert into availability_monitor_config values ($1, $2, $3, $4)', [index, ...row]);
  }

  it('checks what is active, with its pattern; a bad row is a problem with its number', async () => {
    await fill([
      [`${web.url}/`, 'Welcome', true],
      [`${web.url}/site/off`, null, false],
      ['no-address', null, true],
      [`${web.url}/site/bad`, '(unclosed', true],
      [`${web.url.replace('//', '//ada:secret-of-row@')}/site/secret`, null, true],
      [null, null, true],
      [`${web.url}/site/none`, 'Not there', null],
    ]);
    const { sites, problems, errors, notices } = await collect(usual);
    expect(sites).toEqual([
      [`${web.url}/`, 'ok'],
      [`${web.url}/site/none`, 'match'],
    ]);
    expect(errors.size).toBe(0);
    expect(problems.map(({ item, message }) => `${item}: ${message}`)).toEqual([
      'row 3 of the database: url: not an address: write it in full, as in https://example.org/',
      'row 4 of the database: match: not a regular expression: /(unclosed/: Unterminated group',
      'row 5 of the database: url: it holds a user name or password; a site with a secret belongs into "sites"',
      'row 6 of the database: it has no url',
    ]);
    expect(JSON.stringify([problems, notices])).not.toContain('secret-of-row');
  });

  it('stops to check a row that is gone, or switched off', async () => {
    const [one, other] = [`${web.url}/site/one`, `${web.url}/site/other`];
    await fill([
      [one, null, true],
      [other, null, true],
    ]);
    expect((await collect(usual)).sites).toEqual([
      [one, 'ok'],
      [other, 'ok'],
    ]);
    await admin.query('delete from availability_monitor_config where amc_url_with_schema = $1', [one]);
    const after = await collect(usual);
    expect(after.sites).toEqual([[other, 'ok']]);
    expect([after.problems, after.errors.size]).toEqual([[], 0]);
    await admin.query('update availability_monitor_config set amc_active = false');
    expect((await collect(usual)).sites).toEqual([]);
  });

  it('takes columns of other types and spellings, and tells of those that it does not know', async () => {
    const query = `select '${web.url}/status/404' as url, 'x'::varchar as "Name", array[404, 410] as status, 3::bigint as redirects,
      14::smallint as certificate_days, 1 as active, now() as updated_at, '{"a":1}'::jsonb as extra`;
    const { sites, notices, problems } = await collect(query);
    expect(sites).toEqual([['x', 'ok']]);
    expect(problems).toEqual([]);
    expect(notices).toEqual([
      {
        item: 'the database',
        message:
          'what is called "updated_at", "extra" is not read: known are url, name, match, absent, status, redirects, certificateDays, active',
      },
    ]);
  });

  it('refuses two columns of one name, which a join with * has', async () => {
    const joined = `select s.url, s.active, c.* from (values ('${web.url}/', true, 1)) s (url, active, id) join (values (1, false)) c (id, active) using (id)`;
    const { sites, error } = await collect(joined);
    expect(sites).toEqual([]);
    expect(error).toMatchObject({ kind: 'config', message: expect.stringContaining('as its columns 2 and 4 ("active")') });
    expect((await collect(joined.replace('c.*', 'c.id, s.id'))).sites).toEqual([[`${web.url}/`, 'ok']]);
  });

  it('takes 50,000 rows, and says that there are more', async () => {
    const query = "select 'no address' as url from generate_series(1, 50001)";
    const { problems } = await collect(query);
    expect(problems).toHaveLength(50_001);
    expect(problems.at(-2)?.item).toBe('row 50000 of the database');
    expect(problems.at(-1)).toMatchObject({ item: 'the database', message: expect.stringContaining('those from row 50001 on') });
    expect((await collect("select 'no address' as url from generate_series(1, 50000)")).problems).toHaveLength(50_000);
  });

  it('says that a query brought nothing', async () => {
    const { notices, errors } = await collect('select 1 as url where false');
    expect([notices, errors.size]).toEqual([[{ item: 'the database', message: 'the query brought no row' }], 0]);
  });

  it.each([
    [
      'two statements',
      'select 1 as url; delete from availability_monitor_config where true',
      /does not take the query: cannot insert multiple commands/,
    ],
    [
      'two statements, after the end of the transaction',
      'select 1; commit; drop table availability_monitor_config',
      /cannot insert multiple commands/,
    ],
    ['no SELECT', 'delete from availability_monitor_config', /does not take the query: syntax error/],
    [
      'a table that the user may not read',
      'select rolpassword as url from pg_authid',
      /does not let the user read that: permission denied for table pg_authid/,
    ],
    [
      'a mistake',
      'select 1 as url fron x',
      /does not take the query: syntax error at or near "fron" \(42601, at character 17 of the query\)/,
    ],
    [
      'a table that is not there',
      'select url from nowhere',
      /does not take the query: relation "nowhere" does not exist \(42P01, at character 17/,
    ],
  ])('refuses %s, and changes nothing', async (_, query, message) => {
    await fill([[`${web.url}/`, null, true]]);
    const { error, points } = await collect(query);
    expect(error?.message).toMatch(message);
    expect(error).toMatchObject({ name: 'PermanentError' });
    expect(points).toEqual([]);
    expect((await admin.query('select from availability_monitor_config')).rowCount).toBe(1);
  });

  it('may only read, also as a user who may write', async () => {
    await admin.query('create sequence planted');
    const { error } = await collect("select nextval('planted') as url", { postgres: address });
    expect(error?.message).toMatch(/was asked to write/);
  });

  it('ends a query that takes too long, at the server', async () => {
    const { error } = await collect('select pg_sleep(60)::text as url', { timeout: '1s' });
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('the query did not end within 1s') });
    // A pooler keeps connections of others.
    const own = "select from pg_stat_activity where application_name = 'kpi' and usename = 'reader'";
    expect((await admin.query(own)).rowCount).toBe(0);
  });

  it('ends with the run', async () => {
    const abort = new AbortController();
    const collecting = collect('select pg_sleep(60)::text as url', { timeout: '1m', signal: abort.signal });
    const running = "select from pg_stat_activity where application_name = 'kpi' and query like 'fetch%' and state = 'active'";
    while ((await admin.query(running)).rowCount === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    expect((await collecting).points).toEqual([]);
  });

  it('is tried again where the server ended the connection', async () => {
    await fill([[`${web.url}/`, null, true]]);
    await admin.query(
      "create function dies() returns text language plpgsql volatile security definer as $$ begin perform pg_terminate_backend(pg_backend_pid()); return 'x'; end $$",
    );
    const { error, retries } = await collect('select dies() as url', { policy: { tries: 3 } });
    expect(retries).toBe(2);
    expect(error).toMatchObject({ name: 'TransientError', message: expect.stringMatching(/cannot answer now|connection to the database/) });
  });

  it.each([
    ['a wrong password', (url: string) => url.replace('pass-of-reader', 'another-word-of'), 'unauthorized'],
    ['an unknown user', (url: string) => url.replace('//reader', '//nobody'), 'unauthorized'],
    ['an unknown database', (url: string) => url.replace('/postgres', '/nowhere'), 'config'],
    ['a server that does not encrypt', (url: string) => `${url}?sslmode=require`, 'config'],
  ])('says what is wrong with %s, and tells no password', async (_, changed, kind) => {
    const { error, lines, problems, redactor } = await collect(usual, { postgres: changed(asReader()) });
    expect(error).toMatchObject({ name: 'PermanentError', kind });
    expect(redactor.holds('pass-of-reader-0123') || redactor.holds('another-word-of-0123')).toBe(true);
    expect(`${error?.message} ${error?.stack} ${error?.cause} ${JSON.stringify(problems)} ${lines}`).not.toMatch(
      /pass-of-reader|another-word/,
    );
  });

  it('reads the sites for kpi doctor', async () => {
    await fill([
      [`${web.url}/`, null, true],
      ['no-address', null, true],
    ]);
    const { findings } = await checkAll(website, { sitesFrom: [{ postgres: asReader(), query: usual }] }, { timeoutMs: 20_000 });
    expect(findings).toMatchObject([
      { check: 'sources', status: 'warning', message: expect.stringMatching(/^the database: 1 site.*row 2/) },
      { check: 'access', status: 'ok' },
    ]);
  });

  describe('over TLS', () => {
    const authority = createAuthority();
    beforeAll(async () => {
      const { key, cert } = authority.issue({ hosts: ['127.0.0.1'], to: new Date(Date.now() + 86_400_000) });
      const folder = (await admin.query('show data_directory')).rows[0].data_directory;
      const save = async (name: string, text: string) => {
        await admin.query(
          `copy (select regexp_split_to_table($pem$${text.trim()}$pem$, '\\n')) to program 'umask 077; cat > ${folder}/${name}'`,
        );
      };
      await save('server.key', key);
      await save('server.crt', cert);
      await admin.query('alter system set ssl = on');
      await admin.query('select pg_reload_conf()');
      while ((await admin.query('show ssl')).rows[0].ssl !== 'on') await new Promise((resolve) => setImmediate(resolve));
      writeFileSync(join(dir, 'ca.pem'), authority.cert);
      writeFileSync(join(dir, 'other.pem'), createAuthority('another').cert);
      await fill([[`${web.url}/`, null, true]]);
    });

    it.each([
      ['require', '?sslmode=require'],
      ['verify-ca', `?sslmode=verify-ca&sslrootcert=${join(dir, 'ca.pem')}`],
      ['verify-full', `?sslmode=verify-full&sslrootcert=${join(dir, 'ca.pem')}`],
      ['verify-full, bound to the channel', `?sslmode=verify-full&channel_binding=require&sslrootcert=${join(dir, 'ca.pem')}`],
    ])('reads with %s', async (_, query) => {
      const seen = await collect(`select '${web.url}/' as url, ssl as active from pg_stat_ssl where pid = pg_backend_pid()`, {
        postgres: asReader() + query,
      });
      expect([seen.error, seen.sites]).toEqual([undefined, [[`${web.url}/`, 'ok']]]);
    });

    it('reads without, where nothing is said', async () => {
      const seen = await collect(`select '${web.url}/' as url, not ssl as active from pg_stat_ssl where pid = pg_backend_pid()`);
      expect(seen.sites).toEqual([[`${web.url}/`, 'ok']]);
    });

    it.each([
      ['of an unknown authority', '?sslmode=verify-full', '127.0.0.1'],
      ['of another authority', `?sslmode=verify-ca&sslrootcert=${join(dir, 'other.pem')}`, '127.0.0.1'],
      ['for another host', `?sslmode=verify-full&sslrootcert=${join(dir, 'ca.pem')}`, 'localhost'],
    ])('refuses a certificate %s', async (_, query, host) => {
      const { error, points } = await collect(usual, { postgres: asReader().replace('127.0.0.1', host) + query });
      expect(points).toEqual([]);
      expect(error?.message).toMatch(/the certificate of the database at .* is not accepted/);
    });
  });
});
