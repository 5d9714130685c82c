import { describe, expect, it } from 'vitest';
import type { Failure } from '../../sdk/provider.ts';
import { judge } from './judge.ts';

interface Given {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly number?: number;
  /** Of an answer of GraphQL. */
  readonly errors?: readonly object[];
  /** As the client notes it. */
  readonly needs?: string;
}

function failure({ status = 200, headers = {}, body = '', number = 1, errors, needs }: Given): Failure {
  const error = new Error('failed');
  if (errors) Object.assign(error, { name: 'GraphqlResponseError', errors, data: null });
  if (needs !== undefined) Object.assign(error, { needs });
  return { error, number, response: { status, headers: new Headers(headers), body } };
}

const date = 'Sat, 21 Nov 2026 20:00:00 GMT';
const reset = String(Date.parse('2026-11-21T20:10:00Z') / 1000);

describe('judge', () => {
  it('leaves to the common table what is not GitHub alone', () => {
    expect(judge({ error: new Error('x'), number: 1 })).toBeUndefined();
    for (const status of [200, 403, 413, 429, 500, 503]) expect(judge(failure({ status }))).toBeUndefined();
  });

  it.each(['RATE_LIMITED', 'RATE_LIMIT'])('waits for the reset on %s, by the clock of the server', (type) => {
    const headers = { date, 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': '0' };
    expect(judge(failure({ errors: [{ type, message: 'API rate limit exceeded' }], headers }))).toMatchObject({
      name: 'TransientError',
      kind: 'quota',
      retryAfterMs: 601_000,
    });
  });

  it('knows the rate limit by its code as well', () => {
    const errors = [{ code: 'graphql_rate_limit', message: 'API rate limit already exceeded' }];
    expect(judge(failure({ errors }))).toMatchObject({ name: 'TransientError', kind: 'quota', retryAfterMs: 60_000 });
  });

  it.each([
    ['in a 403', { status: 403, body: '{"message":"You have exceeded a secondary rate limit."}' }],
    ['in a 200', { body: '{"message":"You have exceeded a secondary rate limit."}' }],
    ['among errors', { errors: [{ type: 'FORBIDDEN', message: 'You have exceeded a secondary rate limit.' }] }],
  ])('waits on a secondary limit %s, a minute at least and longer each time', (_where, given) => {
    const verdict = { name: 'TransientError', kind: 'rate-limited' };
    expect(judge(failure(given))).toMatchObject({ ...verdict, retryAfterMs: 60_000 });
    expect(judge(failure({ ...given, number: 3 }))).toMatchObject({ ...verdict, retryAfterMs: 240_000 });
    expect(judge(failure({ ...given, headers: { 'retry-after': '75' } }))).toMatchObject({ ...verdict, retryAfterMs: 75_000 });
  });

  it('takes a gateway that fails twice for a query that is too large', () => {
    for (const status of [502, 504]) {
      expect(judge(failure({ status, number: 1 }))).toBeUndefined();
      expect(judge(failure({ status, number: 2 }))).toMatchObject({ name: 'SplitError', kind: 'server' });
    }
  });

  it('splits what exceeds the resources', () => {
    for (const type of ['RESOURCE_LIMITS_EXCEEDED', 'MAX_NODE_LIMIT_EXCEEDED']) {
      expect(judge(failure({ errors: [{ type, message: 'too much' }] }))).toMatchObject({ name: 'SplitError', kind: 'too-large' });
    }
  });

  it('tries a failure of GitHub once more, and then less', () => {
    const errors = [{ message: 'Something went wrong while executing your query.' }];
    expect(judge(failure({ errors }))).toMatchObject({ name: 'TransientError', kind: 'server' });
    expect(judge(failure({ errors, number: 2 }))).toMatchObject({ name: 'SplitError', kind: 'server' });
  });

  it('ends on a query that GitHub does not understand, or does not allow', () => {
    const unknown = [{ message: "Field 'x' doesn't exist on type 'Repository'", extensions: { code: 'undefinedField' } }];
    expect(judge(failure({ errors: unknown }))).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer' });
    const scopes = [{ type: 'INSUFFICIENT_SCOPES', message: 'Your token has not been granted the required scopes' }];
    expect(judge(failure({ errors: scopes, needs: 'the scope "x"' }))).toMatchObject({
      name: 'PermanentError',
      kind: 'forbidden',
      message: 'GitHub refuses the query: Your token has not been granted the required scopes; it needs the scope "x"',
    });
    expect(judge(failure({ errors: unknown, needs: 'the scope "x"' }))?.message).not.toContain('needs');
  });

  it('says of a token that is not accepted what to do', () => {
    const verdict = judge(failure({ status: 401 }));
    expect(verdict).toMatchObject({ name: 'BlockedError', kind: 'unauthorized' });
    expect(verdict?.message).toContain('make a new one and set it as "token"');
  });

  it('says what the token needs, and that the address may be wrong', () => {
    const body = '{"message":"Resource not accessible by personal access token"}';
    expect(judge(failure({ status: 403, body }))).toMatchObject({ name: 'PermanentError', kind: 'forbidden' });
    expect(judge(failure({ status: 403, body, needs: 'the scope "x"' }))?.message).toBe(
      'GitHub refuses this to the token: it needs the scope "x"',
    );
    expect(judge(failure({ status: 404 }))).toMatchObject({ name: 'PermanentError', kind: 'not-found' });
  });

  it('knows the REST API by the error of who asks without the client', () => {
    const rest = (given: Given) => ({ ...failure(given), error: Object.assign(new Error('status'), { name: 'StatusError' }) });
    for (const body of ['{"message":"Must have push access to repository"}', '{"message":"Resource not accessible by integration"}']) {
      expect(judge(rest({ status: 403, body }))).toMatchObject({
        name: 'PermanentError',
        kind: 'forbidden',
        message: expect.stringContaining('Administration: read'),
      });
    }
    expect(judge(rest({ status: 401 }))).toMatchObject({ name: 'BlockedError', kind: 'unauthorized' });
    expect(judge(rest({ status: 404 }))).toMatchObject({ name: 'PermanentError', kind: 'not-found' });
    expect(judge(rest({ status: 413 }))).toMatchObject({ name: 'PermanentError', kind: 'too-large' });
    expect(judge(rest({ status: 403, body: 'You have exceeded a secondary rate limit' }))).toMatchObject({ kind: 'rate-limited' });
    // A gateway that fails is no matter of a request's size.
    for (const status of [202, 403, 429, 500, 502, 504]) expect(judge(rest({ status, number: 2 }))).toBeUndefined();
  });

  it('does not stumble over errors of any shape', () => {
    for (const errors of [[], [null], ['text'], [{ message: 1, type: {}, path: 'x', extensions: 3 }]] as object[][]) {
      expect(judge(failure({ errors, number: 2 }))).toHaveProperty('kind');
    }
  });
});
