import { describe, expect, it } from 'vitest';
import { type GithubOptions, manyNames, manyRepositories } from '../../testing/stand-ins/github/index.ts';
import { runAt } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

describe('single repositories', () => {
  it('asks for single repositories in batches, one after another', async () => {
    const wanted = manyNames('acme', 120);
    const { repos, requests, labels, standIn } = await runAt(
      github,
      { repositories: manyRepositories('acme', 120) },
      { settings: { repos: wanted, batchSize: 50 } },
    );
    expect(repos).toEqual(wanted);
    expect(requests).toBe(3);
    expect(labels).toEqual(['acme/repository-00000 and 49 more', 'acme/repository-00050 and 49 more', 'acme/repository-00100 and 19 more']);
    expect(standIn.maxConcurrent).toBe(1);
  });

  it('leaves the names out of the query, so that no name can change it', async () => {
    const { standIn } = await runAt(github, { repositories: [{ name: 'acme/a' }] }, { settings: { repos: ['acme/a'] } });
    const { query, variables } = JSON.parse(standIn.requests[0]?.body ?? '');
    expect(query).not.toContain('acme');
    expect(variables).toEqual({ o0: 'acme', n0: 'a' });
  });
});

describe('one bad repository costs its batch nothing', () => {
  const world: GithubOptions = {
    repositories: [
      { name: 'x/a' },
      { name: 'x/secret', hidden: 'saml' },
      { name: 'x/unseen', hidden: 'unseen' },
      { name: 'x/now', formerly: ['x/then'] },
      { name: 'x/z' },
    ],
  };

  it('in a batch', async () => {
    const { repos, problems, notices, errors, requests } = await runAt(github, world, {
      settings: { repos: ['x/a', 'x/gone', 'x/secret', 'x/unseen', 'x/then', 'x/z'] },
    });
    expect(repos).toEqual(['x/a', 'x/now', 'x/z']);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([
      ['x/gone', 'not-found'],
      ['x/secret', 'forbidden'],
      ['x/unseen', 'not-found'],
    ]);
    expect(problems[1]?.message).toBe(
      'GitHub refuses repository x/secret to the token: Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
    );
    expect(notices.map(({ item }) => item)).toEqual(['x/then']);
    expect({ errors: errors.size, requests }).toEqual({ errors: 0, requests: 1 });
  });

  it('and no limit is told where nothing at all came', async () => {
    const { points, problems } = await runAt(github, world, { settings: { repos: ['x/gone'] } });
    expect(points).toEqual([]);
    expect(problems).toHaveLength(1);
  });
});

describe('a batch that is too much at once', () => {
  it('is halved where a batch ends in a 502, and the next batch starts with what went well', async () => {
    const wanted = manyNames('acme', 100);
    const { repos, problems, errors, standIn } = await runAt(
      github,
      { repositories: manyRepositories('acme', 100), mostAliases: 20 },
      { settings: { repos: wanted, batchSize: 50 } },
    );
    expect(repos).toEqual(wanted);
    expect({ problems, errors: errors.size }).toEqual({ problems: [], errors: 0 });
    // Twice 50, twice 25, and from then on 12.
    expect(standIn.requests.length).toBeLessThan(2 + 2 + 11);
  });

  it('is asked for again without what came whole, where GitHub ran out of resources', async () => {
    const wanted = manyNames('acme', 50);
    const { repos, problems, standIn } = await runAt(
      github,
      { repositories: manyRepositories('acme', 50), mostNumbers: 20 },
      { settings: { repos: wanted, batchSize: 50 } },
    );
    expect(repos).toEqual(wanted);
    expect(problems).toEqual([]);
    const asked = standIn.requests.map(({ body }) => Object.values(JSON.parse(body).variables).length / 2);
    expect(asked).toEqual([50, 25, 10]);
    const all = standIn.requests.flatMap(({ body }) => Object.values(JSON.parse(body).variables).filter((name) => name !== 'acme'));
    expect(all.filter((name) => name === 'repository-00000')).toHaveLength(1);
  });

  it.each([
    ['timeout', 'server'],
    ['resources', 'too-large'],
  ] as const)('is one repository by itself (%s): it alone is lost', async (heavy, kind) => {
    const repositories = manyRepositories('acme', 120).map((one, index) => (index === 33 ? { ...one, heavy } : one));
    const { repos, problems, errors, requests } = await runAt(
      github,
      { repositories },
      { settings: { repos: manyNames('acme', 120), batchSize: 60 } },
    );
    expect(repos).toEqual(manyNames('acme', 120).filter((_, index) => index !== 33));
    expect(problems.map((one) => [one.item, one.kind])).toEqual([['acme/repository-00033', kind]]);
    expect(errors.size).toBe(0);
    expect(requests).toBeLessThan(40);
  });

  it('ends the target where nothing goes at all, after few queries', async () => {
    const settings = { repos: manyNames('acme', 200), batchSize: 50 };
    const { points, errors, requests } = await runAt(github, { repositories: manyRepositories('acme', 200), mostAliases: 0 }, { settings });
    expect(points).toEqual([]);
    expect([...errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(['server', 'server', 'server', 'server']);
    // Each twice: 50, 25, 12, 6, 3 and five single ones; then one of each further batch.
    expect(requests).toBe(2 * (5 + 5 + 3));
  });
});
