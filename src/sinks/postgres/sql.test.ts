import { describe, expect, it } from 'vitest';
import { counter, flag, gauge, moment, text } from '../../sdk/index.ts';
import { createTable, inSchema, literal, seriesView, type Table, upsert } from './sql.ts';

const table: Table = { name: 'site', tags: ['name', 'team'], fields: { up: flag(), ms: gauge('ms'), at: moment(), why: text() } };

it('names and texts are taken for what they are, whatever is in them', () => {
  expect(inSchema('k"pi', 'user')).toBe('"k""pi"."user"');
  expect([literal("o'x"), literal('a\\b')]).toEqual(["'o''x'", "E'a\\\\b'"]);
});

it('a table has a column for each tag and field, and its key is series and time', () => {
  expect(createTable('kpi', table, false)).toBe(`create table "kpi"."site" (
  series text collate "C" not null,
  time timestamptz not null,
  "name" text not null default '',
  "team" text not null default '',
  "up" boolean,
  "ms" double precision,
  "at" timestamp with time zone,
  "why" text,
  run_id text not null,
  collected_at timestamptz not null,
  provisional boolean not null,
  primary key (series, time)
)`);
  expect(createTable('kpi', table, true)).toMatch(/\) partition by range \(time\)$/);
});

describe('upsert', () => {
  const sql = upsert('kpi', { ...table, tags: ['name'], fields: { ms: gauge(), why: text() } });

  it('takes an array for each column, in the order of the key', () => {
    expect(sql).toContain(
      `insert into "kpi"."site" as t (series, time, "name", "ms", "why", run_id, collected_at, provisional)
select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::double precision[], $5::text[], $6::text[], $7::timestamptz[], $8::boolean[]) as u (own_series, own_time)
order by own_series collate "C", own_time`,
    );
  });

  it('merges field by field, and writes no row that would stay as it is', () => {
    expect(sql).toContain(
      '"ms" = case when excluded.collected_at >= t.collected_at then coalesce(excluded."ms", t."ms") else coalesce(t."ms", excluded."ms") end',
    );
    expect(sql.split('\nwhere ')[1]).toBe(`excluded.collected_at > t.collected_at
  or t."ms" is null and excluded."ms" is not null
  or t."why" is null and excluded."why" is not null
  or excluded.collected_at = t.collected_at and (excluded.run_id <> t.run_id or excluded.provisional <> t.provisional or excluded."ms" <> t."ms" or excluded."why" <> t."why")`);
  });
});

describe('the view', () => {
  it('has a term for each measurement that has numbers', () => {
    const other: Table = { name: 'other', tags: [], fields: { total: counter(), parts: gauge() } };
    const words: Table = { name: 'words', tags: ['a'], fields: { why: text() } };
    const sql = seriesView('kpi', [table, other, words]);
    expect(sql.split('union all')).toHaveLength(2);
    expect(sql).toContain(`jsonb_strip_nulls(jsonb_build_object('name', nullif(t."name", ''), 'team', nullif(t."team", '')))`);
    expect(sql).toContain(`(values ('total', t."total"), ('parts', t."parts"))`);
    expect(sql).not.toContain("'up'");
  });

  it('is empty where there is none', () => {
    expect(seriesView('kpi', [])).toMatch(/as\nselect null::text, .* where false$/);
  });

  it('takes more tags than a function has arguments', () => {
    const tags = Array.from({ length: 120 }, (_, index) => `tag_${index}`);
    const sql = seriesView('kpi', [{ name: 'many', tags, fields: { total: counter() } }]);
    expect(sql.match(/jsonb_build_object/g)).toHaveLength(3);
  });
});
