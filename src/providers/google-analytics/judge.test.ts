import { describe, expect, it } from 'vitest';
import { TransientError } from '../../sdk/index.ts';
import { judge, RpcError } from './judge.ts';

function overHttp(status: number, body: unknown, number = 1) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judge({ error: new Error('client'), number, response: { status, headers: new Headers(), body: text } });
}
function google(code: number, status: string, message: string, number = 1) {
  return overHttp(code, { error: { code, status, message } }, number);
}
function overGrpc(code: number, details: string, number = 1) {
  return judge({ error: new RpcError(code, details), number });
}

describe('what Google refuses', () => {
  it.each([
    [401, 16, 'UNAUTHENTICATED', 'bad', 'BlockedError', 'unauthorized'],
    [403, 7, 'PERMISSION_DENIED', 'no', 'PermanentError', 'forbidden'],
    [403, 7, 'PERMISSION_DENIED', 'Data API has not been used in project 1', 'BlockedError', 'forbidden'],
    [404, 5, 'NOT_FOUND', 'no', 'PermanentError', 'not-found'],
    [400, 3, 'INVALID_ARGUMENT', 'Field x is not a valid metric.', 'PermanentError', 'config'],
    [429, 8, 'RESOURCE_EXHAUSTED', 'Exhausted property tokens per day.', 'PermanentError', 'quota'],
    [429, 8, 'RESOURCE_EXHAUSTED', 'Exhausted property tokens per hour.', 'TransientError', 'quota'],
    [429, 8, 'RESOURCE_EXHAUSTED', 'Exhausted concurrent requests quota.', 'TransientError', 'rate-limited'],
    [503, 14, 'UNAVAILABLE', 'The service is currently unavailable.', 'TransientError', 'server'],
    [500, 13, 'INTERNAL', 'An internal error has occurred.', 'TransientError', 'server'],
    [504, 4, 'DEADLINE_EXCEEDED', 'Deadline expired.', 'TransientError', 'server'],
  ])('%i and %i: %s (%s) is a %s, %s', (http, rpc, status, words, name, kind) => {
    expect(google(http, status, words)).toMatchObject({ name, kind, message: expect.stringContaining(words) });
    expect(overGrpc(rpc, words)).toMatchObject({ name, kind, message: google(http, status, words)?.message });
  });

  it('a failure of the server is tried once more, after half a minute', () => {
    expect(google(500, 'INTERNAL', 'x')).toMatchObject({ retryAfterMs: 30_000 });
    expect(google(500, 'INTERNAL', 'x', 2)).toMatchObject({ name: 'PermanentError', kind: 'server' });
    expect(overHttp(502, '<html><title>Bad gateway</title>')).toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('Bad gateway'),
    });
    expect(overHttp(502, 'x', 2)).toMatchObject({ name: 'PermanentError' });
    expect(overGrpc(2, 'x', 2)).toMatchObject({ name: 'PermanentError', message: expect.stringContaining('UNKNOWN') });
  });

  it('silence is borne as sparingly, whatever came before it', () => {
    const error = new TransientError('it did not answer within 1m', { kind: 'timeout' });
    const response = { status: 401, headers: new Headers(), body: '' };
    expect(judge({ error, number: 1, isTimeout: true, response })).toMatchObject({
      name: 'TransientError',
      kind: 'timeout',
      retryAfterMs: 30_000,
      message: 'it did not answer within 1m',
    });
    expect(judge({ error, number: 2, isTimeout: true })).toMatchObject({ name: 'PermanentError', kind: 'timeout' });
  });

  it('a connection that fails is none of its failures', () => {
    const words = 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:9';
    for (const number of [1, 2, 3]) expect(overGrpc(14, words, number)).toMatchObject({ name: 'TransientError', kind: 'network' });
    expect(overGrpc(99, 'x')).toMatchObject({ kind: 'server' });
    expect(overGrpc(1, 'Cancelled on client')).toMatchObject({ name: 'TransientError', kind: 'network' });
  });

  it('what the server says of its own connections is its failure', () => {
    const own = [
      [13, 'Received RST_STREAM with code 2 (Internal server error)'],
      [14, 'socket hang up between two of our servers'],
      [14, 'Error: no connection established to the backend'],
      [13, 'No connection established'],
      [2, 'TLS certificate of a backend'],
    ] as const;
    for (const [code, words] of own) {
      expect(overGrpc(code, words)).toMatchObject({ name: 'TransientError', kind: 'server', retryAfterMs: 30_000 });
      expect(overGrpc(code, words, 2)).toMatchObject({ name: 'PermanentError', kind: 'server' });
    }
    for (const words of ['Connection dropped', 'read ECONNRESET', 'EPIPE', 'Name resolution failed for target dns:x']) {
      expect(overGrpc(14, words, 2)).toMatchObject({ name: 'TransientError', kind: 'network' });
    }
  });

  it('leaves to the common table what is not in its own words', () => {
    expect(judge({ error: new Error('x'), number: 1 })).toBeUndefined();
    expect(overHttp(200, '<html>')).toBeUndefined();
    expect(overHttp(403, '<html>Go away')).toBeUndefined();
    expect(overHttp(429, { message: 'slow down' })).toBeUndefined();
    expect(overHttp(413, { message: 'too large' })).toBeUndefined();
  });

  it('repeats no token', () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhQGIifQ.c2lnbmF0dXJl';
    expect(google(401, 'UNAUTHENTICATED', `bad token Bearer ${token} ya29.a0Af_x`)?.message).toBe(
      'Google does not accept the credentials (bad token Bearer *** ***)',
    );
    for (const status of [400, 401, 403, 404]) expect(overHttp(status, { message: token })?.message).not.toContain('eyJ');
  });

  it('keeps words in one short line', () => {
    const message = google(400, 'INVALID_ARGUMENT', `a\nb ${'x'.repeat(1000)}`)?.message ?? '';
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(400);
  });
});
