import { describe, expect, it } from 'vitest';
import { gauge, type Measurement, text } from '../../sdk/index.ts';
import type { Catalogue } from './catalogue.ts';
import { lackOf, planTable } from './plan.ts';

const declared: Measurement = { name: 'numbers', help: 'Numbers.', time: 'event', tags: { place: 'where' }, fields: { level: gauge() } };
const columns = {
  series: 'text',
  time: 'timestamp with time zone',
  place: 'text',
  level: 'double precision',
  run_id: 'text',
  collected_at: 'timestamp with time zone',
  provisional: 'boolean',
};
const stored = { declaration: declared, tags: ['place'] };

function found(own: Readonly<Record<string, string>> = columns, of: typeof stored | undefined = stored): Catalogue {
  return {
    hasSchema: true,
    version: 1,
    tables: new Map([['numbers', { isPartitioned: false, columns: new Map(Object.entries(own)) }]]),
    stored: new Map(of ? [['numbers', of]] : []),
  };
}
const nothing: Catalogue = { hasSchema: false, version: 0, tables: new Map(), stored: new Map() };

describe('the plan of a table', () => {
  it('has nothing to do where all is there', () => {
    const plan = planTable('kpi', found(), declared, []);
    expect(plan).toMatchObject({ exists: true, missing: [], refused: undefined, declaration: undefined });
    expect(lackOf(plan)).toBeUndefined();
  });

  it('makes what is not there', () => {
    const plan = planTable('kpi', nothing, declared, ['team']);
    expect(plan).toMatchObject({ exists: false, table: { tags: ['place', 'team'] }, declaration: declared });
    expect(lackOf(plan)).toBe('the table numbers is missing');
  });

  it('adds columns, and keeps what only the store still has', () => {
    const was = { declaration: { ...declared, fields: { ...declared.fields, old: gauge() } }, tags: ['place', 'gone'] };
    const plan = planTable(
      'kpi',
      found({ ...columns, old: 'double precision', gone: 'text' }, was),
      { ...declared, fields: { level: gauge(), more: text() } },
      ['team'],
    );
    expect(plan).toMatchObject({ missing: ['team', 'more'], table: { tags: ['gone', 'place', 'team'] } });
    expect(Object.keys(plan.table.fields)).toEqual(['level', 'more', 'old']);
    expect(lackOf(plan)).toBe('the table numbers has no column team, more');
  });

  it.each([
    ['a tag of the config that is called as a field', found(), ['level'], /has a field level, whose name no tag of the config can have/],
    [
      'a tag that is called as what every table has',
      nothing,
      ['xmin'],
      /every table of PostgreSQL has a column xmin of its own: rename it/,
    ],
    ['a table of somebody else', found({ id: 'integer' }, undefined), [], /there is a table kpi\.numbers that kpi did not make: rename it/],
    [
      'a column of another type',
      found({ ...columns, level: 'integer' }),
      [],
      'the column level of kpi.numbers is integer, not double precision: run `alter table "kpi"."numbers" alter column "level" type double precision using "level"::double precision`, then `kpi db init`',
    ],
    [
      'other tags',
      found(columns, { declaration: { ...declared, tags: { other: 'x' } }, tags: ['other'] }),
      [],
      /stored with the tags other, not place/,
    ],
  ])('refuses %s', (_, catalogue, tags, reason) => {
    expect(planTable('kpi', catalogue, declared, tags).refused).toMatch(reason);
  });

  it('takes a text that somebody made a varchar', () => {
    expect(planTable('kpi', found({ ...columns, place: 'character varying' }), declared, []).refused).toBeUndefined();
  });
});
