import { describe, expect, it } from 'vitest';
import { bodyFault } from '../../testing/stand-in.ts';
import { type GithubOptions, manyNames, manyRepositories } from '../../testing/stand-ins/github/index.ts';
import { runAt } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

describe('an owner', () => {
  it('reads an owner a hundred at a time, without a query for a single repository', async () => {
    const { repos, requests, problems, standIn, quotas } = await runAt(
      github,
      { repositories: manyRepositories('acme', 6000) },
      { settings: { orgs: [{ name: 'acme' }] } },
    );
    expect(repos).toEqual(manyNames('acme', 6000));
    expect(requests).toBe(60);
    expect(standIn.maxConcurrent).toBe(1);
    expect(problems).toEqual([]);
    expect(quotas).toHaveLength(60);
    expect(standIn.points.used).toBe(60);
  });

  it('reads a user as well, and only what he owns', async () => {
    const { repos } = await runAt(
      github,
      {
        repositories: [{ name: 'ann/a' }, { name: 'acme/b' }],
        owners: [{ login: 'ann', type: 'User', worksOn: ['acme/b'] }],
      },
      { settings: { orgs: [{ name: 'Ann' }] } },
    );
    expect(repos).toEqual(['ann/a']);
  });

  it('finds nothing wrong with an owner who has nothing', async () => {
    const { points, problems, errors } = await runAt(
      github,
      { repositories: [], owners: [{ login: 'empty' }] },
      { settings: { orgs: [{ name: 'empty' }] } },
    );
    expect(points.map(({ measurement }) => measurement)).toEqual(['github_rate_limit']);
    expect({ problems, errors: errors.size }).toEqual({ problems: [], errors: 0 });
  });

  it('says which owner is not there, and still looks for what repos names of it', async () => {
    const { repos, errors, notices } = await runAt(
      github,
      { repositories: [{ name: 'new/a', formerly: ['old/a'] }] },
      { settings: { orgs: [{ name: 'old' }], repos: ['old/a'] } },
    );
    expect(errors.get('old')).toMatchObject({ name: 'PermanentError', kind: 'not-found' });
    expect(errors.get('old')?.message).toBe(
      'GitHub finds no user or organisation old that the token may see: correct the name, or remove it from the config',
    );
    expect(repos).toEqual(['new/a']);
    expect(notices).toHaveLength(1);
  });

  it('tells of an excluded name that is not there', async () => {
    const { notices } = await runAt(
      github,
      { repositories: [{ name: 'acme/a' }] },
      { settings: { orgs: [{ name: 'acme', exclude: ['typo'] }] } },
    );
    expect(notices).toEqual([{ item: 'acme', message: 'acme has no repository typo to exclude: correct it in "orgs", or remove it' }]);
  });
});

describe('one bad repository costs its page nothing', () => {
  const world: GithubOptions = {
    repositories: [
      { name: 'x/a' },
      { name: 'x/secret', hidden: 'saml' },
      { name: 'x/unseen', hidden: 'unseen' },
      { name: 'x/now', formerly: ['x/then'] },
      { name: 'x/z' },
    ],
  };

  it('in a list, and names it where repos does', async () => {
    const { repos, problems } = await runAt(github, world, { settings: { orgs: [{ name: 'x' }], repos: ['x/secret', 'x/gone'] } });
    expect(repos).toEqual(['x/a', 'x/now', 'x/z']);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([
      ['x #2', 'forbidden'],
      ['x/secret', 'forbidden'],
      ['x/gone', 'not-found'],
    ]);
  });
});

describe('a page that is too much at once', () => {
  it('is halved where a page ends in a 502', async () => {
    const { repos, problems, errors, requests } = await runAt(
      github,
      { repositories: manyRepositories('acme', 1000), mostOnPage: 30 },
      { settings: { orgs: [{ name: 'acme' }] } },
    );
    expect(repos).toEqual(manyNames('acme', 1000));
    expect({ problems, errors: errors.size }).toEqual({ problems: [], errors: 0 });
    // Forty pages of 25, and no more than four times two that were too large.
    expect(requests).toBeLessThanOrEqual(48);
  });

  it('is down to one where that is all that goes', async () => {
    const { repos, problems } = await runAt(
      github,
      { repositories: manyRepositories('acme', 8), mostOnPage: 1, mostAliases: 1 },
      { settings: { orgs: [{ name: 'acme' }], repos: manyNames('acme', 2) } },
    );
    expect(repos).toEqual(manyNames('acme', 8));
    expect(problems).toEqual([]);
  });

  it('is halved where resources run out on a page', async () => {
    const { repos, problems } = await runAt(
      github,
      { repositories: manyRepositories('acme', 230), mostNumbers: 60 },
      { settings: { orgs: [{ name: 'acme' }] } },
    );
    expect(repos).toEqual(manyNames('acme', 230));
    expect(problems).toEqual([]);
  });

  it.each([
    ['timeout', 'server'],
    ['resources', 'too-large'],
  ] as const)('is one repository by itself (%s): it alone is lost', async (heavy, kind) => {
    const repositories = manyRepositories('acme', 120).map((one, index) => (index === 33 ? { ...one, heavy } : one));
    const { repos, problems, errors, requests } = await runAt(github, { repositories }, { settings: { orgs: [{ name: 'acme' }] } });
    expect(repos).toEqual(manyNames('acme', 120).filter((_, index) => index !== 33));
    expect(problems.map((one) => [one.item, one.kind])).toEqual([['acme/repository-00033', kind]]);
    expect(errors.size).toBe(0);
    expect(requests).toBeLessThan(40);
  });

  it('ends the target where nothing goes at all, after few queries', async () => {
    const world = { repositories: manyRepositories('acme', 200), mostOnPage: 0 };
    const { points, errors, problems, requests } = await runAt(github, world, {
      settings: { orgs: [{ name: 'acme' }], repos: ['acme/a'] },
    });
    expect(points).toEqual([]);
    expect(errors.get('acme')).toMatchObject({ name: 'PermanentError', kind: 'server' });
    // What `repos` names has its line all the same.
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([['acme/a', 'server']]);
    expect(requests).toBe(2 * 8);
  });

  it('ends the target where it is each repository of a page, after few of them', async () => {
    const repositories = manyRepositories('acme', 50).map((one) => ({ ...one, heavy: 'resources' as const }));
    const { points, errors, problems, requests } = await runAt(github, { repositories }, { settings: { orgs: [{ name: 'acme' }] } });
    expect(points).toEqual([]);
    expect(errors.get('acme')).toMatchObject({ name: 'PermanentError', kind: 'too-large' });
    expect(problems).toHaveLength(4);
    expect(requests).toBeLessThan(30);
  });
});

describe('an answer that no query can have', () => {
  it('with more repositories than were asked for is refused', async () => {
    const tooMany = bodyFault('endless-pages', (json) => {
      const { repositories } = json.data.owner;
      return { data: { ...json.data, owner: { repositories: { ...repositories, nodes: Array(101).fill(null) } } } };
    });
    const { points, problems, errors, requests } = await runAt(
      github,
      { repositories: manyRepositories('acme', 5) },
      { settings: { orgs: [{ name: 'acme' }] }, before: (standIn) => standIn.misbehave(tooMany) },
    );
    expect([points, problems]).toEqual([[], []]);
    const message = 'asked for 100 repositories of acme, GitHub answered with 101';
    expect(errors.get('acme')).toMatchObject({ kind: 'invalid-answer', message });
    expect(requests).toBe(1);
  });
});
