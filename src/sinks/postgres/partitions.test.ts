import { expect, it } from 'vitest';
import { monthsAround, partitionName, partitionSql } from './partitions.ts';

it('are made for the last month, this one and a year ahead', () => {
  const months = monthsAround(new Date('2026-01-31T23:59:59.999Z')).map((month) => month.toISOString().slice(0, 10));
  expect([months[0], months[1], months.at(-1), months.length]).toEqual(['2025-12-01', '2026-01-01', '2027-01-01', 14]);
});

it('have names of at most 63 characters, no two of which are the same', () => {
  expect(partitionName('numbers', '2026_11')).toBe('numbers_2026_11');
  const [one, other] = ['a', 'b'].map((end) => partitionName(`${'x'.repeat(62)}${end}`, '2026_11'));
  expect(one).toMatch(/^x+_[0-9a-f]{8}_2026_11$/);
  expect([one?.length, other?.length]).toEqual([63, 63]);
  expect(one).not.toBe(other);
});

it('take the rows that wait in the default one', () => {
  const [create, move, attach] = partitionSql('kpi', 'numbers', 'numbers_2026_12', 'numbers_default', new Date('2026-12-01T00:00:00.000Z'));
  expect(create).toBe('create table "kpi"."numbers_2026_12" (like "kpi"."numbers" including all)');
  expect(move).toMatch(
    /^with moved as \(delete from "kpi"\."numbers_default" where time >= '2026-12-01T00:00:00.000Z' and time < '2027-01-01T00:00:00.000Z' returning \*\)/,
  );
  expect(attach).toContain("for values from ('2026-12-01T00:00:00.000Z') to ('2027-01-01T00:00:00.000Z')");
});
