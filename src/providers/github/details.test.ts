import { describe, expect, it } from 'vitest';
import { bodyFault, type Fault, type StandInAnswer, type StandInRequest } from '../../testing/stand-in.ts';
import { manyRepositories } from '../../testing/stand-ins/github/index.ts';
import { runAt } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

const starredAt = ['2026-11-21T10:00:00Z'];
const repositories = manyRepositories('acme', 150).map((one) => ({
  ...one,
  starredAt,
  releases: [{ tag: 'v1', assets: [{ name: 'a.zip', downloads: 3 }] }],
}));
const stars = { from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') };

/** What becomes of the second page of an owner's list. */
function secondPage(answer: StandInAnswer): Fault {
  const when = ({ body }: StandInRequest) => /^query Owner\b/.test(JSON.parse(body).query) && JSON.parse(body).variables.after !== null;
  return { name: '502-html', when, act: ({ send }) => send(answer) };
}

async function detailsOf(answer: StandInAnswer, only: readonly string[]) {
  const settings = { orgs: [{ name: 'acme' }], releases: true, stars: true };
  const asked = { windows: { github_stars: stars }, only };
  const run = await runAt(github, { repositories }, { settings, asked, before: (standIn) => standIn.misbehave(secondPage(answer)) });
  const counts: Record<string, number> = {};
  for (const { measurement } of run.points) counts[measurement] = (counts[measurement] ?? 0) + 1;
  return { ...run, counts, failed: [...run.errors.keys()] };
}

describe("the details of an owner's repositories", () => {
  it.each([
    ['with its numbers', ['github_repository', 'github_release_asset', 'github_stars'], { github_repository: 100 }, ['acme']],
    ['by itself', ['github_release_asset', 'github_stars'], {}, []],
  ])('are those that were read where the list, which is read %s, breaks off', async (_how, only, numbers, failed) => {
    const run = await detailsOf({ status: 500, body: { message: 'oops' } }, only);
    expect(run.counts).toEqual({ ...numbers, github_release_asset: 100, github_stars: 100 });
    expect(run.failed).toEqual(failed);
    const message = expect.stringMatching(/^the repositories of acme after the first 100: .* answered 500 \(oops\)$/);
    expect(run.problems).toEqual([
      { item: 'acme', kind: 'server', message },
      { item: 'acme', kind: 'server', message },
    ]);
  });

  it('are not asked for where nothing is left to ask with', async () => {
    const body = { data: null, errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] };
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse('2026-12-01T00:00:00Z') / 1000) };
    const run = await detailsOf({ body, headers }, ['github_release_asset', 'github_stars']);
    expect(run.counts).toEqual({});
    expect([...run.errors].map(([label, error]) => [label, (error as { kind?: string }).kind])).toEqual([
      ['releases of acme', 'quota'],
      ['stars of acme', 'quota'],
    ]);
  });
});

describe('the traffic of a single repository', () => {
  const traffic = { referrers: [{ referrer: 'Google', count: 4, uniques: 3 }] };
  const settings = { repos: ['old/b', 'a/c'], traffic: true };
  const asked = { windows: {}, only: ['github_referrer'] };
  const refusal = { type: 'FORBIDDEN', path: ['r0', 'nameWithOwner'], message: 'Resource protected by SAML enforcement' };

  it.each([
    [
      'is no name',
      { nameWithOwner: 'not a name' },
      undefined,
      'GitHub answered for the name of old/b what it does not document: nameWithOwner: must be owner/name',
    ],
    ['is refused', null, refusal, 'GitHub refuses the name of old/b to the token: Resource protected by SAML enforcement'],
    ['is refused, but not all of it', { databaseId: 1 }, refusal, expect.stringContaining('refuses the name of old/b')],
    ['is not there, without a reason', null, undefined, 'GitHub gave no answer for the name of old/b, and no reason'],
  ])('is left out where its present name %s: it might be that of another series', async (_what, found, error, message) => {
    const unreadable = bodyFault('missing-field', (json, { path }) => {
      if (path !== '/graphql') return undefined;
      return { data: { ...json.data, r0: found }, ...(error && { errors: [error] }) };
    });
    const { points, problems, errors } = await runAt(
      github,
      { repositories: ['new/b', 'a/c'].map((name, id) => ({ name, id, traffic, ...(name === 'new/b' && { formerly: ['old/b'] }) })) },
      { settings, asked, before: (standIn) => standIn.misbehave(unreadable) },
    );
    expect(points.map(({ tags }) => tags.repo)).toEqual(['a/c']);
    expect(problems).toMatchObject([{ item: 'old/b', message }]);
    expect(errors.size).toBe(0);
  });
});

describe('a query that GitHub refuses to the token as a whole', () => {
  const refusals: Readonly<Record<string, StandInAnswer>> = {
    'by 403': { status: 403, body: { message: 'Resource not accessible by personal access token' } },
    'in the answer': { body: { data: null, errors: [{ type: 'INSUFFICIENT_SCOPES', message: 'no' }] } },
  };
  const asked = { windows: { github_stars: stars } };
  const world = { repositories: [{ name: 'a/b' }] };

  it.each(Object.entries(refusals))('says what it takes (%s)', async (_how, answer) => {
    const before = (standIn: { misbehave(fault: Fault): void }) =>
      standIn.misbehave({ name: '403-scope', when: () => true, act: ({ send }) => send(answer) });
    const settings = { repos: ['a/b'], releases: true, stars: true, traffic: true };
    const run = await runAt(github, world, { settings, asked, before });
    const owner = await runAt(github, world, { settings: { orgs: [{ name: 'a' }] }, asked, before });
    const needs = [...run.errors, ...owner.errors].map(([label, { message }]) => [label, message.replace(/^.* it needs /, '')]);
    expect(needs).toEqual([
      ['a/b', 'to read metadata, issues and pull requests'],
      ['releases of a/b', 'the scope "repo", or as a fine-grained one "Contents: read"'],
      ['stars of a/b', 'the scope "repo", or as a fine-grained one "Metadata: read"'],
      ['traffic of a/b', 'to read metadata'],
      ['a', 'to read metadata, issues and pull requests'],
    ]);
  });
});
