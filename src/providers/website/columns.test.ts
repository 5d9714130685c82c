import { expect, it } from 'vitest';
import { columnNames, columnOf, twinsOf } from './columns.ts';

it('a column is known in any case, and with signs between its words', () => {
  for (const name of columnNames) expect(columnOf(name)).toBe(name);
  expect(['URL', 'certificate_days', 'Certificate-Days', 'CERTIFICATEDAYS'].map(columnOf)).toEqual([
    'url',
    'certificateDays',
    'certificateDays',
    'certificateDays',
  ]);
  expect(['', 'urls', 'toString', '__proto__'].map(columnOf)).toEqual([undefined, undefined, undefined, undefined]);
});

it('a pattern is what the page must match', () => {
  expect(['pattern', 'Pattern'].map(columnOf)).toEqual(['match', 'match']);
  expect(twinsOf(['url', 'match', 'pattern'])).toEqual({ places: [2, 3], called: '"match" and "pattern"' });
});

it('twins are two names of one column; what means nothing may be there often', () => {
  expect(twinsOf(['url', 'id', 'active', 'id', 'active', 'url'])).toEqual({ places: [3, 5], called: '"active"' });
  expect(twinsOf(['url', 'certificateDays', 'certificate_days'])).toEqual({
    places: [2, 3],
    called: '"certificateDays" and "certificate_days"',
  });
  expect(twinsOf(['url', 'id', '', 'id', ''])).toBeUndefined();
});
