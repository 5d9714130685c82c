import { expect, it } from 'vitest';
import { matchesAny } from './patterns.ts';

it.each([
  [['github_*'], 'github_repository', true],
  [['github_*'], 'nuget_package', false],
  [['nuget_package'], 'nuget_package_version', false],
  [['*_rate_limit', 'x'], 'github_rate_limit', true],
  [['a.c'], 'abc', false],
  [['*'], 'anything', true],
  [['a*b*c'], 'axxbyyc', true],
  [['a*b*c'], 'axxcyyb', false],
  [['ab*ba'], 'aba', false],
  [['**'], '', true],
])('%j and %s: %s', (patterns, name, fits) => {
  expect(matchesAny(patterns, name)).toBe(fits);
});
