import { describe, expect, it } from 'vitest';
import { type Entry, seriesKey } from '../../sdk/index.ts';
import { entryOf } from '../../testing/contract/sink.ts';
import { createRows } from './rows.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const shape = {
  tags: ['place', 'team'],
  fields: [
    ['level', 'gauge'],
    ['up', 'flag'],
    ['word', 'text'],
  ],
} as const;

function entry(own: Partial<Parameters<typeof entryOf>[0]> = {}): Entry {
  return entryOf({ tags: { place: 'a' }, fields: { level: 1 }, time: now, collectedAt: now, ...own });
}

describe('rows', () => {
  it('are an array for each column', () => {
    const rows = createRows(shape);
    rows.add(entry({ fields: { level: -0.5, up: true } }));
    rows.add(entry({ tags: { place: 'b\\"{,}', team: 'NULL' }, fields: { word: ' null ' }, provisional: true, runId: 'r "2"' }));
    const series = [seriesKey('contract_sample', { place: 'a' }), seriesKey('contract_sample', { place: 'b\\"{,}', team: 'NULL' })];
    expect(rows.take()).toEqual([
      [
        `{${series.join(',')}}`,
        `{${now.toISOString()},${now.toISOString()}}`,
        '{"a","b\\\\\\"{,}"}',
        '{"","NULL"}',
        '{-0.5,NULL}',
        '{true,NULL}',
        '{NULL," null "}',
        '{"run-1","r \\"2\\""}',
        `{${now.toISOString()},${now.toISOString()}}`,
        '{f,t}',
      ],
    ]);
    expect(rows.take()).toEqual([]);
  });

  it('of one identity never meet in one statement, and keep their order', () => {
    const rows = createRows(shape);
    for (const level of [1, 2, 3]) rows.add(entry({ fields: { level } }));
    rows.add(entry({ tags: { place: 'b' }, fields: { level: 4 } }));
    expect(rows.take().map((columns) => columns[4])).toEqual(['{1,4}', '{2}', '{3}']);
    rows.add(entry({ fields: { level: 5 } }));
    expect(rows.take().map((columns) => columns[4])).toEqual(['{5}']);
  });

  it('tell series apart whose tags read the same when they are joined', () => {
    const rows = createRows(shape);
    rows.add(entry({ tags: { place: 'a1 b', team: 'c' } }));
    rows.add(entry({ tags: { place: 'a', team: '1 bc' } }));
    const [columns] = rows.take();
    expect(new Set(columns?.[0]?.slice(1, -1).split(',')).size).toBe(2);
  });

  it.each([
    [{ fields: { word: 'a\0b' } }, 'the field word holds the character U+0000, which PostgreSQL cannot hold'],
    [{ fields: { word: '\ud800' } }, 'the field word holds half a character'],
    [{ tags: { place: 'a\0' } }, 'the tag place holds the character U+0000, which PostgreSQL cannot hold'],
    [{ tags: { place: 'a', region: 'eu' } }, 'the table has no column for the tag region'],
    [{ fields: { level: 1, other: 2 } }, 'the measurement has no field other'],
    [{ time: new Date('+010000-01-01T00:00:00.000Z') }, 'its time +010000-01-01T00:00:00.000Z is not between the years 1 and 9999'],
    [{ time: new Date('0000-12-31T00:00:00.000Z') }, 'its time 0000-12-31T00:00:00.000Z is not between the years 1 and 9999'],
  ])('%j has none', (own, reason) => {
    const rows = createRows(shape);
    expect(rows.add(entry(own as never))?.reason).toBe(reason);
    expect(rows.add(entry())).toBeUndefined();
    expect(rows.take()[0]?.[4]).toBe('{1}');
  });
});
