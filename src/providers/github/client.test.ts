import { afterEach, describe, expect, it } from 'vitest';
import { createTestContext } from '../../testing/context.ts';
import { bodyFault, type StandIn, type StandInAnswer, startStandIn } from '../../testing/stand-in.ts';
import { manyNames, manyRepositories } from '../../testing/stand-ins/github/index.ts';
import { runAt, runToken } from '../../testing/stand-ins/github/run.ts';
import { createClient } from './client.ts';
import { github } from './index.ts';
import { rateLimitQuery } from './queries.ts';
import { Settings } from './settings.ts';

const opened: StandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

/** Asks one query of a server that answers this. */
async function ask(answer: StandInAnswer) {
  const standIn = await startStandIn(() => answer);
  opened.push(standIn);
  const settings = { token: 'ghp_0123456789', repos: ['a/b'], baseUrl: standIn.url };
  const bench = createTestContext(github, settings);
  const client = await createClient(Settings.parse(settings));
  const result = client.ask(bench.context, { what: 'the rate limit', needs: 'more', query: rateLimitQuery, variables: { size: 1 } });
  await result.catch(() => {});
  return { ...bench, client, result, request: standIn.requests[0] };
}

const rateLimit = { limit: 5000, remaining: 4321, used: 679, resetAt: '2026-11-21T21:00:00Z' };

describe('createClient', () => {
  it('sends query and variables with the token, and notes what is left', async () => {
    const { result, request, client, quotas } = await ask({ body: { data: { rateLimit } } });
    expect(await result).toEqual({ data: { rateLimit }, errors: [] });
    expect(request).toMatchObject({ method: 'POST', path: '/graphql', headers: { authorization: 'bearer ghp_0123456789' } });
    expect(JSON.parse(request?.body ?? '')).toEqual({ query: rateLimitQuery, variables: { size: 1 } });
    expect(client.rateLimit).toEqual(rateLimit);
    expect(quotas).toEqual([{ remaining: 4321, limit: 5000, resetAt: new Date('2026-11-21T21:00:00Z') }]);
  });

  it('keeps the good part of an answer with errors', async () => {
    const errors = [{ type: 'NOT_FOUND', path: ['r1'], message: 'gone' }];
    const { result, counters } = await ask({ body: { data: { rateLimit, r0: {}, r1: null }, errors } });
    expect(await result).toEqual({ data: { rateLimit, r0: {}, r1: null }, errors });
    expect(counters).toEqual({ requests: 1, retries: 0 });
  });

  it.each([
    ['nothing', { status: 204 }, 'PermanentError'],
    ['a page in HTML', { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Hello</title>' }, 'TransientError'],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{"data":{"rateLimit":NaN}}' }, 'TransientError'],
    ['something else in JSON', { body: { error: 'no' } }, 'PermanentError'],
    ['null', { headers: { 'content-type': 'application/json' }, body: 'null' }, 'PermanentError'],
    ['no data', { body: { data: null } }, 'PermanentError'],
    ['errors that are no list', { body: { data: { rateLimit }, errors: 'no' } }, 'PermanentError'],
    [
      'more errors than a query can have',
      { body: { data: { rateLimit }, errors: Array(10_001).fill({ message: 'no' }) } },
      'PermanentError',
    ],
    ['no data, and errors', { body: { data: null, errors: [{ type: 'FORBIDDEN', message: 'no' }] } }, 'PermanentError'],
  ] as const)('takes %s for no answer', async (_what, answer, name) => {
    const { result, client } = await ask(answer);
    await expect(result).rejects.toMatchObject({ name, kind: expect.not.stringMatching('defect') });
    expect(client.rateLimit).toBeUndefined();
  });

  it('lets the client write nothing to the console', async () => {
    const headers = { deprecation: 'true', link: '<https://docs.example>; rel="deprecation"' };
    const { lines } = await ask({ headers, body: { data: { rateLimit } } });
    expect(lines.join('\n')).toContain('is deprecated');
  });
});

describe('limits', () => {
  const world = { repositories: manyRepositories('acme', 250) };

  const settings = { orgs: [{ name: 'acme' }] };

  const all = manyNames('acme', 250);

  it.each(['RATE_LIMITED', 'RATE_LIMIT'] as const)('%s in a 200 is waited for until the reset', async (refusal) => {
    const { repos, retries, errors, clock } = await runAt(
      github,
      { ...world, resetMs: 1_800_000 },
      { settings, before: (standIn) => standIn.refuse(refusal) },
    );
    expect({ repos, retries, errors: errors.size }).toEqual({ repos: all, retries: 1, errors: 0 });
    expect(Math.max(...clock.sleeps)).toBeGreaterThanOrEqual(1_800_000);
    expect(Math.max(...clock.sleeps)).toBeLessThan(1_810_000);
  });

  it('a limit that is used up on the way is waited for, and nothing is lost', async () => {
    const { repos, errors, standIn, clock } = await runAt(github, { ...world, limit: 5000, remaining: 2 }, { settings });
    expect({ repos, errors: errors.size, requests: standIn.requests.length }).toEqual({ repos: all, errors: 0, requests: 3 });
    expect(clock.sleeps.length).toBeGreaterThan(0);
  });

  it('a limit that outlasts the run ends it, and keeps what came', async () => {
    const { repos, errors, points } = await runAt(github, { ...world, limit: 5000, remaining: 2 }, { settings, deadlineMs: 600_000 });
    expect(repos).toEqual(all.slice(0, 200));
    expect(errors.get('acme')).toMatchObject({ kind: 'quota' });
    expect(points.at(-1)).toMatchObject({ measurement: 'github_rate_limit', fields: { remaining: 0, limit: 5000, used: 5000 } });
  });

  it.each([
    ['secondary-403', 90_000],
    ['secondary-403-bare', 60_000],
    ['secondary-200', 90_000],
    ['secondary-200-bare', 60_000],
    ['secondary-errors', 60_000],
  ] as const)('%s is waited for', async (refusal, ms) => {
    const { repos, errors, retries, clock } = await runAt(github, world, { settings, before: (standIn) => standIn.refuse(refusal) });
    expect({ repos, retries, errors: errors.size }).toEqual({ repos: all, retries: 1, errors: 0 });
    expect(clock.sleeps.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(ms);
  });

  it('a failure that GitHub answers with 200 is tried again', async () => {
    const { repos, errors, retries } = await runAt(github, world, { settings, before: (standIn) => standIn.refuse('failed') });
    expect({ repos, retries, errors: errors.size }).toEqual({ repos: all, retries: 1, errors: 0 });
  });
});

describe('the token', () => {
  it('that expires half-way ends the instance, and what came before stays', async () => {
    const { repos, errors, points } = await runAt(
      github,
      { repositories: manyRepositories('acme', 250), expiresAfter: 1 },
      { settings: { orgs: [{ name: 'acme' }], repos: ['acme/gone', 'b/c'] } },
    );
    expect(repos).toEqual(manyNames('acme', 100));
    expect(points.every(({ measurement }) => measurement === 'github_repository')).toBe(true);
    expect(errors.get('acme')).toMatchObject({ name: 'BlockedError', kind: 'unauthorized' });
    expect(errors.get('acme')?.message).toBe(
      'GitHub does not accept the token: it is wrong, expired or revoked; make a new one and set it as "token"',
    );
  });

  it('stands in nothing that is told', async () => {
    const { errors, problems, lines } = await runAt(
      github,
      { repositories: [], token: 'ghp_another' },
      { settings: { repos: ['a/b'], orgs: [{ name: 'a' }] } },
    );
    const told =
      JSON.stringify([...errors.values()].map((error) => [error.message, error.stack, error.cause])) + JSON.stringify([problems, lines]);
    expect(errors.size).toBe(1);
    expect(told).not.toContain(runToken);
  });
});

describe('a reading of the limit that is wrong', () => {
  it('is one problem, and not more', async () => {
    const fault = bodyFault('negative', (json) => {
      json.data.rateLimit.remaining = -1;
      return json;
    });
    const { repos, problems, points } = await runAt(
      github,
      { repositories: manyRepositories('acme', 250) },
      { settings: { orgs: [{ name: 'acme' }] }, before: (standIn) => standIn.misbehave(fault) },
    );
    expect(repos).toHaveLength(250);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([['rate limit', 'invalid-answer']]);
    expect(points.some(({ measurement }) => measurement === 'github_rate_limit')).toBe(false);
  });
});
