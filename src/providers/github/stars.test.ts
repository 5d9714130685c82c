import { describe, expect, it } from 'vitest';
import { bodyFault } from '../../testing/stand-in.ts';
import { type GithubOptions, manyRepositories } from '../../testing/stand-ins/github/index.ts';
import { type GithubRun, runAt } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

const to = new Date('2026-11-21T20:00:00.000Z');

/** What a run asks for that collected up to `from` before. */
function asked(from: string) {
  return { windows: { github_stars: { from: new Date(from), to } }, only: ['github_stars'] };
}

async function starsOf(world: GithubOptions, from: string, run: Partial<GithubRun> = {}) {
  const result = await runAt(github, world, { settings: { repos: ['a/b'], stars: true }, asked: asked(from), ...run });
  const days = result.points.map(({ tags, time, fields }) => `${tags.repo} ${time.toISOString().slice(0, 10)} ${fields.gained}`);
  return { ...result, days };
}

/** So many stars, one every `minutes` up to the run. */
function starredAt(count: number, minutes: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `${new Date(to.getTime() - (count - index) * minutes * 60_000).toISOString().slice(0, 19)}Z`,
  );
}

describe('stars', () => {
  it('are counted by day, and a day of the window without any is 0', async () => {
    const one = {
      name: 'a/b',
      starredAt: ['2026-11-17T23:59:59Z', '2026-11-19T00:00:00Z', '2026-11-19T23:59:59Z', '2026-11-21T19:59:59Z'],
    };
    const { days, problems, notices, requests } = await starsOf({ repositories: [one] }, '2026-11-18T00:00:00Z');
    expect(days).toEqual(['a/b 2026-11-21 1', 'a/b 2026-11-20 0', 'a/b 2026-11-19 2', 'a/b 2026-11-18 0']);
    expect([problems, notices, requests]).toEqual([[], [], 1]);
  });

  it('are all told the first time; of years ago only the days that had some', async () => {
    const one = {
      name: 'a/b',
      createdAt: '2009-01-02T03:04:05Z',
      starredAt: ['2009-01-02T04:00:00Z', '2015-06-01T12:00:00Z', '2026-10-21T10:00:00Z', '2026-10-22T10:00:00Z'],
    };
    const { days } = await starsOf({ repositories: [one] }, '1970-01-01T00:00:00Z');
    expect(days).toHaveLength(31 + 3);
    expect(days.slice(29)).toEqual(['a/b 2026-10-23 0', 'a/b 2026-10-22 1', 'a/b 2026-10-21 1', 'a/b 2015-06-01 1', 'a/b 2009-01-02 1']);
  });

  it('are the same however a window is split', async () => {
    const starred = [
      '2026-08-01T04:00:00Z',
      '2026-09-15T12:00:00Z',
      '2026-10-21T10:00:00Z',
      '2026-10-22T10:00:00Z',
      '2026-11-19T10:00:00Z',
    ];
    const world = { repositories: [{ name: 'a/b', createdAt: '2020-01-02T03:04:05Z', starredAt: starred }] };
    const ends = ['2026-08-01', '2026-09-01', '2026-10-01', '2026-11-01'].map((date) => new Date(`${date}T00:00:00Z`));
    const split: string[] = [];
    for (const [index, from] of ends.entries()) {
      const windows = { github_stars: { from, to: ends[index + 1] ?? to } };
      const { days } = await starsOf(world, '', { asked: { windows, only: ['github_stars'] } });
      split.push(...days);
    }
    expect(split.sort()).toEqual((await starsOf(world, '2026-08-01T00:00:00Z')).days.toSorted());
    expect(split).toHaveLength(31 + 3);
  });

  it('are not 0 before there was a repository', async () => {
    const world = { repositories: [{ name: 'a/b', createdAt: '2026-11-20T10:00:00Z' }] };
    expect((await starsOf(world, '1970-01-01T00:00:00Z')).days).toEqual(['a/b 2026-11-21 0', 'a/b 2026-11-20 0']);
  });

  it('are complete beyond 40,000', async () => {
    const times = starredAt(41_234, 60);
    const { points, requests, problems, notices } = await starsOf(
      { repositories: [{ name: 'a/b', createdAt: '2008-01-01T00:00:00Z', starredAt: times }] },
      '1970-01-01T00:00:00Z',
    );
    expect([problems, notices]).toEqual([[], []]);
    expect(points.reduce((sum, { fields }) => sum + Number(fields.gained), 0)).toBe(41_234);
    expect(requests).toBe(413);
    const identities = points.map(({ time }) => time.getTime());
    expect(new Set(identities).size).toBe(identities.length);
  });

  it('are read only back to the window after that', async () => {
    const { requests, days } = await starsOf({ repositories: [{ name: 'a/b', starredAt: starredAt(41_234, 60) }] }, '2026-11-18T00:00:00Z');
    expect(requests).toBe(1);
    expect(days).toEqual(['a/b 2026-11-21 20', 'a/b 2026-11-20 24', 'a/b 2026-11-19 24', 'a/b 2026-11-18 24']);
  });

  it('of many repositories are read side by side, twenty in a query', async () => {
    const repositories = manyRepositories('acme', 60).map((one, index) => ({ ...one, starredAt: starredAt(index === 7 ? 350 : 3, 10) }));
    const { points, requests, problems, standIn } = await starsOf({ repositories }, '2026-11-19T00:00:00Z', {
      settings: { orgs: [{ name: 'acme' }], stars: true },
    });
    expect(problems).toEqual([]);
    // The owner's names, three queries for sixty, and two more for the one with four pages: its next ones go along with the others.
    expect(requests).toBeLessThanOrEqual(1 + 3 + 3);
    expect(standIn.maxConcurrent).toBe(1);
    expect(points.filter(({ tags }) => tags.repo === 'acme/repository-00007').map(({ fields }) => fields.gained)).toEqual([120, 144, 86]);
    expect(points).toHaveLength(180);
  });

  it('are named as the repository is now, with one notice, and once', async () => {
    const repositories = [{ name: 'new/b', formerly: ['old/b'], starredAt: ['2026-11-21T10:00:00Z'] }];
    const settings = { repos: ['old/b', 'new/b'], stars: true, releases: true };
    const { days, notices } = await starsOf({ repositories }, '2026-11-21T00:00:00Z', { settings });
    expect(days).toEqual(['new/b 2026-11-21 1']);
    expect(notices).toEqual([{ item: 'old/b', message: 'old/b is now new/b, and its points are under that name: correct it in "repos"' }]);
  });

  it('that a token may not see are a problem of that repository, which says what is missing', async () => {
    const repositories = [
      { name: 'a/b', refused: { stars: true as const } },
      { name: 'a/c', starredAt: ['2026-11-21T10:00:00Z'] },
    ];
    const { days, problems } = await starsOf({ repositories }, '2026-11-21T00:00:00Z', {
      settings: { repos: ['a/b', 'a/c', 'a/gone'], stars: true },
    });
    expect(days).toEqual(['a/c 2026-11-21 1']);
    expect(problems).toEqual([
      {
        item: 'a/b',
        kind: 'forbidden',
        message:
          'GitHub refuses the stars of a/b to the token: Resource not accessible by personal access token; it needs the scope "repo", or as a fine-grained one "Metadata: read"',
      },
      {
        item: 'a/gone',
        kind: 'not-found',
        message: 'GitHub finds no repository a/gone that the token may see: correct the name, or remove it from the config',
      },
    ]);
  });

  it.each([
    [
      'the day of the last that is listed',
      ['2026-11-18T10:00:00Z', '2026-11-19T09:00:00Z', '2026-11-19T10:00:00Z', '2026-11-20T10:00:00Z'],
    ],
    ['the zeros before it', ['2026-11-19T10:00:00Z', '2026-11-20T10:00:00Z']],
  ])('that GitHub counts and does not list leave out %s: they may be of any day from there', async (_what, starredAt) => {
    // The last of the list is cut, or one that was never in it.
    const fewer = bodyFault('missing-field', ({ data }) => {
      const { stargazers } = data.r0;
      stargazers.edges = stargazers.edges.filter((edge: { starredAt: string }) => edge.starredAt >= '2026-11-19T10');
      stargazers.totalCount = 5;
      return { data };
    });
    const before: GithubRun['before'] = (standIn) => standIn.misbehave(fewer);
    const one = { name: 'a/b', createdAt: '2026-11-01T00:00:00Z', starredAt };
    const { days, notices, problems } = await starsOf({ repositories: [one] }, '1970-01-01T00:00:00Z', { before });
    expect(days).toEqual(['a/b 2026-11-21 0', 'a/b 2026-11-20 1']);
    expect(notices.map(({ message }) => message)).toEqual([
      'GitHub counts 5 stars of a/b, and lists 2: the others have no day; the day of the last of them and what is before are not told',
    ]);
    expect(problems).toEqual([]);
  });

  it('that GitHub counts and lists none of are a problem, however few', async () => {
    const none = bodyFault('missing-field', ({ data }) => {
      data.r0.stargazers.edges = [];
      return { data };
    });
    const one = { name: 'a/b', createdAt: '2026-11-01T00:00:00Z', starredAt: ['2026-11-20T10:00:00Z'] };
    const before: GithubRun['before'] = (standIn) => standIn.misbehave(none);
    const { days, notices, problems } = await starsOf({ repositories: [one] }, '1970-01-01T00:00:00Z', { before });
    expect([days, notices]).toEqual([[], []]);
    expect(problems).toEqual([
      { item: 'a/b', kind: 'incomplete', message: 'GitHub counts 1 stars of a/b, and its list ends after 0: its days are not told' },
    ]);
  });

  it('of a list that is cut are told only for the days before which it ends', async () => {
    const cut = bodyFault('extra-field', (json) => {
      json.data.r0.stargazers.totalCount = 300;
      return json;
    });
    const starredAt = ['2026-11-18T10:00:00Z', '2026-11-18T11:00:00Z', '2026-11-21T10:00:00Z'];
    const world = { repositories: [{ name: 'a/b', createdAt: '2026-01-01T00:00:00Z', starredAt }] };
    const { days, notices, problems } = await starsOf(world, '2026-11-01T00:00:00Z', { before: (standIn) => standIn.misbehave(cut) });
    expect(days).toEqual(['a/b 2026-11-21 1', 'a/b 2026-11-20 0', 'a/b 2026-11-19 0']);
    expect(notices).toEqual([]);
    expect(problems).toEqual([
      {
        item: 'a/b',
        kind: 'incomplete',
        message: 'GitHub counts 300 stars of a/b, and its list ends after 3: the day of the last of them and what is before are not told',
      },
    ]);
  });

  it('tell no day that is seen in half: a list out of order ends', async () => {
    const mixed = bodyFault('page-twice', (json) => {
      const { edges } = json.data.r0.stargazers;
      edges.push({ starredAt: '2026-11-21T11:00:00Z' });
      return json;
    });
    const world = { repositories: [{ name: 'a/b', starredAt: ['2026-11-20T09:00:00Z', '2026-11-21T10:00:00Z'] }] };
    const { days, problems } = await starsOf(world, '2026-11-01T00:00:00Z', { before: (standIn) => standIn.misbehave(mixed) });
    expect(days).toEqual(['a/b 2026-11-21 1']);
    expect(problems).toEqual([
      { item: 'a/b', kind: 'incomplete', message: "GitHub's list of the stars of a/b is not in the order of their time" },
    ]);
  });

  it('are asked for fewer at once where a query is too much', async () => {
    const repositories = manyRepositories('a', 12).map((one) => ({ ...one, starredAt: ['2026-11-21T10:00:00Z'] }));
    const repos = repositories.map(({ name }) => name);
    const { days, problems } = await starsOf({ repositories, mostAliases: 4 }, '2026-11-21T00:00:00Z', {
      settings: { repos, stars: true },
    });
    expect(days).toHaveLength(12);
    expect(problems).toEqual([]);
  });

  it('are not asked for without a window', async () => {
    const { points, requests } = await runAt(github, { repositories: [{ name: 'a/b' }] }, { settings: { repos: ['a/b'], stars: true } });
    expect([points.map(({ measurement }) => measurement), requests]).toEqual([['github_repository', 'github_rate_limit'], 1]);
  });
});
