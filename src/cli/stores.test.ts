import { expect, it } from 'vitest';
import { isReady, storesExitCode } from './stores.ts';

it('exits 0 when all are well, 1 when none is, 3 between', () => {
  expect([[], [true], [true, true], [false], [false, false], [true, false]].map(storesExitCode)).toEqual([0, 0, 0, 1, 1, 3]);
});

it('takes a store for ready when nothing in it is missing', () => {
  const store = { sink: 's', type: 's' };
  const measurement = { name: 'm', problems: [] };
  expect(isReady({ ...store, status: { measurements: [measurement], problems: [] } })).toBe(true);
  expect(isReady(store)).toBe(true);
  expect(isReady({ ...store, error: 'away' })).toBe(false);
  expect(isReady({ ...store, status: { measurements: [], problems: ['read-only'] } })).toBe(false);
  expect(isReady({ ...store, status: { measurements: [{ ...measurement, problems: ['missing'] }], problems: [] } })).toBe(false);
});
