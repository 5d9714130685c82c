import { describe, expect, it } from 'vitest';
import { judge, RefusedError } from './judge.ts';

function judged(body: unknown, status = 400, error = new Error('x')) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judge({ error, number: 1, response: { status, headers: new Headers(), body: text } });
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
    [502, 'too many requests from this IP, more requests available in 60 seconds', 'TransientError', 'rate-limited'],
  ])('%i, "%s": %s of kind %s', (id, words, name, kind) => {
    expect(refused(id, words)).toMatchObject({ name, kind });
  });

  it('says how long to wait', () => {
    const words = 'too many requests from this IP, more requests available in 17524 seconds';
    expect(refused(502, words)).toMatchObject({ retryAfterMs: 17_524_000 });
    expect(refused(502, 'Violation of backoff parameter')).toMatchObject({ retryAfterMs: undefined });
  });

  it('is told of as it applies: a key is named where there is none, and no quota where a pause was asked for', () => {
    const message = (seconds: number, hasKey?: boolean) => {
      const error_message = `too many requests from this IP, more requests available in ${seconds} seconds`;
      const error = hasKey === undefined ? new Error('x') : new RefusedError('a refusal', hasKey);
      return judged({ error_id: 502, error_name: 'throttle_violation', error_message }, 400, error)?.message;
    };
    expect(message(17_524, false)).toBe(
      'nothing is left of what Stack Exchange allows an address without a "key" in a day, for another 17524 s: set one for 10,000 requests a day',
    );
    expect(message(17_524, true)).toBe(
      'nothing is left of what Stack Exchange allows the "key" at this address in a day, for another 17524 s',
    );
    expect(message(17_524)).toBe('nothing is left of what Stack Exchange allows this address in a day, for another 17524 s');
    for (const hasKey of [true, false, undefined]) {
      expect(message(60, hasKey)).toBe(
        'Stack Exchange takes nothing from this address for another 60 s: it was asked more than 30 times a second, or the quota of the day is used up until then',
      );
    }
  });

  it('is one whatever its status', () => {
    const body = { error_id: 502, error_name: 'throttle_violation', error_message: 'more requests available in 3 seconds' };
    expect(judged(body, 200)).toMatchObject({ kind: 'rate-limited', retryAfterMs: 3000 });
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
