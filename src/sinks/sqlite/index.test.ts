import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { counter, gauge, type Measurement, measurement, seriesKey } from '../../sdk/index.ts';
import { createSinkContext, entryOf, type SinkPlace, type StoredRow, sinkContract } from '../../testing/contract/sink.ts';
import { sqlite } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', { help: 'Numbers.', time: 'snapshot', tags: { place: 'where' }, fields: { level: gauge() } });

sinkContract(sqlite, { start: startPlace });

async function startPlace(): Promise<SinkPlace> {
  const { path, remove } = newPlace();
  return {
    settings: { path },
    read: async () => readAll(path),
    async interrupt() {
      const other = new DatabaseSync(path);
      other.exec('begin immediate');
      return async () => other.close();
    },
    async refuse() {
      await sqlite.init?.({ path }, [numbers], createSinkContext({ measurements: [numbers] }));
      const other: Measurement = { ...numbers, tags: { place: 'where', kind: 'what' } };
      const entry = entryOf({ measurement: 'numbers', tags: { place: 'a', kind: 'b' }, fields: { level: 1 }, time: now, collectedAt: now });
      return { measurements: [other], entries: [entry, entry], reason: /stored with the tags place, not kind place: give it a new name/ };
    },
    close: async () => remove(),
  };
}

describe('sqlite', () => {
  it('takes names that every object has for what they are', () =>
    inPlace(async ({ write, query }) => {
      const built = measurement('built', {
        help: 'By whom.',
        time: 'event',
        tags: { place: 'where' },
        fields: { level: gauge(), constructor: gauge() },
      });
      const point = { measurement: 'built', tags: { place: 'a' }, fields: { level: 1 }, time: now, collectedAt: now };
      await write([entryOf(point), entryOf({ ...point, tags: { place: 'b' }, fields: { constructor: 2 } })], [built]);
      expect(query('select place, level, constructor from built order by place')).toEqual([
        { place: 'a', level: 1, constructor: null },
        { place: 'b', level: null, constructor: 2 },
      ]);
      const config = { ...numbers, name: 'others' };
      const other = { ...point, measurement: 'others' };
      await write([entryOf(other), entryOf({ ...other, tags: { place: 'b', constructor: 'builders' } })], [config], ['constructor']);
      expect(query('select place, constructor from others order by place')).toEqual([
        { place: 'a', constructor: '' },
        { place: 'b', constructor: 'builders' },
      ]);
    }));

  it('keeps the documented format', () =>
    inPlace(async ({ path, write, query }) => {
      const website = measurement('website', {
        help: 'A check.',
        time: 'event',
        tags: { site: 'where' },
        fields: { up: { kind: 'flag' }, ms: gauge('ms'), at: { kind: 'moment' }, reason: { kind: 'text' } },
      });
      const fields = { up: true, ms: 0.1 + 0.2, at: '2026-11-20T01:02:03.004Z', reason: 'ok' };
      const tags = { site: 'docs', team: 'growth' };
      const point = { measurement: 'website', tags, time: new Date('2026-11-21T19:59:58.765Z') };
      await write([entryOf({ ...point, fields, collectedAt: now, provisional: true })], [website], ['team', 'region']);
      expect(query('select * from website')).toEqual([
        {
          series: seriesKey('website', tags),
          time: '2026-11-21T19:59:58.765Z',
          region: '',
          site: 'docs',
          team: 'growth',
          up: 1,
          ms: 0.30000000000000004,
          at: '2026-11-20T01:02:03.004Z',
          reason: 'ok',
          run_id: 'run-1',
          collected_at: '2026-11-21T20:00:00.000Z',
          provisional: 1,
        },
      ]);
      expect(query("select name, pk from pragma_table_info('website') where pk > 0 order by pk")).toEqual([
        { name: 'series', pk: 1 },
        { name: 'time', pk: 2 },
      ]);
      expect(query("select name, \"notnull\", dflt_value from pragma_table_info('website') where name = 'team'")).toEqual([
        { name: 'team', notnull: 1, dflt_value: "''" },
      ]);
      expect(JSON.parse(String(query('select declaration from kpi_measurement')[0]?.declaration))).toEqual(website);
      expect(query('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
      expect(path).toMatch(/kpi\.db$/);
    }));

  it('unpivots the numeric fields of all measurements, with the tags that a series has', () =>
    inPlace(async ({ write, query }) => {
      const other = measurement('other', { help: 'Other.', time: 'day', tags: {}, fields: { total: counter(), word: { kind: 'text' } } });
      await write(
        [
          entryOf({ measurement: 'numbers', tags: { place: "o'x", team: 'g' }, fields: { level: 2 }, time: now, collectedAt: now }),
          entryOf({ measurement: 'numbers', tags: { place: 'y' }, fields: { level: 0 }, time: now, collectedAt: now }),
          entryOf({ measurement: 'other', tags: {}, fields: { total: 7, word: 'seven' }, time: now, collectedAt: now }),
          entryOf({ measurement: 'other', tags: { team: 'g' }, fields: { word: 'none' }, time: now, collectedAt: now }),
        ],
        [numbers, other],
        ['team'],
      );
      const time = '2026-11-21T20:00:00.000Z';
      expect(query('select measurement, field, series, tags, time, value from kpi_series order by measurement, value')).toEqual([
        { measurement: 'numbers', field: 'level', series: seriesKey('numbers', { place: 'y' }), tags: '{"place":"y"}', time, value: 0 },
        {
          measurement: 'numbers',
          field: 'level',
          series: seriesKey('numbers', { place: "o'x", team: 'g' }),
          tags: '{"place":"o\'x","team":"g"}',
          time,
          value: 2,
        },
        { measurement: 'other', field: 'total', series: seriesKey('other', {}), tags: '{}', time, value: 7 },
      ]);
    }));

  it('keeps more fields in the view than a compound select has terms', () =>
    inPlace(async ({ init, query }) => {
      const fields = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`level_${index}`, gauge()]));
      const many = Array.from({ length: 30 }, (_, index) => ({ ...numbers, name: `numbers_${index}`, fields }));
      await init(many);
      expect(query('select * from kpi_series')).toEqual([]);
    }));

  it('refuses a measurement whose field got another kind, and takes the others', () =>
    inPlace(async ({ write, query }) => {
      const at = (level: number) => entryOf({ measurement: 'numbers', fields: { level }, time: now, collectedAt: now });
      await write([at(1)], [numbers]);
      const other = { ...numbers, name: 'other' };
      const changed: Measurement = { ...numbers, fields: { level: counter() } };
      const rejected = await write(
        [at(2), entryOf({ measurement: 'other', fields: { level: 3 }, time: now, collectedAt: now })],
        [changed, other],
      );
      expect(rejected).toEqual([{ index: 0, reason: 'the field level of numbers is stored as gauge, not counter: give it a new name' }]);
      expect(query('select level from numbers union all select level from other')).toEqual([{ level: 1 }, { level: 3 }]);
    }));

  it('leaves a table alone that another program made under the same name', () =>
    inPlace(async ({ path, write, query }) => {
      const db = new DatabaseSync(path);
      db.exec("create table numbers (mine text); insert into numbers values ('kept')");
      db.close();
      const rejected = await write([entryOf({ measurement: 'numbers', fields: { level: 1 }, time: now, collectedAt: now })], [numbers]);
      expect(rejected).toEqual([{ index: 0, reason: 'there is a table numbers that kpi did not make: rename it' }]);
      expect(query('select * from numbers')).toEqual([{ mine: 'kept' }]);
    }));

  it('refuses a tag of the config that has the name of a field', () =>
    inPlace(async ({ write }) => {
      const entry = entryOf({
        measurement: 'numbers',
        tags: { place: 'a', level: 'x' },
        fields: { level: 1 },
        time: now,
        collectedAt: now,
      });
      const [rejection] = await write([entry], [numbers], ['level']);
      expect(rejection?.reason).toBe('numbers has a field level, whose name no tag of the config can have: rename the tag');
    }));

  it('refuses an entry with a field that nobody declares, rather than to drop the field', () =>
    inPlace(async ({ write, query }) => {
      const entry = entryOf({ measurement: 'numbers', fields: { level: 1, other: 2 }, time: now, collectedAt: now });
      expect(await write([entry], [numbers])).toEqual([{ index: 0, reason: 'the measurement numbers has no field other' }]);
      expect(query('select * from numbers')).toEqual([]);
    }));

  it('makes a column for a tag that the config no longer has, in an entry that waited', () =>
    inPlace(async ({ write, query }) => {
      const at = { measurement: 'numbers', time: now, collectedAt: now };
      const waited = entryOf({ ...at, tags: { place: 'a', team: 'growth' }, fields: { level: 1 } });
      expect(await write([entryOf({ ...at, tags: { place: 'a' }, fields: { level: 2 } }), waited], [numbers])).toEqual([]);
      expect(query('select place, team, level from numbers order by level')).toEqual([
        { place: 'a', team: 'growth', level: 1 },
        { place: 'a', team: '', level: 2 },
      ]);
    }));

  it('refuses such an entry where it may not make columns', () =>
    inPlace(async ({ path, init, query }) => {
      await init([numbers]);
      const open = await sqlite.open({ path }, createSinkContext({ measurements: [numbers], autoInit: false }));
      const tags = { place: 'a', team: 'growth' };
      const rejected = await open.write([entryOf({ measurement: 'numbers', tags, fields: { level: 1 }, time: now, collectedAt: now })]);
      await open.close();
      expect(rejected).toEqual([{ index: 0, reason: 'the table numbers has no column for the tag team' }]);
      expect(query('select * from numbers')).toEqual([]);
    }));

  it('makes its tables again after a write that was undone', () =>
    inPlace(async ({ path, query }) => {
      const open = await sqlite.open({ path }, createSinkContext({ measurements: [numbers] }));
      const good = entryOf({ measurement: 'numbers', fields: { level: 1 }, time: now, collectedAt: now });
      const undeclared = entryOf({ measurement: 'never_declared', fields: { level: 1 }, time: now, collectedAt: now });
      await expect(open.write([good, undeclared])).rejects.toThrow('never_declared is not declared');
      expect(query("select name from sqlite_schema where name = 'numbers'")).toEqual([]);
      expect(await open.write([good])).toEqual([]);
      await open.close();
      expect(query('select level from numbers')).toEqual([{ level: 1 }]);
    }));

  it('keeps a field that a newer version of kpi declared, and its values', () =>
    inPlace(async ({ write, query }) => {
      const newer: Measurement = { ...numbers, fields: { level: gauge(), added: gauge() } };
      const at = { measurement: 'numbers', time: now, collectedAt: now };
      await write([entryOf({ ...at, fields: { level: 1, added: 2 } })], [newer]);
      await write([entryOf({ ...at, fields: { level: 3 } }), entryOf({ ...at, tags: { place: 'b' }, fields: { added: 4 } })], [numbers]);
      expect(query('select place, level, added from numbers order by place')).toEqual([
        { place: 'b', level: null, added: 4 },
        { place: 'here', level: 3, added: 2 },
      ]);
      const declaration = JSON.parse(String(query('select declaration from kpi_measurement')[0]?.declaration));
      expect(Object.keys(declaration.fields)).toEqual(['level', 'added']);
    }));

  it('follows the table when another process adds a column meanwhile', () =>
    inPlace(async ({ path, query }) => {
      const newer: Measurement = { ...numbers, fields: { level: gauge(), added: gauge() } };
      const at = (place: string, fields: Record<string, number>) => [
        entryOf({ measurement: 'numbers', tags: { place }, fields, time: now, collectedAt: now }),
      ];
      const one = await sqlite.open({ path }, createSinkContext({ measurements: [numbers] }));
      const two = await sqlite.open({ path }, createSinkContext({ measurements: [newer], tags: ['team'] }));
      await one.write(at('a', { level: 1 }));
      await two.write(at('b', { level: 2, added: 3 }));
      await one.write(at('c', { level: 4 }));
      await one.close();
      await two.close();
      expect(query('select place, team, level, added from numbers order by place')).toEqual([
        { place: 'a', team: '', level: 1, added: null },
        { place: 'b', team: '', level: 2, added: 3 },
        { place: 'c', team: '', level: 4, added: null },
      ]);
    }));

  it('tells what `db init` made, changed and found ready', () =>
    inPlace(async ({ init }) => {
      const newer: Measurement = { ...numbers, fields: { level: gauge(), added: gauge() } };
      const changes = [await init([numbers]), await init([numbers]), await init([newer], ['team'])];
      expect(changes.map((all) => all?.map(({ object, ...rest }) => [object.replace(/ \/.*\//, ' '), ...Object.values(rest)]))).toEqual([
        [
          ['database kpi.db', 'created'],
          ['table numbers', 'created'],
        ],
        [
          ['database kpi.db', 'ready'],
          ['table numbers', 'ready'],
        ],
        [
          ['database kpi.db', 'ready'],
          ['table numbers', 'changed', 'new columns: team, added'],
        ],
      ]);
    }));

  it('makes the other tables ready when `db init` finds one that it cannot', () =>
    inPlace(async ({ init, query }) => {
      await init([numbers]);
      const moved: Measurement = { ...numbers, tags: {} };
      await expect(init([moved, { ...numbers, name: 'other' }])).rejects.toThrow(
        'numbers is stored with the tags place, not (none): give it a new name',
      );
      expect(query('select name from kpi_measurement order by name')).toEqual([{ name: 'numbers' }, { name: 'other' }]);
    }));

  it('says in its status what has drifted', () =>
    inPlace(async ({ path, init }) => {
      await init([numbers]);
      const newer: Measurement = { ...numbers, fields: { level: gauge(), added: gauge() } };
      const changed: Measurement = { ...numbers, fields: { level: counter() } };
      const problems = async (declared: Measurement) => {
        const status = await sqlite.status?.({ path }, [declared], createSinkContext({ measurements: [declared], autoInit: false }));
        expect(status?.bytes).toBeGreaterThan(4096);
        return status?.measurements[0]?.problems;
      };
      expect(await problems(numbers)).toEqual([]);
      expect(await problems(newer)).toEqual(['the table numbers has no column added: run `kpi db init`']);
      expect(await problems(changed)).toEqual(['the field level of numbers is stored as gauge, not counter: give it a new name']);
    }));

  it('can be read and asked while a writer is at work', () =>
    inPlace(async ({ path, write, query }) => {
      const at = (level: number) => entryOf({ measurement: 'numbers', fields: { level }, time: now, collectedAt: now });
      await write([at(1)], [numbers]);
      const writer = new DatabaseSync(path);
      writer.exec('begin immediate; update numbers set level = 2');
      const store = await sqlite.ask?.({ path }, createSinkContext({ measurements: [numbers] }));
      const found: unknown[] = [];
      for await (const { point } of store?.last({ measurement: 'numbers' }) ?? []) found.push(point.fields);
      expect(found).toEqual([{ level: 1 }]);
      expect(query('select level from numbers')).toEqual([{ level: 1 }]);
      await store?.close();
      writer.close();
    }));
});

interface Place {
  readonly path: string;
  write(
    entries: readonly ReturnType<typeof entryOf>[],
    measurements: readonly Measurement[],
    tags?: readonly string[],
  ): Promise<readonly { index: number; reason: string }[]>;
  init(measurements: readonly Measurement[], tags?: readonly string[]): ReturnType<NonNullable<typeof sqlite.init>>;
  query(sql: string): Record<string, unknown>[];
}

async function inPlace(work: (place: Place) => Promise<void>): Promise<void> {
  const { path, remove } = newPlace();
  try {
    await work({
      path,
      async write(entries, measurements, tags = []) {
        const open = await sqlite.open({ path }, createSinkContext({ measurements, tags, now }));
        const rejected = await open.write(entries);
        await open.close();
        return rejected;
      },
      init: async (measurements, tags = []) =>
        (await sqlite.init?.({ path }, measurements, createSinkContext({ measurements, tags, now }))) ?? [],
      query: (sql) => query(path, sql),
    });
  } finally {
    remove();
  }
}

function newPlace(): { readonly path: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-sqlite-'));
  return { path: join(dir, 'kpi.db'), remove: () => rmSync(dir, { recursive: true }) };
}

function query(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows.map((row) => ({ ...row }));
}

/** All rows of all tables, by their declarations. */
function readAll(path: string): StoredRow[] {
  const db = new DatabaseSync(path);
  if (!db.prepare("select 1 from sqlite_schema where name = 'kpi_measurement'").get()) {
    db.close();
    return [];
  }
  const rows: StoredRow[] = [];
  for (const { name, declaration, tags } of db.prepare('select name, declaration, tags from kpi_measurement').all()) {
    const kinds = Object.entries((JSON.parse(String(declaration)) as Measurement).fields);
    for (const row of db.prepare(`select * from ${name}`).all()) {
      const had = (JSON.parse(String(tags)) as string[]).filter((tag) => row[tag] !== '');
      const measured = kinds.filter(([field]) => row[field] !== null);
      rows.push({
        measurement: String(name),
        tags: Object.fromEntries(had.map((tag) => [tag, String(row[tag])])),
        fields: Object.fromEntries(
          measured.map(([field, { kind }]) => [field, (kind === 'flag' ? row[field] === 1 : row[field]) as number]),
        ),
        time: new Date(String(row.time)),
        runId: String(row.run_id),
        collectedAt: new Date(String(row.collected_at)),
        provisional: row.provisional === 1,
      });
    }
  }
  db.close();
  return rows;
}
