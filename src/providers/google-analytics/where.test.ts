import { expect, it } from 'vitest';
import { filterOf } from './where.ts';

it('is no filter without a condition', () => {
  expect(filterOf({})).toBeUndefined();
});

it('makes of each condition a filter, and wants all of them', () => {
  const filter = filterOf({
    country: 'Germany',
    hostName: ['a.example', 'b.example'],
    pagePath: { contains: '/docs/' },
    pageTitle: { matches: 'A.*' },
    city: { not: 'Berlin' },
  });
  const string = (matchType: string, value: string) => ({ matchType, value, caseSensitive: true });
  expect(filter?.andGroup?.expressions).toEqual([
    { filter: { fieldName: 'country', stringFilter: string('EXACT', 'Germany') } },
    { filter: { fieldName: 'hostName', inListFilter: { values: ['a.example', 'b.example'], caseSensitive: true } } },
    { filter: { fieldName: 'pagePath', stringFilter: string('CONTAINS', '/docs/') } },
    { filter: { fieldName: 'pageTitle', stringFilter: string('FULL_REGEXP', 'A.*') } },
    { notExpression: { filter: { fieldName: 'city', stringFilter: string('EXACT', 'Berlin') } } },
  ]);
});
