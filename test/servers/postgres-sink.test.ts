import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AnySink, type Entry, gauge, type Measurement, measurement, type OpenSink, seriesKey, text } from '../../src/sdk/index.ts';
import { postgres } from '../../src/sinks/postgres/index.ts';
import { findingsOf } from '../../src/testing/contract/check.ts';
import { createSinkContext, entryOf, type SinkPlace, sinkContract } from '../../src/testing/contract/sink.ts';
import { stateContract } from '../../src/testing/contract/state.ts';
import { createAuthority } from '../../src/testing/stand-ins/website/index.ts';
import { connected, drop, startPlace } from './postgres/place.ts';
import { startProxy } from './postgres/proxy.ts';

/** Set by `npm run test:servers`, which starts the servers. */
const direct = process.env.KPI_TEST_POSTGRESQL ?? '';
const pooled = process.env.KPI_TEST_PGBOUNCER ?? '';

const now = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', {
  help: 'Numbers.',
  time: 'event',
  tags: { place: 'where' },
  fields: { level: gauge(), word: text() },
});
const all: readonly Measurement[] = [numbers];

function entry(level: number, own: Partial<Parameters<typeof entryOf>[0]> = {}): Entry {
  return entryOf({ measurement: 'numbers', tags: { place: 'a' }, fields: { level }, time: now, collectedAt: now, ...own });
}

describe.each([
  ['PostgreSQL', direct],
  ['PgBouncer in transaction mode', pooled],
])('postgres: %s (npm run test:servers)', (_, address) => {
  describe.skipIf(address === '')('the contract', () => {
    let admin: Client;
    beforeAll(async () => {
      admin = await connected(direct);
    });
    afterAll(() => admin.end());

    sinkContract(postgres, { start: () => startPlace(admin, address) });

    stateContract('postgres', async () => {
      const place = await startPlace(admin, address);
      const settings = postgres.settings.parse(place.settings);
      const context = createSinkContext({ measurements: [], autoInit: false, now });
      await postgres.init?.(settings, [], context);
      const state = postgres.state as NonNullable<AnySink['state']>;
      return { open: () => state(settings, context), close: () => place.close() };
    });
  });
});

describe.skipIf(direct === '')('postgres: what is odd about it (npm run test:servers)', () => {
  let admin: Client;
  const undo: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    admin = await connected(direct);
  });
  afterEach(async () => {
    for (const one of undo.splice(0).reverse()) await one();
  });
  afterAll(() => admin.end());

  async function place(own: object = {}, address = direct) {
    const made: SinkPlace = await startPlace(admin, address, own);
    undo.push(() => made.close());
    const settings = postgres.settings.parse(made.settings);
    const { schema } = made.settings as { schema: string };
    const context = (
      options: { readonly tags?: readonly string[]; readonly autoInit?: boolean; readonly measurements?: readonly Measurement[] } = {},
    ) => createSinkContext({ measurements: all, autoInit: false, now, ...options });
    return {
      ...made,
      settings,
      schema,
      context,
      query: async (sql: string) => (await admin.query(sql.replaceAll('SCHEMA', schema))).rows,
      init: (options: Parameters<typeof context>[0] = {}) => postgres.init?.(settings, options.measurements ?? all, context(options)),
      async open(options: Parameters<typeof context>[0] = {}): Promise<OpenSink> {
        const open = await postgres.open(settings, context(options));
        undo.push(() => open.close());
        return open;
      },
    };
  }

  /** The process that waits for a lock, for a statement of this schema. */
  async function blocked(schema: string): Promise<number> {
    for (;;) {
      // In a transaction, what was read once would be read again.
      await admin.query('select pg_stat_clear_snapshot()');
      const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%'`;
      const pid = (await admin.query(waiting)).rows[0]?.pid;
      if (pid !== undefined) return pid;
      await macrotask();
    }
  }

  it('keeps the documented format', async () => {
    const { init, open, query } = await place();
    await init({ tags: ['team'] });
    const written = entry(0.1 + 0.2, {
      tags: { place: 'o\\x"', team: 'g' },
      fields: { level: 0.1 + 0.2, word: '{a,"b"}\\\nNULL' },
      provisional: true,
    });
    expect(await (await open({ tags: ['team'] })).write([written])).toEqual([]);
    expect(await query('select * from SCHEMA.numbers')).toEqual([
      {
        series: seriesKey('numbers', written.point.tags),
        time: now,
        place: 'o\\x"',
        team: 'g',
        level: 0.1 + 0.2,
        word: '{a,"b"}\\\nNULL',
        run_id: 'run-1',
        collected_at: now,
        provisional: true,
      },
    ]);
    expect(await query('select measurement, field, tags, value from SCHEMA.kpi_series')).toEqual([
      { measurement: 'numbers', field: 'level', tags: { place: 'o\\x"', team: 'g' }, value: 0.1 + 0.2 },
    ]);
    expect((await query('select declaration from SCHEMA.kpi_measurement'))[0]?.declaration).toEqual(numbers);
    const keys = await query(
      "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) where i.indrelid = 'SCHEMA.numbers'::regclass and i.indisprimary order by array_position(i.indkey, a.attnum)",
    );
    expect(keys.map(({ attname }) => attname)).toEqual(['series', 'time']);
  });

  it('writes nothing where a batch comes again, and something where it is newer', async () => {
    const { init, open, query } = await place();
    await init();
    const to = await open();
    const versions = async () =>
      (await query('select xmin::text, ctid::text from SCHEMA.numbers')).map((row) => JSON.stringify(row)).join();
    await to.write([entry(1), entry(2, { tags: { place: 'b' } })]);
    const before = await versions();
    await to.write([entry(1), entry(2, { tags: { place: 'b' } })]);
    await to.write([entry(9, { collectedAt: new Date(now.getTime() - 1) })]);
    expect(await versions()).toBe(before);
    await to.write([entry(1, { collectedAt: new Date(now.getTime() + 1) })]);
    expect(await versions()).not.toBe(before);
  });

  it('settles identities that meet in one batch, as if each came alone', async () => {
    const { init, open, query } = await place();
    await init();
    const to = await open();
    const at = (ms: number) => new Date(now.getTime() + ms);
    await to.write([
      entryOf({ ...{ measurement: 'numbers', tags: { place: 'a' }, time: now }, fields: { word: 'stored' }, collectedAt: at(5) }),
    ]);
    // The older one may only fill what is missing, although a newer one follows in the same batch.
    await to.write([
      entry(1, { fields: { level: 1, word: 'older' }, collectedAt: at(3) }),
      entry(2, { collectedAt: at(7), runId: 'run-7' }),
    ]);
    expect(await query('select level, word, run_id from SCHEMA.numbers')).toEqual([{ level: 2, word: 'stored', run_id: 'run-7' }]);
  });

  it('makes schema, tables, view and groups once, however many do it at once; also behind a pooler', async () => {
    const { settings, context, schema } = await place({}, pooled === '' ? direct : pooled);
    const done = await Promise.all(Array.from({ length: 6 }, () => postgres.init?.(settings, all, context())));
    const created = done.map((changes) => changes?.filter(({ action }) => action === 'created').map(({ object }) => object) ?? []);
    expect(created.filter((objects) => objects.length > 0)).toEqual([
      [`schema ${schema}`, "kpi's own tables", 'table numbers', 'view kpi_series', `role ${schema}_writer`, `role ${schema}_reader`],
    ]);
  });

  it('lets a user of the writing group write and be asked, one of the reading group only read, and says how to make one', async () => {
    const { init, schema, context } = await place();
    const changes = await init();
    const detail = (role: string) => changes?.find(({ object }) => object === `role ${schema}_${role}`)?.detail ?? '';
    for (const [role, user] of [
      ['writer', 'kpi_collect'],
      ['reader', 'kpi_dashboard'],
    ] as const) {
      const own = `${schema}_${user}`;
      const sql = detail(role)
        .replace(/^a user of it: /, '')
        .replace(user, own)
        .replace('…', 'pass-of-user-0123');
      await admin.query(sql);
      undo.push(() => admin.query(`drop role ${own}`));
    }
    const asUser = (user: string) => ({
      ...(postgres.settings.parse({ url: direct.replace(/\/\/[^@]*@/, `//${schema}_${user}:pass-of-user-0123@`), schema }) as object),
    });
    const writer = await postgres.open(asUser('kpi_collect'), context());
    expect(await writer.write([entry(1)])).toEqual([]);
    expect(await writer.write([entry(2)])).toEqual([]);
    await writer.close();
    const { findings } = await findingsOf(postgres.check?.(asUser('kpi_collect'), context()));
    expect(findings).toEqual([{ check: 'access', status: 'ok', message: 'a row was written, read and taken back' }]);

    const reader = await postgres.open(asUser('kpi_dashboard'), context());
    await expect(reader.write([entry(3)])).rejects.toMatchObject({
      name: 'PermanentError',
      kind: 'forbidden',
      message: expect.stringMatching(/may not do that in the database.*grant .*_writer to/),
    });
    await reader.close();
    const store = await postgres.ask?.(asUser('kpi_dashboard'), context());
    const seen: Entry[] = [];
    for await (const one of store?.last({ measurement: 'numbers' }) ?? []) seen.push(one);
    expect(seen).toMatchObject([{ point: { fields: { level: 2 } } }]);
    await store?.close();
    const refused = await findingsOf(postgres.check?.(asUser('kpi_dashboard'), context()));
    expect(refused.findings).toMatchObject([
      {
        status: 'error',
        message: expect.stringMatching(/may not write to numbers/),
        mend: `grant ${schema}_writer to ${schema}_kpi_dashboard`,
      },
    ]);
    await expect(postgres.init?.(asUser('kpi_dashboard'), [...all, { ...numbers, name: 'others' }], context())).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringMatching(/may not do that in .*run it as the owner of the database/),
    });
  });

  it('gives its groups nothing of what else is in the schema', async () => {
    const { init, query } = await place();
    await query('create schema SCHEMA; create table SCHEMA.salaries (name text); create view SCHEMA.paid as select * from SCHEMA.salaries');
    await init();
    const may = (role: string, table: string) =>
      query(`select has_table_privilege('SCHEMA_${role}', 'SCHEMA.${table}', 'select') as may`).then(([row]) => row?.may);
    for (const table of ['salaries', 'paid']) expect([await may('reader', table), await may('writer', table)]).toEqual([false, false]);
    for (const table of ['numbers', 'kpi_series', 'kpi_measurement'])
      expect([await may('reader', table), await may('writer', table)]).toEqual([true, true]);
  });

  it('works without the right to make roles, and says what is to be run', async () => {
    const owner = `place_owner_${process.pid}`;
    await admin.query(`create role ${owner} login password 'pass-of-owner-0123'; grant create on database postgres to ${owner}`);
    const { settings, schema, context } = await place({ url: direct.replace(/\/\/[^@]*@/, `//${owner}:pass-of-owner-0123@`) });
    undo.push(async () => {
      await drop(admin, schema);
      await admin.query(`revoke all on database postgres from ${owner}; drop role ${owner}`);
    });
    const changes = await postgres.init?.(settings, all, context());
    expect(changes?.find(({ object }) => object === `role ${schema}_writer`)).toMatchObject({
      action: 'ready',
      detail: expect.stringMatching(/^not made, since .* may not make roles; as one who may: create role/),
    });
    const to = await postgres.open(settings, context());
    expect(await to.write([entry(1)])).toEqual([]);
    await to.close();
  });

  it('rejects what a column cannot take, and says how it is mended; the others are stored', async () => {
    const { init, open, query } = await place();
    const other = { ...numbers, name: 'others' };
    await init({ measurements: [numbers, other] });
    await query('drop view SCHEMA.kpi_series; alter table SCHEMA.others alter column level type integer');
    const measurements = [numbers, other];
    const to = await open({ measurements });
    expect(await to.write([entry(1.5), entry(2.5, { measurement: 'others' })])).toEqual([
      {
        index: 1,
        reason: expect.stringMatching(
          /^the column level of \w+\.others is integer, not double precision: run `alter table "\w+"\."others" alter column "level" type double precision using "level"::double precision`, then `kpi db init`$/,
        ),
      },
    ]);
    expect(await query('select level from SCHEMA.numbers')).toEqual([{ level: 1.5 }]);
    // The view leaves it out, and so lets it be mended.
    await expect(init({ measurements })).rejects.toThrow(/the column level of \w+\.others is integer/);
    expect(await query('select measurement, value from SCHEMA.kpi_series')).toEqual([{ measurement: 'numbers', value: 1.5 }]);
    await query('alter table SCHEMA.others alter column level type double precision');
    await init({ measurements });
    expect(await (await open({ measurements })).write([entry(2.5, { measurement: 'others' })])).toEqual([]);
    expect(await query("select value from SCHEMA.kpi_series where measurement = 'others'")).toEqual([{ value: 2.5 }]);
  });

  it('lets a row that the database refuses cost itself alone', async () => {
    const { init, open, query } = await place();
    await init();
    await query('alter table SCHEMA.numbers add constraint small check (level < 100)');
    const to = await open();
    const batch = Array.from({ length: 8 }, (_, index) => entry(index === 5 ? 100 : index, { tags: { place: `place ${index}` } }));
    await expect(to.write(batch)).rejects.toMatchObject({
      name: 'SplitError',
      message: expect.stringMatching(/violates check constraint "small" \(23514\)/),
    });
    // As the engine does: halves, down to the one.
    expect(await halved(to, batch)).toEqual(['place 5']);
    expect(await query('select count(*)::int as n from SCHEMA.numbers')).toEqual([{ n: 7 }]);
  });

  it('refuses a time that PostgreSQL does not read, and takes the first and the last that it does', async () => {
    const { init, open, query } = await place();
    await init();
    const times = ['0000-12-31T23:59:59.999Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '+010000-01-01T00:00:00.000Z'];
    const rejected = await (await open()).write(times.map((time, index) => entry(index, { time: new Date(time) })));
    expect(rejected.map(({ index }) => index)).toEqual([0, 3]);
    expect(rejected[0]?.reason).toBe('numbers: its time 0000-12-31T23:59:59.999Z is not between the years 1 and 9999');
    expect(await query('select level from SCHEMA.numbers order by time')).toEqual([{ level: 1 }, { level: 2 }]);
  });

  it('refuses a schema that a newer kpi made, in one sentence, for each thing that is asked of it', async () => {
    const { init, open, query, settings, context, schema } = await place();
    await init();
    await query('insert into SCHEMA.kpi_migration values (99, now())');
    const message = `the schema ${schema} was made by a newer kpi (version 99, this one knows 2): use that kpi, or set "schema" to another`;
    await expect((await open()).write([entry(1)])).rejects.toThrow(message);
    await expect(init()).rejects.toThrow(message);
    await expect(postgres.status?.(settings, all, context())).rejects.toThrow(message);
    expect((await findingsOf(postgres.check?.(settings, context()))).error).toMatchObject({ message });
  });

  it('tells what is missing and what has drifted, how many rows, from when to when, and how large', async () => {
    const { init, open, query, settings, context } = await place();
    await init();
    await (await open()).write([entry(1), entry(2, { time: new Date(now.getTime() - 60_000) })]);
    await query('alter table SCHEMA.numbers drop column word; create table SCHEMA.foreign_one (x int)');
    const measurements = [
      numbers,
      { ...numbers, name: 'others' },
      { ...numbers, name: 'foreign_one' },
      { ...numbers, fields: { level: text() } },
    ];
    const status = await postgres.status?.(settings, measurements.slice(0, 3), context({ measurements: measurements.slice(0, 3) }));
    expect(status?.measurements).toEqual([
      {
        name: 'numbers',
        rows: 2,
        from: new Date(now.getTime() - 60_000),
        to: now,
        problems: ['the table numbers has no column word: run `kpi db init`'],
      },
      { name: 'others', rows: 0, problems: ['the table others is missing: run `kpi db init`'] },
      { name: 'foreign_one', rows: 0, problems: [expect.stringMatching(/^there is a table \w+\.foreign_one that kpi did not make/)] },
    ]);
    expect(status?.bytes).toBeGreaterThan(8192);
    const drifted = await postgres.status?.(settings, measurements.slice(3), context());
    expect(drifted?.measurements[0]?.problems).toEqual(['the field level of numbers is stored as gauge, not text: give it a new name']);
  });

  it('says `kpi db init` where a column is missing, and goes on once it is there', async () => {
    const { init, open, query } = await place();
    await init();
    const to = await open();
    await to.write([entry(1)]);
    await query('alter table SCHEMA.numbers drop column word');
    await expect(to.write([entry(2)])).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('run `kpi db init`'),
    });
    await expect(to.write([entry(2)])).rejects.toThrow(
      /the table numbers has no column word in the schema \w+ of the database postgres at .*: run `kpi db init`/,
    );
    await init();
    expect(await to.write([entry(2)])).toEqual([]);
  });

  it('starts no run whose memory it cannot hold', async () => {
    const { init, query, settings, context } = await place();
    await expect(postgres.state?.(settings, context())).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(
        /^run\.state is "store", and the schema \w+ of the database .* cannot hold kpi's own memory yet: run `kpi db init`$/,
      ),
    });
    await init();
    await query('insert into SCHEMA.kpi_migration values (99, now())');
    await expect(postgres.state?.(settings, context())).rejects.toThrow(/was made by a newer kpi/);
  });

  it('makes on the way what is missing, where it may', async () => {
    const { open, query } = await place();
    const to = await open({ autoInit: true });
    expect(await to.write([entry(1)])).toEqual([]);
    // A tag that the config no longer has, in an entry that waited.
    expect(await to.write([entry(2, { tags: { place: 'b', region: 'eu' } }), entry(3, { tags: { place: 'c' } })])).toEqual([]);
    expect(await query('select place, region, level from SCHEMA.numbers order by level')).toEqual([
      { place: 'a', region: '', level: 1 },
      { place: 'b', region: 'eu', level: 2 },
      { place: 'c', region: '', level: 3 },
    ]);
  });

  it('keeps rows in partitions by month, and moves those there that came before their month had one', async () => {
    const { init, open, query } = await place({ partitions: 'month' });
    expect((await init())?.find(({ object }) => object === 'table numbers')?.action).toBe('created');
    const to = await open();
    const times = ['2026-11-21T20:00:00.000Z', '2019-02-28T23:59:59.999Z', '2019-03-01T00:00:00.000Z', '2031-01-01T00:00:00.000Z'];
    const entries = times.map((time, index) => entry(index, { time: new Date(time) }));
    expect(await to.write(entries)).toEqual([]);
    const where = () =>
      query("select level, regexp_replace(tableoid::regclass::text, '^.*\\.', '') as partition from SCHEMA.numbers order by level");
    expect((await where()).map(({ partition }) => partition)).toEqual([
      'numbers_2026_11',
      'numbers_default',
      'numbers_default',
      'numbers_default',
    ]);
    const changes = await init();
    expect(changes?.find(({ object }) => object === 'table numbers')).toEqual({
      object: 'table numbers',
      action: 'changed',
      detail: 'new partitions: numbers_2019_02, numbers_2019_03, numbers_2031_01',
    });
    expect((await where()).map(({ partition }) => partition)).toEqual([
      'numbers_2026_11',
      'numbers_2019_02',
      'numbers_2019_03',
      'numbers_2031_01',
    ]);
    expect(await to.write(entries)).toEqual([]);
    expect(await query('select count(*)::int as n from SCHEMA.numbers')).toEqual([{ n: 4 }]);
    expect(new Set((await init())?.map(({ action }) => action))).toEqual(new Set(['ready']));
  });

  it('says what to do where TimescaleDB is asked for and is not there, and makes nothing', async () => {
    const { init, query } = await place({ timescale: true });
    await expect(init()).rejects.toThrow(
      'the database has no extension timescaledb: run `create extension timescaledb`, or remove "timescale" from the sink',
    );
    expect(await query("select to_regnamespace('SCHEMA') as there")).toEqual([{ there: null }]);
  });

  it('loses and doubles nothing where the answer to a write is lost', async () => {
    const { init, query, schema } = await place();
    await init();
    const url = new URL(direct);
    const proxy = await startProxy(url.hostname, Number(url.port));
    undo.push(() => proxy.close());
    url.port = String(proxy.port);
    const to = await postgres.open(
      postgres.settings.parse({ url: url.href, schema }),
      createSinkContext({ measurements: all, autoInit: false, now }),
    );
    await to.write([entry(0)]);
    proxy.loseNextAnswer();
    const batch = Array.from({ length: 100 }, (_, index) => entry(index, { tags: { place: `place ${index}` } }));
    await expect(to.write(batch)).rejects.toMatchObject({ name: 'TransientError', kind: 'network' });
    expect(proxy.lost).toBe(1);
    expect(await to.write(batch)).toEqual([]);
    await to.close();
    expect(await query('select count(*)::int as n, sum(level)::int as s from SCHEMA.numbers')).toEqual([{ n: 101, s: 4950 }]);
  });

  it('is tried again where the server ends the connection, in the middle of a statement too', async () => {
    const { init, open, query, schema } = await place();
    await init();
    const to = await open();
    await to.write([entry(1)]);
    await admin.query('begin');
    await admin.query(`lock table ${schema}.numbers`);
    const writing = to.write([entry(2)]);
    writing.catch(() => {});
    const pid = await blocked(schema);
    await admin.query('select pg_terminate_backend($1)', [pid]);
    await admin.query('rollback');
    await expect(writing).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringMatching(/cannot answer now|connection to the database/),
    });
    expect(await to.write([entry(2)])).toEqual([]);
    expect(await query('select level from SCHEMA.numbers')).toEqual([{ level: 2 }]);
  });

  it('ends with the run, in the middle of a statement', async () => {
    const { init, settings, schema } = await place();
    await init();
    const abort = new AbortController();
    const to = await postgres.open(settings, createSinkContext({ measurements: all, autoInit: false, now, signal: abort.signal }));
    await admin.query('begin');
    await admin.query(`lock table ${schema}.numbers`);
    const writing = to.write([entry(2)]);
    writing.catch(() => {});
    await blocked(schema);
    abort.abort(new Error('enough'));
    await expect(writing).rejects.toMatchObject({ name: 'TransientError', kind: 'cancelled' });
    await to.close();
    await admin.query('rollback');
  });

  it.each([
    [
      'a wrong password',
      (url: string) => url.replace(/:[^:@]*@/, ':another-word-0123@'),
      'unauthorized',
      /does not let kpi in: password authentication failed.*check the user, the password and pg_hba\.conf/,
    ],
    [
      'an unknown database',
      (url: string) => url.replace(/\/postgres$/, '/nowhere'),
      'config',
      /there is no such database \(database "nowhere" does not exist\): create it, or name another/,
    ],
    [
      'a server that does not encrypt',
      (url: string) => `${url}?sslmode=require`,
      'config',
      /does not encrypt: correct its sslmode, or the server/,
    ],
  ])('says what is wrong with %s, and tells no password', async (_, changed, kind, message) => {
    const { settings } = await place();
    const url = changed((settings as { url: { reveal(): string } }).url.reveal());
    const to = await postgres.open(postgres.settings.parse({ url }), createSinkContext({ measurements: all }));
    const error = await to.write([entry(1)]).catch((thrown: unknown) => thrown as Error);
    await to.close();
    expect(error).toMatchObject({ name: 'PermanentError', kind, message: expect.stringMatching(message) });
    expect(JSON.stringify([String(error), (error as Error).stack])).not.toMatch(/another-word|pass-of-kpi/);
  });

  describe('over TLS', () => {
    const authority = createAuthority();
    const dir = mkdtempSync(join(tmpdir(), 'kpi-postgres-tls-'));
    let rules = '';

    /** Lines of pg_hba.conf before those that are there. */
    async function allow(lines: string): Promise<void> {
      await admin.query(
        `copy (select regexp_split_to_table($text$${lines}${rules}$text$, '\\n')) to program 'cat > ${await dataDirectory()}/pg_hba.conf'`,
      );
      await admin.query('select pg_reload_conf()');
    }
    const dataDirectory = async () => String((await admin.query('show data_directory')).rows[0].data_directory);

    beforeAll(async () => {
      const { key, cert } = authority.issue({ hosts: ['127.0.0.1'], to: new Date(Date.now() + 86_400_000) });
      const folder = await dataDirectory();
      for (const [name, content] of [
        ['server.key', key],
        ['server.crt', cert],
      ] as const)
        await admin.query(
          `copy (select regexp_split_to_table($pem$${content.trim()}$pem$, '\\n')) to program 'umask 077; cat > ${folder}/${name}'`,
        );
      rules = String((await admin.query("select pg_read_file('pg_hba.conf') as text")).rows[0].text);
      await admin.query('alter system set ssl = on');
      await admin.query('select pg_reload_conf()');
      while ((await admin.query('show ssl')).rows[0].ssl !== 'on') await macrotask();
      await admin.query(
        "create function select_ssl() returns boolean language sql volatile as 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'",
      );
      writeFileSync(join(dir, 'ca.pem'), authority.cert);
      writeFileSync(join(dir, 'other.pem'), createAuthority('another').cert);
    });
    afterAll(async () => {
      await admin.query('drop function select_ssl() cascade');
      await admin.query('alter system reset ssl');
      await admin.query('select pg_reload_conf()');
      rmSync(dir, { recursive: true });
    });

    async function writtenWith(own: object, host = '127.0.0.1') {
      const url = new URL(direct);
      url.hostname = host;
      const { init, schema, query } = await place();
      await init();
      await admin.query(`alter table ${schema}.numbers add column ssl boolean default (select_ssl())`);
      const to = await postgres.open(
        postgres.settings.parse({ url: url.href, schema, ...own }),
        createSinkContext({ measurements: all, autoInit: false, now }),
      );
      undo.push(() => to.close());
      expect(await to.write([entry(1)])).toEqual([]);
      return (await query('select ssl from SCHEMA.numbers'))[0]?.ssl;
    }

    const ca = join(dir, 'ca.pem');
    it.each([
      ['disable', { sslmode: 'disable' }, false],
      ['allow', { sslmode: 'allow' }, false],
      ['nothing said', {}, true],
      ['prefer', { sslmode: 'prefer' }, true],
      ['require', { sslmode: 'require' }, true],
      ['require with an authority', { sslmode: 'require', sslrootcert: ca }, true],
      ['verify-ca', { sslmode: 'verify-ca', sslrootcert: ca }, true],
      ['verify-full', { sslmode: 'verify-full', sslrootcert: ca }, true],
    ])('%s', async (_, own, isEncrypted) => {
      expect(await writtenWith(own)).toBe(isEncrypted);
    });

    it('takes a certificate for another host with verify-ca, as it says', async () => {
      expect(await writtenWith({ sslmode: 'verify-ca', sslrootcert: ca }, 'localhost')).toBe(true);
    });

    it.each([
      ['of an unknown authority', { sslmode: 'verify-full' }, '127.0.0.1'],
      ['of another authority', { sslmode: 'verify-ca', sslrootcert: join(dir, 'other.pem') }, '127.0.0.1'],
      ['of another authority, also where it is only required', { sslmode: 'require', sslrootcert: join(dir, 'other.pem') }, '127.0.0.1'],
      ['for another host', { sslmode: 'verify-full', sslrootcert: ca }, 'localhost'],
    ])('refuses a certificate %s', async (_, own, host) => {
      await expect(writtenWith(own, host)).rejects.toMatchObject({
        name: 'PermanentError',
        message: expect.stringMatching(/^the certificate of the database postgres at .* is not accepted .*sslrootcert names a file/),
      });
    });

    it.each([
      ['allow encrypts where the server wants it', 'hostnossl', 'allow', true],
      ['prefer does not where the server does not want it', 'hostssl', 'prefer', false],
    ])('%s', async (_, refused, sslmode, isEncrypted) => {
      const { init, schema, query, context } = await place();
      await init();
      await query('alter table SCHEMA.numbers add column ssl boolean default (select_ssl())');
      undo.push(() => allow(''));
      await allow(`${refused} all all all reject\n`);
      // The server reads its rules when it comes to it.
      while (await isLetIn({ ssl: refused === 'hostssl' && { rejectUnauthorized: false } })) await macrotask();
      const to = await postgres.open(postgres.settings.parse({ url: direct, schema, sslmode }), context());
      undo.push(() => to.close());
      expect(await to.write([entry(1)])).toEqual([]);
      expect(await query('select ssl from SCHEMA.numbers')).toEqual([{ ssl: isEncrypted }]);
    });

    async function isLetIn(options: ClientConfig): Promise<boolean> {
      const client = new Client({ connectionString: direct, ...options });
      client.on('error', () => {});
      return await client.connect().then(
        () => client.end().then(() => true),
        () => false,
      );
    }
  });
});

/** Writes as the engine does where a batch is refused; returns the places of those that are refused alone. */
async function halved(to: OpenSink, batch: readonly Entry[]): Promise<readonly (string | undefined)[]> {
  try {
    const rejected = await to.write(batch);
    return rejected.map(({ index }) => batch[index]?.point.tags.place);
  } catch {
    if (batch.length === 1) return [batch[0]?.point.tags.place];
    const half = Math.ceil(batch.length / 2);
    return [...(await halved(to, batch.slice(0, half))), ...(await halved(to, batch.slice(half)))];
  }
}
