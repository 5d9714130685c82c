import { afterEach, describe, expect, it } from 'vitest';
import { faultNames } from '../../stand-in.ts';
import { cannot, faults, type GithubOptions, type GithubStandIn, manyRepositories, startGithub } from './index.ts';

const opened: GithubStandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

async function start(options: GithubOptions): Promise<GithubStandIn> {
  const standIn = await startGithub({ now: () => new Date('2026-11-21T20:00:00Z'), ...options });
  opened.push(standIn);
  return standIn;
}

async function ask(standIn: GithubStandIn, query: string, variables: object = {}) {
  const response = await fetch(`${standIn.url}/graphql`, {
    method: 'POST',
    headers: { authorization: 'bearer ghp_one' },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}

const pageQuery = `query ($after: String, $size: Int) { repositoryOwner(login: "acme") {
  repositories(first: $size, after: $after, ownerAffiliations: [OWNER]) { totalCount pageInfo { hasNextPage endCursor } nodes { nameWithOwner watchers { totalCount } } }
} rateLimit { cost remaining used resetAt } }`;

describe('startGithub', () => {
  it('refuses what the published schema does not have, and remembers it', async () => {
    const standIn = await start({ repositories: [] });
    expect((await ask(standIn, '{ repository(owner: "a", name: "b") { stars } }')).status).toBe(400);
    expect(standIn.unexpected).toEqual(['POST /graphql: the query is not valid: Cannot query field "stars" on type "Repository".']);
  });

  it('answers as GitHub does where a part is not there', async () => {
    const standIn = await start({ repositories: [{ name: 'a/b', hidden: 'saml' }] });
    const { status, json } = await ask(
      standIn,
      '{ r0: repository(owner: "x", name: "y") { nameWithOwner } r1: repository(owner: "a", name: "b") { nameWithOwner } }',
    );
    expect(status).toBe(200);
    expect(json).toEqual({
      data: { r0: null, r1: null },
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['r0'],
          locations: [{ line: 1, column: 3 }],
          message: "Could not resolve to a Repository with the name 'x/y'.",
        },
        {
          type: 'FORBIDDEN',
          path: ['r1'],
          extensions: { saml_failure: true },
          locations: [{ line: 1, column: 59 }],
          message: expect.stringContaining('SAML enforcement'),
        },
      ],
    });
  });

  it('gives pages by cursors, and counts what they cost', async () => {
    const standIn = await start({ repositories: manyRepositories('acme', 250) });
    const names: string[] = [];
    let after: string | null = null;
    for (let page = 1; page <= 3; page += 1) {
      const { json, headers } = await ask(standIn, pageQuery, { after, size: 100 });
      const { nodes, pageInfo, totalCount } = json.data.repositoryOwner.repositories;
      expect([totalCount, pageInfo.hasNextPage]).toEqual([250, page < 3]);
      expect(json.data.rateLimit).toEqual({ cost: 1, remaining: 5000 - page, used: page, resetAt: '2026-11-21T21:00:00Z' });
      expect(headers.get('x-ratelimit-remaining')).toBe(String(5000 - page));
      expect(headers.get('x-ratelimit-reset')).toBe(String(Date.parse('2026-11-21T21:00:00Z') / 1000));
      names.push(...nodes.map((node: { readonly nameWithOwner: string }) => node.nameWithOwner));
      after = pageInfo.endCursor;
    }
    expect(new Set(names).size).toBe(250);
  });

  it('refuses pages that are too large or have no size, and cursors that are none', async () => {
    const standIn = await start({ repositories: manyRepositories('acme', 3) });
    const types = [];
    for (const variables of [{ size: 101 }, {}, { size: 2, after: 'nonsense' }]) {
      types.push((await ask(standIn, pageQuery, variables)).json.errors[0].type);
    }
    expect(types).toEqual(['EXCESSIVE_PAGINATION', 'MISSING_PAGINATION_BOUNDARIES', 'INVALID_CURSOR_ARGUMENTS']);
  });

  it('charges a connection in a connection for each of its parents', async () => {
    const standIn = await start({ repositories: manyRepositories('acme', 3) });
    const query = `{ rateLimit { cost } repositoryOwner(login: "acme") { repositories(first: 100) { totalCount nodes { watchers { totalCount } issues(first: 5) { totalCount } } } } }`;
    expect((await ask(standIn, query)).json.data.rateLimit.cost).toBe(1);
    const nested = query.replace('watchers {', 'watchers(first: 50) {').replace('issues(first: 5)', 'issues(first: 10)');
    expect((await ask(standIn, nested)).json.data.rateLimit.cost).toBe(2);
  });

  it('says nothing of an owner who is not there', async () => {
    const standIn = await start({ repositories: [] });
    expect((await ask(standIn, pageQuery, { size: 1 })).json).toMatchObject({ data: { repositoryOwner: null } });
  });

  it('ends in a 502 where too much is asked for, and charges it', async () => {
    const standIn = await start({ repositories: manyRepositories('acme', 3), mostOnPage: 2 });
    const { status, text, headers } = await ask(standIn, pageQuery, { size: 3 });
    expect([status, headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(text).toContain('502 Bad Gateway');
    expect(standIn.points.used).toBe(2);
    expect((await ask(standIn, pageQuery, { size: 2 })).status).toBe(200);
  });

  it('leaves out what exceeds its resources', async () => {
    const standIn = await start({ repositories: manyRepositories('acme', 3), mostNumbers: 2 });
    const { json } = await ask(standIn, pageQuery, { size: 3 });
    expect(json.data.repositoryOwner.repositories.nodes.map((node: unknown) => node !== null)).toEqual([true, true, false]);
    expect(json.errors).toHaveLength(1);
    expect(json.errors[0]).toMatchObject({
      type: 'RESOURCE_LIMITS_EXCEEDED',
      path: ['repositoryOwner', 'repositories', 'nodes', 2, 'watchers'],
    });
  });

  it('has a limit that is used up, and renewed', async () => {
    let now = new Date('2026-11-21T20:00:00Z');
    const standIn = await start({ repositories: [], remaining: 1, now: () => now });
    expect((await ask(standIn, pageQuery, { size: 1 })).json.errors).toBeUndefined();
    const { status, json, headers } = await ask(standIn, pageQuery, { size: 1 });
    expect([status, json.errors[0].type, headers.get('x-ratelimit-remaining')]).toEqual([200, 'RATE_LIMITED', '0']);
    now = new Date('2026-11-21T21:00:00Z');
    expect((await ask(standIn, pageQuery, { size: 1 })).json.errors).toBeUndefined();
  });

  it('turns queries away when it is told to', async () => {
    const standIn = await start({ repositories: [] });
    const expected = [
      ['RATE_LIMIT', 200, null],
      ['secondary-403', 403, '90'],
      ['secondary-403-bare', 403, null],
      ['secondary-200', 200, '90'],
      ['secondary-200-bare', 200, null],
      ['secondary-errors', 200, null],
      ['failed', 200, null],
    ] as const;
    for (const [refusal] of expected) standIn.refuse(refusal);
    for (const [, status, retryAfter] of expected) {
      const answer = await ask(standIn, pageQuery, { size: 1 });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    }
  });

  it('accepts one token, for as long as it is good', async () => {
    const wrong = await start({ repositories: [], token: 'ghp_two' });
    expect((await ask(wrong, pageQuery, { size: 1 })).json).toMatchObject({ message: 'Bad credentials', status: '401' });
    const expiring = await start({ repositories: [], token: 'ghp_one', expiresAfter: 1 });
    expect((await ask(expiring, pageQuery, { size: 1 })).status).toBe(200);
    expect((await ask(expiring, pageQuery, { size: 1 })).status).toBe(401);
  });
});

describe('the REST API', () => {
  async function get(standIn: GithubStandIn, path: string, headers: Readonly<Record<string, string>> = {}) {
    const usual = { authorization: 'Bearer ghp_one', accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
    const response = await fetch(standIn.url + path, { headers: { ...usual, ...headers }, redirect: 'manual' });
    return {
      status: response.status,
      headers: response.headers,
      json: JSON.parse(await response.text().then((text) => (/^[[{]/.test(text) ? text : 'null'))),
    };
  }
  const counted = { count: 14850, uniques: 3782 };
  const repositories = [
    {
      name: 'a/b',
      id: 7,
      formerly: ['a/old'],
      traffic: { views: { '2026-11-06': counted, '2026-11-07': counted, '2026-11-20': counted } },
    },
    { name: 'a/read', refused: { traffic: 'push' as const } },
    { name: 'a/secret', hidden: 'saml' as const },
  ];

  it('tells of a fortnight', async () => {
    const { json, headers } = await get(await start({ repositories }), '/repos/A/b/traffic/views?per=day');
    expect(json.views.map(({ timestamp }: { timestamp: string }) => timestamp)).toEqual(['2026-11-07T00:00:00Z', '2026-11-20T00:00:00Z']);
    expect(json.count).toBe(29_700);
    expect([headers.get('x-ratelimit-resource'), headers.get('x-ratelimit-remaining')]).toEqual(['core', '4999']);
  });

  it('answers as GitHub does to who may not, and of what is not there or has moved', async () => {
    const standIn = await start({ repositories });
    expect(await get(standIn, '/repos/a/read/traffic/clones')).toMatchObject({
      status: 403,
      json: { message: 'Must have push access to repository' },
    });
    for (const name of ['a/none', 'a/secret']) expect((await get(standIn, `/repos/${name}/traffic/views`)).status).toBe(404);
    const { status, headers } = await get(standIn, '/repos/a/old/traffic/views?per=day');
    expect([status, headers.get('location')]).toEqual([301, '/repositories/7/traffic/views?per=day']);
    expect((await get(standIn, '/repositories/7/traffic/popular/paths')).json).toEqual([]);
    expect(standIn.unexpected).toEqual([]);
  });

  it('has a limit of its own, also on an Enterprise Server', async () => {
    const standIn = await start({ repositories, restRemaining: 1 });
    expect((await get(standIn, '/api/v3/repos/a/b/traffic/popular/referrers')).status).toBe(200);
    const { status, headers, json } = await get(standIn, '/repos/a/b/traffic/views');
    expect([status, headers.get('x-ratelimit-remaining'), json.message]).toEqual([403, '0', 'API rate limit exceeded for user ID 1.']);
    expect((await ask(standIn, pageQuery, { size: 1 })).json.errors).toBeUndefined();
  });

  it.each([
    ['/repos/a/b/traffic/views?page=2', {}, 'unknown parameter page=2'],
    ['/repos/a/b/traffic/popular/paths?per=day', {}, 'unknown parameter per=day'],
    ['/repos/a/b/stats/contributors', {}, 'no such path is played'],
    ['/repos/a/b/traffic/views', { 'x-github-api-version': '' }, 'the version of the API is not told, or is none'],
  ])('refuses what GitHub does not document: %s', async (path, headers, reason) => {
    const standIn = await start({ repositories });
    expect((await get(standIn, path, headers)).status).toBe(400);
    expect(standIn.unexpected).toEqual([`GET ${path.replace(/\?.*/, '')}: ${reason}`]);
  });
});

it('refuses a query of more nodes than GitHub allows', async () => {
  const part = 'releases(first: 100) { nodes { releaseAssets(first: 100) { nodes { name } } } }';
  const standIn = await start({ repositories: [] });
  const many = (count: number) =>
    `{ ${Array.from({ length: count }, (_, index) => `r${index}: repository(owner: "a", name: "b") { ${part} }`).join(' ')} }`;
  expect((await ask(standIn, many(50))).json.errors[0].type).toBe('MAX_NODE_LIMIT_EXCEEDED');
  expect((await ask(standIn, many(49))).json.errors[0].type).toBe('NOT_FOUND');
});

describe('faults', () => {
  it('are all there, or said to be impossible', () => {
    expect([...Object.keys(faults), ...Object.keys(cannot)].toSorted()).toEqual([...faultNames].toSorted());
  });
});
