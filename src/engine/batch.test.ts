import { expect, it } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { createBatch } from './batch.ts';

const time = new Date('2026-11-21T20:00:00.000Z');
const point = (fields: Readonly<Record<string, number>>) => ({ measurement: 'm', tags: { a: '1' }, fields, time });

it('merges entries of one identity field by field: the later wins', () => {
  const batch = createBatch('run', createTestClock());
  expect([
    batch.add('k', point({ a: 1, b: 1 }), true),
    batch.add('other', point({ a: 5 }), false),
    batch.add('k', point({ b: 2, c: 3 }), false),
  ]).toEqual([true, true, false]);
  expect(batch.take()).toMatchObject([
    { point: { fields: { a: 1, b: 2, c: 3 } }, runId: 'run', provisional: false },
    { point: { fields: { a: 5 } } },
  ]);
  expect(batch.size).toBe(0);
});

it('merges none of another time', () => {
  const batch = createBatch('run', createTestClock());
  const later = { ...point({ a: 2 }), time: new Date(time.getTime() + 1) };
  expect([batch.add('k', point({ a: 1 }), false), batch.add('k', later, false), batch.add('k', point({ b: 1 }), false)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(batch.take().map((entry) => entry.point.fields)).toEqual([{ a: 1, b: 1 }, { a: 2 }]);
});

it('is due when it is large', () => {
  const batch = createBatch('run', createTestClock());
  for (let index = 0; index < 999; index++) batch.add(String(index), point({ a: 1 }), false);
  expect(batch.due).toBe(false);
  batch.add('last', point({ a: 1 }), false);
  expect(batch.due).toBe(true);
});

it('is due when it has waited, and its entries say when they were collected', () => {
  const clock = createTestClock();
  const batch = createBatch('run', clock);
  clock.advance(5000);
  expect(batch.due).toBe(false);
  batch.add('k', point({ a: 1 }), false);
  clock.advance(999);
  expect(batch.due).toBe(false);
  clock.advance(1);
  expect(batch.due).toBe(true);
  expect(batch.take()[0]?.collectedAt.toISOString()).toBe('2026-11-21T20:00:05.000Z');
});
