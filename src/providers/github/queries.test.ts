import { describe, expect, it } from 'vitest';
import { queryProblems } from '../../testing/stand-ins/github/index.ts';
import * as details from './detail-queries.ts';
import * as queries from './queries.ts';

describe("every query is valid by GitHub's published schema", () => {
  const all: Readonly<Record<string, string>> = {
    ownerPageQuery: queries.ownerPageQuery,
    ownerNamesQuery: queries.ownerNamesQuery,
    rateLimitQuery: queries.rateLimitQuery,
    viewerQuery: queries.viewerQuery,
    'namesQuery(owners)': queries.namesQuery('owners', 3),
    'namesQuery(repositories)': queries.namesQuery('repositories', 3),
    'repositoriesQuery(1)': queries.repositoriesQuery(1),
    'repositoriesQuery(50)': queries.repositoriesQuery(50),
    'repositoriesQuery(100)': queries.repositoriesQuery(100),
    'starsQuery(1)': details.starsQuery(1),
    'starsQuery(20)': details.starsQuery(20),
    'releasesQuery(1)': details.releasesQuery(1),
    'releasesQuery(20)': details.releasesQuery(20),
    'assetsQuery(2)': details.assetsQuery(2),
  };

  it.each(Object.keys(all))('%s', (name) => {
    expect(queryProblems(all[name] ?? '')).toEqual([]);
  });

  it('and none is left out here', () => {
    const exported = Object.keys({ ...queries, ...details }).filter((name) => name.endsWith('Query'));
    expect(exported.filter((name) => !Object.keys(all).some((one) => one.startsWith(name)))).toEqual([]);
  });

  it('and a wrong one is found out', () => {
    expect(queryProblems('query { repository(owner: "a", name: "b") { stars } }')).toEqual([
      'Cannot query field "stars" on type "Repository".',
    ]);
    expect(queryProblems(queries.repositoriesQuery(2).replace('$o1: String!', '$o1: Int!'))).toHaveLength(1);
  });
});

describe('repositoriesVariables', () => {
  it('has one pair of variables for each repository', () => {
    expect(queries.repositoriesVariables(['a/b', 'c.d/e'])).toEqual({ o0: 'a', n0: 'b', o1: 'c.d', n1: 'e' });
  });
});
