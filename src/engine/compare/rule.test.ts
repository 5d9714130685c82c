import { describe, expect, it } from 'vitest';
import { gauge, moment, text } from '../../sdk/measurement.ts';
import type { Entry, Fields } from '../../sdk/point.ts';
import type { Rerun } from '../../sdk/sink.ts';
import { differences, written } from './rule.ts';

const early = new Date('2026-11-21T20:00:00.000Z');
const late = new Date('2026-11-21T21:00:00.000Z');

function entry(fields: Fields, collectedAt: Date): Entry {
  return { point: { measurement: 'm', tags: { t: 'x' }, fields, time: early }, runId: 'r', collectedAt, provisional: false };
}

describe('what a store has after an entry', () => {
  it.each<[Rerun, string, Date, Fields]>([
    ['merges', 'newer', late, { a: 2, b: 1, c: 3 }],
    ['merges', 'older', new Date(0), { a: 1, b: 1, c: 3 }],
    ['overwrites', 'older', new Date(0), { a: 2, b: 1, c: 3 }],
    ['keepsFirst', 'newer', late, { a: 1, b: 1 }],
    ['appends', 'newer', late, { a: 2, c: 3 }],
    ['appends', 'older', new Date(0), { a: 1, b: 1 }],
  ])('that %s, of one that is %s', (rerun, _, collectedAt, fields) => {
    expect(written(rerun, { fields: { a: 1, b: 1 }, collectedAt: early }, entry({ a: 2, c: 3 }, collectedAt)).fields).toEqual(fields);
  });

  it('that keeps the first: what it lacks is filled by an entry that agrees', () => {
    expect(written('keepsFirst', { fields: { a: 1 }, collectedAt: early }, entry({ a: 1, c: 3 }, late)).fields).toEqual({ a: 1, c: 3 });
  });

  it('at the same moment the later written wins, and an older one leaves when the row was collected', () => {
    const row = { fields: { a: 1 }, collectedAt: early };
    expect(written('merges', row, entry({ a: 2 }, early))).toEqual({ fields: { a: 2 }, collectedAt: early });
    expect(written('merges', row, entry({ b: 2 }, new Date(0)))).toEqual({ fields: { a: 1, b: 2 }, collectedAt: early });
  });
});

describe('differences', () => {
  const declared = { n: gauge(), seen_at: moment(), note: text(), constructor: gauge() };

  it('are told by the names of the fields, and what was not measured is undefined', () => {
    expect(differences(declared, { n: 1, note: 'a' }, { n: 2, constructor: 5, note: 'a' })).toEqual([
      { field: 'constructor', old: undefined, new: 5 },
      { field: 'n', old: 1, new: 2 },
    ]);
    expect(differences(declared, { n: 1, note: 'a' }, { n: 1 })).toEqual([{ field: 'note', old: 'a', new: undefined }]);
  });

  it('are none where the values are equal: numbers as float64, moments as instants', () => {
    expect(differences(declared, { n: 0.1 + 0.2 }, { n: 0.30000000000000004 })).toEqual([]);
    expect(differences(declared, { n: 0 }, { n: -0 })).toEqual([]);
    expect(differences(declared, { seen_at: '2026-11-21T20:00:00.000Z' }, { seen_at: '2026-11-21T21:00:00+01:00' })).toEqual([]);
    expect(differences(declared, { note: '2026-11-21T20:00:00.000Z' }, { note: '2026-11-21T21:00:00+01:00' })).toHaveLength(1);
  });
});
