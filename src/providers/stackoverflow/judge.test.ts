import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

function judged(body: unknown, status = 400) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judge({ error: new Error('x'), number: 1, response: { status, headers: new Headers(), body: text } });
}

function refused(error_id: number, error_message: string, error_name = 'some_name') {
  return judged({ error_id, error_name, error_message });
}

describe('a refusal', () => {
  it.each([
    [400, "`key` doesn't match a known application", 'BlockedError', 'unauthorized'],
    [400, 'No site found for name `stackoverfow`', 'PermanentError', 'not-found'],
    [400, 'pagesize', 'PermanentError', 'invalid-answer'],
    [401, 'a token', 'BlockedError', 'unauthorized'],
    [402, 'a token', 'BlockedError', 'unauthorized'],
    [405, 'a key', 'BlockedError', 'unauthorized'],
    [406, 'a token', 'BlockedError', 'unauthorized'],
    [403, 'denied', 'PermanentError', 'forbidden'],
    [404, 'no method', 'PermanentError', 'not-found'],
    [500, 'oh', 'TransientError', 'server'],
    [503, 'away', 'TransientError', 'server'],
    [502, 'Violation of backoff parameter', 'TransientError', 'rate-limited'],
    [502, 'too many requests from this IP, more requests available in 17524 seconds', 'TransientError', 'quota'],
  ])('%i, "%s": %s of kind %s', (id, words, name, kind) => {
    expect(refused(id, words)).toMatchObject({ name, kind });
  });

  it('says how long to wait', () => {
    const words = 'too many requests from this IP, more requests available in 17524 seconds';
    expect(refused(502, words)).toMatchObject({ retryAfterMs: 17_524_000 });
    expect(refused(502, 'Violation of backoff parameter')).toMatchObject({ retryAfterMs: undefined });
  });

  it('is one whatever its status', () => {
    const body = { error_id: 502, error_name: 'throttle_violation', error_message: 'more requests available in 3 seconds' };
    expect(judged(body, 200)).toMatchObject({ kind: 'quota', retryAfterMs: 3000 });
  });

  it('is told in its own words', () => {
    expect(refused(400, 'pagesize', 'bad_parameter')?.message).toBe(
      'Stack Exchange does not understand the request (bad_parameter: pagesize)',
    );
    expect(judged({ error_id: 403 })?.message).toBe('Stack Exchange refuses this (error 403)');
  });
});

it('leaves the rest to the common table', () => {
  for (const body of ['<h1>error_id</h1>', '', '{"error_id":"502"}', '[]', { message: 'x' }]) expect(judged(body)).toBeUndefined();
  expect(judge({ error: new Error('x'), number: 1 })).toBeUndefined();
});

it('knows an answer that is none yet', () => {
  expect(judged('', 202)).toMatchObject({ name: 'TransientError', kind: 'not-yet' });
});
