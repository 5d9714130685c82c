import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { checkAll } from '../../testing/contract/check.ts';
import { type GithubOptions, manyNames, manyRepositories, startGithub } from '../../testing/stand-ins/github/index.ts';
import { runToken } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

/** What is found with these settings at a GitHub of this kind. */
async function checked(settings: object, world: Partial<GithubOptions> = {}) {
  const clock = createTestClock();
  const standIn = await startGithub({ token: runToken, now: () => clock.now(), repositories: manyRepositories('acme', 3), ...world });
  try {
    const seen = await checkAll(github, { token: runToken, baseUrl: standIn.url, ...settings }, { clock });
    expect(standIn.unexpected).toEqual([]);
    return { ...seen, requests: standIn.requests.length };
  } finally {
    await standIn.close();
  }
}

const one = { repos: ['acme/repository-00001'] };

describe('github: check', () => {
  it('names the token, what it may, and what it sees, and brings the quota', async () => {
    const { findings, quotas, requests } = await checked({ orgs: [{ name: 'Acme' }], ...one });
    expect(findings).toEqual([
      { check: 'credential', status: 'ok', message: 'the token is accepted, as ada' },
      { check: 'scope', status: 'ok', message: 'a fine-grained token or one of an app: what it sees is shown below' },
      { check: 'owners', status: 'ok', message: '1 of 1 can be seen' },
      { check: 'repositories', status: 'ok', message: '1 of 1 can be seen' },
    ]);
    expect(quotas.at(-1)).toMatchObject({ limit: 5000, remaining: 4997 });
    expect(requests).toBe(3);
  });

  it('says how to get another token where this one is not accepted, and stops', async () => {
    const { findings, requests } = await checked({ ...one, token: 'ghp_wrong0wrong0wrong0' });
    expect(findings).toEqual([
      {
        check: 'credential',
        status: 'error',
        message: 'GitHub does not accept the token: it is wrong, expired or revoked',
        mend: 'make a token at https://github.com/settings/tokens, and set it where "token" takes it from',
      },
    ]);
    expect(requests).toBe(1);
  });

  it.each([
    ['2026-12-31 20:00:00 UTC', 'ok', 'the token ends in 40 days, at 2026-12-31T20:00Z'],
    ['2026-11-29 19:00:00 UTC', 'warning', 'the token ends in 7 days, at 2026-11-29T19:00Z'],
    ['2026-11-23 22:00:00 +0200', 'warning', 'the token ends in 2 days, at 2026-11-23T20:00Z'],
  ])('reads when it ends: %s', async (text, status, message) => {
    const { findings } = await checked(one, { tokenHeaders: { 'github-authentication-token-expiration': text } });
    expect(findings[1]).toMatchObject({ check: 'expiry', status, message });
    expect(findings[1]?.mend !== undefined).toBe(status === 'warning');
  });

  it('says nothing of an end that cannot be read', async () => {
    const { findings } = await checked(one, { tokenHeaders: { 'github-authentication-token-expiration': 'next spring' } });
    expect(findings.map(({ check }) => check)).toEqual(['credential', 'scope', 'repositories']);
  });

  it.each([
    ['repo, read:org', 'a classic token with repo, read:org'],
    ['', 'a classic token without scopes: it sees what is public'],
  ])('knows the scopes of a classic token: %j', async (scopes, message) => {
    expect((await checked(one, { tokenHeaders: { 'x-oauth-scopes': scopes } })).findings[1]).toMatchObject({ check: 'scope', message });
  });

  it('names what the token does not see: a warning, and an error where that is all', async () => {
    const repos = ['acme/repository-00000', 'acme/gone', 'acme/secret'];
    const world = { repositories: [...manyRepositories('acme', 1), { name: 'acme/secret', hidden: 'saml' as const }] };
    expect((await checked({ repos }, world)).findings.at(-1)).toEqual({
      check: 'repositories',
      status: 'warning',
      message: '2 of 3 cannot be seen: acme/gone, acme/secret',
      mend: 'correct "repos", or let the token see them: https://github.com/settings/tokens',
    });
    expect((await checked({ orgs: [{ name: 'nobody' }] })).findings.at(-1)).toMatchObject({
      check: 'owners',
      status: 'error',
      message: '1 of 1 cannot be seen: nobody',
    });
  });

  it('tells of one that has another name now', async () => {
    const repositories = [{ name: 'acme/new', formerly: ['acme/old'] }];
    expect((await checked({ repos: ['acme/old'] }, { repositories })).findings.at(-1)).toMatchObject({
      status: 'warning',
      message: 'acme/old is now acme/new',
    });
  });

  it('asks for a few of very many', async () => {
    const { findings, requests } = await checked({ repos: manyNames('acme', 450) }, { repositories: manyRepositories('acme', 450) });
    expect(findings.at(-1)?.message).toBe('200 of 200 can be seen (the first 200 of 450 were asked for)');
    expect(requests).toBe(5);
  });

  describe('of what is switched on', () => {
    const all = { traffic: true, releases: true, stars: true };

    it('asks a repository of the config for each', async () => {
      const { findings, requests, error } = await checked({ ...one, ...all });
      expect(error).toBeUndefined();
      expect(findings.slice(3)).toEqual(
        ['releases', 'stars', 'traffic'].map((check) => ({ check, status: 'ok', message: 'the token sees it of 1 of 1 that were tried' })),
      );
      expect(requests).toBe(2 + 3);
    });

    it('asks some of an owner where no other is named', async () => {
      const { findings, requests } = await checked({ orgs: [{ name: 'acme' }], ...all }, { repositories: manyRepositories('acme', 300) });
      expect(findings.slice(3).map(({ message }) => message)).toEqual(Array(3).fill('the token sees it of 5 of 5 that were tried'));
      // The token, the owner, its first names, two lists, and the traffic of five.
      expect(requests).toBe(3 + 2 + 5);
      const none = await checked({ orgs: [{ name: 'empty' }], stars: true }, { repositories: [], owners: [{ login: 'empty' }] });
      expect(none.findings.at(-1)).toMatchObject({ check: 'stars', status: 'warning', message: 'no repository was found to try it on' });
    });

    it('names what the token lacks: a warning, and an error where that is all', async () => {
      const refused = { traffic: 'fine-grained', releases: true, stars: true } as const;
      const repositories = [{ name: 'a/b', refused }, { name: 'a/c' }];
      const { findings } = await checked({ repos: ['a/b', 'a/c'], traffic: true, releases: ['a/b'] }, { repositories });
      expect(findings.slice(3)).toEqual([
        {
          check: 'releases',
          status: 'error',
          message:
            '1 of 1 that were tried: a/b: GitHub refuses the releases to the token: Resource not accessible by personal access token; it needs the scope "repo", or as a fine-grained one "Contents: read"',
          mend: 'give the token what it lacks: https://github.com/settings/tokens',
        },
        {
          check: 'traffic',
          status: 'warning',
          message: expect.stringMatching(/^1 of 2 that were tried: a\/b: GitHub shows the traffic only .* "Administration: read"/),
          mend: 'give the token what it lacks: https://github.com/settings/tokens',
        },
      ]);
    });

    it.each([
      ['', 'error'],
      ['read:org, repo:status', 'error'],
      ['repo, read:org', 'ok'],
      ['public_repo', 'ok'],
    ])('knows from the scopes of a classic token whether it may see the traffic: %j', async (scopes, status) => {
      const { findings, requests } = await checked({ ...one, traffic: true }, { tokenHeaders: { 'x-oauth-scopes': scopes } });
      expect(findings.at(-1)).toMatchObject({ check: 'traffic', status });
      expect(requests).toBe(status === 'ok' ? 3 : 2);
    });
  });

  it('throws what is no matter of the token', async () => {
    const { findings, error } = await checked({ ...one, baseUrl: 'http://127.0.0.1:1' });
    expect(findings).toEqual([]);
    expect(error).toMatchObject({ kind: 'network' });
  });
});
