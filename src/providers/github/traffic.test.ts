import { describe, expect, it } from 'vitest';
import { collectAll } from '../../testing/context.ts';
import { bodyFault, type Fault, transportFault } from '../../testing/stand-in.ts';
import { type GithubOptions, manyRepositories, startGithub } from '../../testing/stand-ins/github/index.ts';
import { type GithubRun, runAt, runToken } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

const window = { from: new Date('2026-11-08T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') };
const measurements = ['github_traffic', 'github_referrer', 'github_path'];

function trafficOf(world: GithubOptions, run: Partial<GithubRun> = {}, only: readonly string[] = measurements) {
  const asked = { windows: { github_traffic: window }, only };
  return runAt(github, world, { settings: { repos: ['a/b'], traffic: true }, asked, ...run });
}

const traffic = {
  views: { '2026-11-19': { count: 440, uniques: 143 }, '2026-11-21': { count: 7, uniques: 3 } },
  clones: { '2026-11-19': { count: 2, uniques: 1 }, '2026-11-20': { count: 5, uniques: 4 } },
  referrers: [{ referrer: 'Google', count: 4, uniques: 3 }],
  paths: [
    { path: '/a/b', title: 'a/b: A thing', count: 90, uniques: 30 },
    { path: '/a/b/search?q=token', title: 'Search', count: 3, uniques: 2 },
    { path: '/a/b/search?q=other', title: 'Search', count: 2, uniques: 2 },
  ],
};

function spelt({ measurement, tags, fields, time }: { measurement: string; tags: object; fields: object; time: Date }) {
  return [measurement, ...Object.values(tags), time.toISOString().slice(0, 13), fields];
}

describe('traffic', () => {
  it('is told by day, with what led there and what was looked at', async () => {
    const { points, problems, errors, standIn } = await trafficOf({ repositories: [{ name: 'a/b', id: 7, traffic }] });
    expect([problems, [...errors]]).toEqual([[], []]);
    expect(points.map(spelt)).toEqual([
      ['github_traffic', 'a/b', '2026-11-19T00', { views: 440, unique_views: 143, clones: 2, unique_clones: 1 }],
      ['github_traffic', 'a/b', '2026-11-21T00', { views: 7, unique_views: 3 }],
      ['github_traffic', 'a/b', '2026-11-20T00', { clones: 5, unique_clones: 4 }],
      ['github_referrer', 'a/b', 'Google', '2026-11-21T20', { views: 4, unique_views: 3 }],
      ['github_path', 'a/b', '/a/b', '2026-11-21T20', { title: 'a/b: A thing', views: 90, unique_views: 30 }],
      // Their visitors may be the same.
      ['github_path', 'a/b', '/a/b/search', '2026-11-21T20', { title: 'Search', views: 5 }],
    ]);
    expect(standIn.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /graphql',
      'GET /repos/a/b/traffic/views',
      'GET /repos/a/b/traffic/clones',
      'GET /repos/a/b/traffic/popular/referrers',
      'GET /repos/a/b/traffic/popular/paths',
    ]);
  });

  it('is nothing where nobody came, which is no zero', async () => {
    const { points, problems, errors } = await trafficOf({ repositories: [{ name: 'a/b' }] });
    expect([points, problems, [...errors]]).toEqual([[], [], []]);
  });

  it.each([
    ['github_traffic', ['views', 'clones']],
    ['github_referrer', ['popular/referrers']],
    ['github_path', ['popular/paths']],
  ])('asks for %s only for what it takes', async (name, paths) => {
    const { points, standIn } = await trafficOf({ repositories: [{ name: 'a/b', traffic }] }, {}, [name]);
    expect(new Set(points.map(({ measurement }) => measurement))).toEqual(new Set([name]));
    expect(standIn.requests.slice(1).map(({ path }) => path)).toEqual(paths.map((path) => `/repos/a/b/traffic/${path}`));
  });

  it.each(['push', 'fine-grained'] as const)(
    'that the token may not see (%s) is a problem of that repository, which names the scope',
    async (refused) => {
      const repositories = [
        { name: 'a/b', refused: { traffic: refused }, traffic },
        { name: 'a/c', traffic },
      ];
      const { points, errors, requests, labels } = await trafficOf(
        { repositories },
        { settings: { orgs: [{ name: 'a' }], traffic: true } },
      );
      expect(labels).toEqual(['traffic of a/b', 'traffic of a/c']);
      expect([...errors.keys()]).toEqual(['traffic of a/b']);
      expect(errors.get('traffic of a/b')).toMatchObject({
        name: 'PermanentError',
        kind: 'forbidden',
        message:
          'GitHub shows the traffic only to who may push to the repository: the token needs the scope "repo" ("public_repo" for what is public), or as a fine-grained one "Administration: read", and its user write access',
      });
      expect(new Set(points.map(({ tags }) => tags.repo))).toEqual(new Set(['a/c']));
      // The names, one refusal, four answers.
      expect(requests).toBe(6);
    },
  );

  it('without its bad rows is that of the others, and each of them is a problem', async () => {
    const spoilt = bodyFault('negative', (json, { path }) => {
      if (path === '/graphql') return undefined;
      if (path.endsWith('/clones')) json.clones[0].uniques = -1;
      if (path.endsWith('/views')) json.views.push({ timestamp: 7, count: 1, uniques: 1 });
      if (path.endsWith('/referrers')) json.unshift({ referrer: '', count: 1, uniques: 1 }, null);
      if (path.endsWith('/paths')) delete json[1].count;
      return json;
    });
    const { points, problems, errors, requests } = await trafficOf(
      { repositories: [{ name: 'a/b', id: 7, traffic }] },
      { before: (standIn) => standIn.misbehave(spoilt) },
    );
    expect(points.map(spelt)).toEqual([
      ['github_traffic', 'a/b', '2026-11-19T00', { views: 440, unique_views: 143 }],
      ['github_traffic', 'a/b', '2026-11-21T00', { views: 7, unique_views: 3 }],
      ['github_traffic', 'a/b', '2026-11-20T00', { clones: 5, unique_clones: 4 }],
      ['github_referrer', 'a/b', 'Google', '2026-11-21T20', { views: 4, unique_views: 3 }],
      ['github_path', 'a/b', '/a/b', '2026-11-21T20', { title: 'a/b: A thing', views: 90, unique_views: 30 }],
      ['github_path', 'a/b', '/a/b/search', '2026-11-21T20', { title: 'Search', views: 2, unique_views: 2 }],
    ]);
    expect(new Set(problems.map(({ item, kind }) => `${item} ${kind}`))).toEqual(new Set(['a/b invalid-answer']));
    const what = (problem: { message: string }) =>
      /^GitHub answered for (.*) what it does not document: (\w*)/.exec(problem.message)?.slice(1);
    expect(problems.map(what)).toEqual([
      ['the views of a/b, row 3', 'timestamp'],
      ['the clones of a/b, 2026-11-19', 'uniques'],
      ['the referrers of a/b, row 1', 'referrer'],
      ['the referrers of a/b, row 2', ''],
      ['the popular paths of a/b, /a/b/search', 'count'],
    ]);
    expect([[...errors], requests]).toEqual([[], 5]);
  });

  /** What becomes of one of the four requests. */
  const only = (end: string, fault: Partial<Fault>): GithubRun['before'] => {
    const when: Fault['when'] = ({ path }) => path.endsWith(end);
    return (standIn) =>
      standIn.misbehave({ name: '502-html', act: ({ send }) => send({ status: 500, body: { message: 'x' } }), ...fault, when });
  };

  it.each(['/views', '/clones', '/referrers', '/paths'])('of which GitHub cannot tell %s is the rest of it', async (end) => {
    const world = { repositories: [{ name: 'a/b', id: 7, traffic }] };
    const whole = (await trafficOf(world)).points;
    const { points, problems, errors, requests } = await trafficOf(world, { before: only(end, {}) });
    const lost = { '/views': /views/, '/clones': /clones/, '/referrers': /.*/, '/paths': /.*/ }[end] as RegExp;
    const measurement = { '/views': 'github_traffic', '/clones': 'github_traffic', '/referrers': 'github_referrer' }[end] ?? 'github_path';
    const values = (all: typeof points) =>
      all.flatMap((point) =>
        Object.entries(point.fields).map(([name, value]) => [point.measurement, ...Object.values(point.tags), name, value]),
      );
    const kept = values(whole).filter(([of, ...rest]) => of !== measurement || !lost.test(String(rest.at(-2))));
    expect(values(points)).toEqual(kept);
    expect(kept.length).toBeLessThan(values(whole).length);
    expect(problems).toMatchObject([{ item: 'a/b', kind: 'server', message: expect.stringContaining(`${end} answered 500 (x)`) }]);
    expect([[...errors], requests]).toEqual([[], 1 + 3 + 4]);
  });

  it('that was told before GitHub could not be reached any more is kept', async () => {
    const before = only('/referrers', transportFault('reset'));
    const { points, problems, errors, requests } = await trafficOf({ repositories: [{ name: 'a/b', id: 7, traffic }] }, { before });
    expect(points.map(({ measurement }) => measurement)).toEqual(Array(3).fill('github_traffic'));
    expect(errors.get('traffic of a/b')).toMatchObject({ kind: 'network' });
    // The names, two answers, four tries; the paths are not asked for.
    expect([problems, requests]).toEqual([[], 7]);
  });

  it('of a repository that is gone is a problem of it', async () => {
    const { errors, points } = await trafficOf(
      { repositories: [{ name: 'a/c', traffic }] },
      { settings: { repos: ['a/b', 'a/c'], traffic: true } },
    );
    expect([...errors].map(([label, error]) => [label, (error as { kind?: string }).kind, error.message])).toEqual([
      [
        'traffic of a/b',
        'not-found',
        'GitHub finds no such repository that the token may see: correct the name, or remove it from the config',
      ],
    ]);
    expect(points).toHaveLength(6);
  });

  it('of a renamed repository has its new name, with a notice, and comes once', async () => {
    const repositories = [{ name: 'a/new', id: 7, formerly: ['x/old', 'a/older'], traffic }];
    const { points, notices, errors, requests } = await trafficOf(
      { repositories },
      { settings: { orgs: [{ name: 'a' }], repos: ['x/old', 'a/older'], traffic: true } },
    );
    expect(new Set(points.map(({ tags }) => tags.repo))).toEqual(new Set(['a/new']));
    expect(points).toHaveLength(6);
    expect(notices.map(({ item }) => item).sort()).toEqual(['a/older', 'x/old']);
    expect(errors.size).toBe(0);
    // The owner's list, the current names of two, four of traffic.
    expect(requests).toBe(3 + 4);
  });

  it('is asked for by current names also where GitHub can tell few of them at once', async () => {
    const repositories = ['b', 'c', 'd'].map((name, id) => ({ name: `a/${name}`, id: id + 1, formerly: [`x/${name}`], traffic }));
    const settings = { repos: ['x/b', 'x/c', 'x/d'], traffic: true };
    const { points, notices, problems } = await trafficOf({ repositories, mostAliases: 1 }, { settings });
    expect(new Set(points.map(({ tags }) => tags.repo))).toEqual(new Set(['a/b', 'a/c', 'a/d']));
    expect([notices.length, problems]).toEqual([3, []]);
  });

  it('of one whose current name GitHub does not tell is not asked for, which is a problem', async () => {
    const repositories = [{ name: 'a/new', id: 7, formerly: ['x/old'], traffic }];
    const { points, problems, errors, standIn } = await trafficOf(
      { repositories, mostAliases: 0 },
      { settings: { repos: ['x/old'], traffic: true } },
    );
    expect([points, [...errors]]).toEqual([[], []]);
    expect(problems).toMatchObject([{ item: 'x/old', kind: 'server' }]);
    expect(standIn.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });

  it('of one that was renamed a moment ago is found by its number', async () => {
    const { errors, points, standIn } = await trafficOf(
      { repositories: [{ name: 'a/new', id: 7, formerly: ['a/b'], traffic }] },
      {
        before: (one) =>
          one.misbehave({
            name: 'extra-field',
            when: ({ path }) => path === '/graphql',
            act: ({ send }) => send({ body: { data: { r0: { nameWithOwner: 'a/b' } } } }),
          }),
      },
    );
    expect([errors.size, points.length]).toEqual([0, 6]);
    expect(standIn.requests.map(({ path }) => path)).toContain('/repositories/7/traffic/views');
  });

  it('has a limit of its own, which is waited for', async () => {
    const repositories = manyRepositories('a', 3).map((one) => ({ ...one, traffic }));
    const { points, errors, clock, standIn } = await trafficOf(
      { repositories, restRemaining: 5, resetMs: 600_000 },
      { settings: { orgs: [{ name: 'a' }], traffic: true } },
    );
    expect([points.length, errors.size]).toEqual([18, 0]);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(600_000);
    expect(clock.elapsed()).toBeLessThan(605_000);
    expect(standIn.rest.used).toBe(7);
    expect(standIn.maxConcurrent).toBe(1);
  });

  it('comes after all else, whose limit is another', async () => {
    const repositories = [...manyRepositories('a', 2), ...manyRepositories('b', 2)].map((one) => ({
      ...one,
      traffic,
      releases: [{ tag: '1', assets: [{ name: 'x', downloads: 1 }] }],
    }));
    const settings = { orgs: [{ name: 'a' }, { name: 'b' }], traffic: true, releases: true };
    const asked = { windows: { github_traffic: window } };
    const { errors, points, requests } = await runAt(
      github,
      { repositories, restRemaining: 0, resetMs: 3_600_000 },
      { settings, asked, deadlineMs: 600_000 },
    );
    expect(points.filter(({ measurement }) => measurement === 'github_release_asset')).toHaveLength(4);
    expect([...errors.keys()]).toEqual(repositories.map(({ name }) => `traffic of ${name}`));
    expect((errors.get('traffic of a/repository-00000') as { kind?: string }).kind).toBe('quota');
    // Two owners, their releases, and one refusal: nobody asks again while nothing is left.
    expect(requests).toBe(2 + 2 + 1);
  });

  it('is asked as GitHub does of whom it limits for asking too much', async () => {
    const { points, clock } = await trafficOf(
      { repositories: [{ name: 'a/b', traffic }] },
      { before: (standIn) => standIn.refuse('secondary-403', 1) },
    );
    expect(points).toHaveLength(6);
    // The wait, and the spacing of what comes after it.
    expect(clock.elapsed()).toBeGreaterThanOrEqual(90_000);
    expect(clock.elapsed()).toBeLessThan(91_000);
  });

  it('is asked for no faster than 900 times in a minute, however fast GitHub answers', async () => {
    const { requests, clock } = await trafficOf(
      { repositories: manyRepositories('a', 50) },
      { settings: { orgs: [{ name: 'a' }], traffic: true } },
    );
    expect(requests).toBe(1 + 4 * 50);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(((requests - 1) * 60_000) / 900);
  });

  it('of an owner whose list was read for its numbers needs no list of its own', async () => {
    const asked = { windows: { github_traffic: window }, only: ['github_repository', ...measurements] };
    const settings = { orgs: [{ name: 'a', exclude: ['repository-00001'] }], traffic: true };
    const { requests, labels } = await runAt(github, { repositories: manyRepositories('a', 3) }, { settings, asked });
    expect(labels).toEqual(['a', 'traffic of a/repository-00000', 'traffic of a/repository-00002']);
    expect(requests).toBe(1 + 2 * 4);
  });

  it('of an owner that is not there is said to be missing; what repos names of it is found', async () => {
    const repositories = [{ name: 'new/a', id: 3, formerly: ['old/a'], traffic }];
    const { points, problems, notices } = await trafficOf(
      { repositories },
      { settings: { orgs: [{ name: 'old' }], repos: ['old/a'], traffic: true } },
    );
    expect(points).toHaveLength(6);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([['old', 'not-found']]);
    expect(notices).toHaveLength(1);
    const alone = await trafficOf({ repositories }, { settings: { orgs: [{ name: 'old' }], traffic: true } });
    expect(alone.errors.get('traffic of old')).toMatchObject({ kind: 'not-found' });
  });

  it('of an owner whose list breaks off is that of what was read of it; the list is not read a second time', async () => {
    const asked = { windows: { github_traffic: window }, only: ['github_repository', 'github_referrer'] };
    const settings = { orgs: [{ name: 'a' }], traffic: true };
    const repositories = manyRepositories('a', 150).map((one) => ({ ...one, traffic }));
    const when: Fault['when'] = ({ path }, count) => path === '/graphql' && count > 1;
    const { errors, problems, requests, points } = await runAt(
      github,
      { repositories },
      { settings, asked, before: (standIn) => standIn.misbehave({ ...transportFault('reset'), when }) },
    );
    expect([...errors].map(([label, error]) => [label, (error as { kind?: string }).kind])).toEqual([['a', 'network']]);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([['a', 'network']]);
    expect([points.length, requests]).toEqual([100 + 100, 1 + 4 + 100]);
  });

  it('is only that of the repositories which are chosen', async () => {
    const settings = { orgs: [{ name: 'a' }], repos: ['x/y'], traffic: ['A/repository-00001', 'a/Repository-00001'] };
    const { labels, requests } = await trafficOf({ repositories: manyRepositories('a', 3) }, { settings });
    expect(labels).toEqual(['traffic of a/repository-00001']);
    expect(requests).toBe(1 + 4);
  });

  it.each([
    ['', ''],
    ['/api/v3', '/api/v3'],
    ['/api/graphql', '/api/v3'],
  ])('is found at a server at %j', async (path, prefix) => {
    const standIn = await startGithub({ token: runToken, repositories: [{ name: 'a/b', traffic }] });
    const settings = { token: runToken, baseUrl: standIn.url + path, repos: ['a/b'], traffic: true };
    const { points } = await collectAll(github, settings, { asked: { windows: {}, only: ['github_path'] } });
    await standIn.close();
    expect(points).toHaveLength(2);
    expect(standIn.requests.map((request) => request.path)[1]).toBe(`${prefix}/repos/a/b/traffic/popular/paths`);
    expect(standIn.unexpected).toEqual([]);
  });
});
