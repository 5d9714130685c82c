import { describe, expect, it } from 'vitest';
import { collectAll } from '../../testing/context.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { manyNames, manyRepositories, startGithub } from '../../testing/stand-ins/github/index.ts';
import { runAt, runToken } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

providerContract(github, {
  async start() {
    const standIn = await startGithub({
      token: runToken,
      now: () => new Date('2026-11-21T20:00:00Z'),
      repositories: [...manyRepositories('acme', 130), { name: 'x/y' }],
    });
    const settings = {
      token: runToken,
      baseUrl: standIn.url,
      orgs: [{ name: 'acme', exclude: ['repository-00007'] }],
      repos: ['x/y', 'x/gone'],
    };
    return { settings, standIn, close: () => standIn.close() };
  },
  requests: ['POST /graphql', 'POST /graphql', 'POST /graphql'],
  points: 131,
  problems: ['x/gone'],
  // What is left of the limit is less in the second run.
  same: (point) => (point.measurement === 'github_rate_limit' ? point.tags : point),
});

const days = { github_traffic: { from: new Date('2026-11-08T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') } };
const asked = { windows: { ...days, github_stars: days.github_traffic } };

describe('with all that can be switched on', () => {
  providerContract(github, {
    async start() {
      const counted = { count: 4, uniques: 3 };
      const traffic = {
        views: { '2026-11-20': counted },
        clones: { '2026-11-19': counted },
        referrers: [{ referrer: 'Google', ...counted }],
        paths: [{ path: '/x/y', title: 'x/y', ...counted }],
      };
      const releases = [{ tag: '1.0', assets: [{ name: 'x.zip', downloads: 9 }] }];
      const one = { name: 'x/y', createdAt: '2026-11-19T00:00:00Z', starredAt: ['2026-11-20T10:00:00Z'], releases, traffic };
      const standIn = await startGithub({
        token: runToken,
        now: () => new Date('2026-11-21T20:00:00Z'),
        repositories: [one, { ...one, name: 'acme/z' }],
      });
      const settings = {
        token: runToken,
        baseUrl: standIn.url,
        orgs: [{ name: 'acme' }],
        repos: ['x/y'],
        traffic: ['x/y'],
        releases: true,
        stars: true,
      };
      return { settings, standIn, close: () => standIn.close() };
    },
    asked,
    requests: [
      // The owner and the repository, releases and stars of both, and the name of one.
      ...Array<string>(7).fill('POST /graphql'),
      ...['views', 'clones', 'popular/referrers', 'popular/paths'].map((path) => `GET /repos/x/y/traffic/${path}`),
    ],
    // Two repositories and the limit; two days of traffic, a referrer, a path; two files; three days of stars of each.
    points: 3 + 4 + 2 + 6,
    same: (point) => (point.measurement === 'github_rate_limit' ? point.tags : point),
  });
});

describe('github', () => {
  it('gives all numbers of a repository, and what is left of the limit', async () => {
    const one = {
      name: 'octokit/octokit.rb',
      id: 417862,
      stars: 3378,
      forks: 1100,
      watchers: 90,
      openIssues: 46,
      closedIssues: 455,
      openPrs: 13,
      closedPrs: 150,
      mergedPrs: 598,
      archived: false,
      template: false,
      fork: true,
      diskUsage: 8123,
      createdAt: '2009-12-10T21:51:18Z',
      updatedAt: '2021-01-19T20:44:18Z',
      pushedAt: '2021-01-18T01:02:03Z',
    };
    const { points, problems, notices, errors, standIn } = await runAt(
      github,
      { repositories: [one] },
      { settings: { repos: ['Octokit/Octokit.rb'] }, instance: 'gh' },
    );
    expect({ problems, notices, errors: [...errors] }).toEqual({ problems: [], notices: [], errors: [] });
    const time = new Date('2026-11-21T20:00:00.000Z');
    expect(points).toEqual([
      {
        measurement: 'github_repository',
        tags: { repo: 'octokit/octokit.rb' },
        time,
        fields: {
          stars: 3378,
          forks: 1100,
          watchers: 90,
          open_issues: 46,
          closed_issues: 455,
          total_issues: 501,
          open_prs: 13,
          closed_prs: 150,
          merged_prs: 598,
          total_prs: 761,
          is_archived: false,
          is_template: false,
          is_fork: true,
          disk_usage_kb: 8123,
          repo_id: '417862',
          created_at: '2009-12-10T21:51:18.000Z',
          updated_at: '2021-01-19T20:44:18.000Z',
          pushed_at: '2021-01-18T01:02:03.000Z',
        },
      },
      { measurement: 'github_rate_limit', tags: { provider: 'gh' }, time, fields: { limit: 5000, remaining: 4999, used: 1 } },
    ]);
    expect(standIn.requests).toHaveLength(1);
  });

  it('leaves out what GitHub has no value for', async () => {
    const { points } = await runAt(
      github,
      { repositories: [{ name: 'a/empty', id: null, diskUsage: null, pushedAt: null }] },
      { settings: { repos: ['a/empty'] } },
    );
    expect(Object.keys(points[0]?.fields ?? {})).not.toEqual(expect.arrayContaining(['repo_id']));
    expect(points[0]?.fields).not.toHaveProperty('disk_usage_kb');
    expect(points[0]?.fields).not.toHaveProperty('pushed_at');
    expect(points[0]?.fields).toHaveProperty('stars');
  });

  it('collects once what an organisation and repos name, and what is excluded but named', async () => {
    const repositories = ['acme/a', 'acme/b', 'acme/c', 'other/d'].map((name) => ({ name }));
    const { repos, problems, notices, requests } = await runAt(
      github,
      { repositories },
      { settings: { orgs: [{ name: 'ACME', exclude: ['B', 'c'] }], repos: ['acme/A', 'Acme/b', 'other/d', 'OTHER/D'] } },
    );
    expect(repos).toEqual(['acme/a', 'acme/b', 'other/d']);
    expect({ problems, notices, requests }).toEqual({ problems: [], notices: [], requests: 2 });
  });

  it('collects once a repository that is named by its old and its new name, and says so', async () => {
    const { repos, notices, problems } = await runAt(
      github,
      { repositories: [{ name: 'acme/new', formerly: ['acme/old', 'gone/older'] }] },
      { settings: { orgs: [{ name: 'acme' }], repos: ['gone/older', 'acme/old'] } },
    );
    expect(repos).toEqual(['acme/new']);
    expect(problems).toEqual([]);
    expect(notices.map(({ item, message }) => `${item}: ${message}`)).toEqual([
      'acme/old: acme/old is now acme/new, and its points are under that name: correct it in "repos"',
      'gone/older: gone/older is now acme/new, and its points are under that name: correct it in "repos"',
    ]);
  });

  it('asks only for what is selected', async () => {
    const world = { repositories: [{ name: 'acme/a' }] };
    const settings = { repos: ['acme/a'] };
    const limitOnly = await runAt(github, world, { settings, asked: { windows: {}, only: ['github_rate_limit'] } });
    expect(limitOnly.points.map(({ measurement }) => measurement)).toEqual(['github_rate_limit']);
    expect(limitOnly.labels).toEqual(['rate limit']);
    const repositoriesOnly = await runAt(github, world, { settings, asked: { windows: {}, only: ['github_repository'] } });
    expect(repositoriesOnly.points.map(({ measurement }) => measurement)).toEqual(['github_repository']);
    const nothing = await runAt(github, world, { settings, asked: { windows: {}, only: [] } });
    expect(nothing.labels).toEqual([]);
  });

  it('tells what is left once a run, after the last of its targets', async () => {
    const { points } = await runAt(
      github,
      { repositories: [...manyRepositories('acme', 250), ...manyRepositories('b', 70)] },
      { settings: { orgs: [{ name: 'acme' }], repos: manyNames('b', 70) } },
    );
    const told = points.filter(({ measurement }) => measurement === 'github_rate_limit');
    expect(told.map(({ fields }) => fields)).toEqual([{ limit: 5000, remaining: 4995, used: 5 }]);
    expect(points.at(-1)).toBe(told[0]);
  });

  it('tells nothing of a limit that a server does not have', async () => {
    const { points, problems } = await runAt(
      github,
      { repositories: [{ name: 'acme/a' }], limit: null },
      { settings: { repos: ['acme/a'] } },
    );
    expect(points.map(({ measurement }) => measurement)).toEqual(['github_repository']);
    expect(problems).toEqual([]);
  });

  it.each([
    ['/api/v3', '/api/graphql'],
    ['/api/v3/', '/api/graphql'],
    ['/api/graphql', '/api/graphql'],
    ['/graphql', '/graphql'],
  ])('reaches a server at %s', async (path, asked) => {
    const standIn = await startGithub({ token: runToken, repositories: [{ name: 'acme/a' }] });
    const { points } = await collectAll(github, { token: runToken, baseUrl: standIn.url + path, repos: ['acme/a'] });
    await standIn.close();
    expect(points).toHaveLength(2);
    expect(standIn.requests.map((request) => request.path)).toEqual([asked]);
    expect(standIn.unexpected).toEqual([]);
  });
});

describe('targets', () => {
  const parse = (given: object) => github.settings.parse({ token: runToken, ...given });

  const plan = (given: object) => github.targets(parse(given), { windows: {} });

  it('are plain JSON, without settings in them', () => {
    const targets = plan({ orgs: [{ name: 'acme', exclude: ['b'] }], repos: ['acme/a', 'acme/b', 'x/y'] });
    expect(targets).toEqual([
      { kind: 'owner', login: 'acme', exclude: ['b'], named: ['acme/a'] },
      { kind: 'repositories', names: ['acme/b', 'x/y'], rateLimit: true },
    ]);
    expect(JSON.parse(JSON.stringify(targets))).toEqual(targets);
    expect(targets.map((target) => github.label(target))).toEqual(['acme', 'acme/b and 1 more']);
  });

  it('are narrowed to their items', () => {
    const [owner, batch] = plan({ orgs: [{ name: 'acme' }], repos: ['x/y', 'x/z'] });
    expect(github.narrow?.(batch, ['X/Z'])).toEqual({ kind: 'repositories', names: ['x/z'], rateLimit: true });
    expect(github.narrow?.(owner, ['acme/a', 'acme/b'])).toEqual({ kind: 'repositories', names: ['acme/a', 'acme/b'] });
    // What has no name is only in the whole list.
    expect(github.narrow?.(owner, ['acme/a', 'acme #7'])).toBe(owner);
    expect(github.narrow?.(batch, ['unknown/one'])).toBe(batch);
  });

  it('of details stand for what an owner has, or are batches; the traffic comes last, and one by one', () => {
    const settings = parse({
      orgs: [{ name: 'acme', exclude: ['b'] }],
      repos: ['x/y', 'x/z', 'acme/c'],
      traffic: true,
      releases: ['x/y'],
      stars: true,
    });
    const targets = github.targets(settings, { ...asked, only: ['github_release_asset', 'github_stars', 'github_traffic', 'github_path'] });
    const window = { from: '2026-11-08T00:00:00.000Z', to: '2026-11-21T20:00:00.000Z' };
    const owner = { kind: 'owner-detail', login: 'acme', exclude: ['b'], named: ['acme/c'] };
    const traffic = { of: 'traffic', days: true, referrers: false, paths: true };
    expect(targets).toEqual([
      { kind: 'detail', detail: { of: 'releases' }, names: ['x/y'] },
      { ...owner, detail: { of: 'stars', window } },
      { kind: 'detail', detail: { of: 'stars', window }, names: ['x/y', 'x/z'] },
      { ...owner, detail: traffic },
      { kind: 'named-detail', detail: traffic, names: ['x/y', 'x/z'] },
    ]);
    expect(targets.map((target) => github.label(target))).toEqual([
      'releases of x/y',
      'stars of acme',
      'stars of x/y and 1 more',
      'traffic of acme',
      'traffic of x/y and 1 more',
    ]);
    expect(github.cost?.({ kind: 'detail', detail: traffic, names: ['x/y'] })).toBe(3);
    expect(github.narrow?.(targets[2], ['X/Z'])).toEqual({ ...(targets[2] as object), names: ['x/z'] });
    expect(github.narrow?.(targets[2], ['no/such'])).toBe(targets[2]);
    expect(github.narrow?.(targets[1], ['acme/c'])).toBe(targets[1]);
  });

  it('are none for what is switched off or not asked for', () => {
    const only = ['github_release_asset', 'github_stars', 'github_traffic'];
    expect(github.targets(parse({ repos: ['x/y'] }), { ...asked, only })).toEqual([]);
    expect(github.targets(parse({ repos: ['x/y'], traffic: [], releases: [], stars: [] }), { ...asked, only })).toEqual([]);
    expect(github.targets(parse({ repos: ['x/y'], traffic: true, releases: true, stars: true }), { ...asked, only: [] })).toEqual([]);
    const names = (given: object) => github.measurements(parse({ repos: ['x/y'], ...given })).map(({ name }) => name);
    expect(names({})).toEqual(['github_repository', 'github_rate_limit']);
    expect(names({ traffic: true, releases: ['x/y'], stars: [] }).slice(2)).toEqual([
      'github_traffic',
      'github_referrer',
      'github_path',
      'github_release_asset',
    ]);
  });

  it('hold one limit, which is the token at its server', () => {
    const [limit, ...more] = github.limits(parse({ repos: ['a/b'] }));
    expect(more).toEqual([]);
    expect(limit).toMatchObject({ concurrency: 1, key: ['github', 'https://api.github.com', expect.anything()] });
  });
});
