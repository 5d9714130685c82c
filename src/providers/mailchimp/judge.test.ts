import { describe, expect, it } from 'vitest';
import { isNextError } from '../../sdk/errors.ts';
import { judge } from './judge.ts';

const text = { 'content-type': 'text/plain' };

function judged(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  const next = judge({ error: new Error(`status ${status}`), response: { status, headers: new Headers(headers), body }, number: 1 });
  expect(next === undefined || isNextError(next)).toBe(true);
  return next && { name: next.name, kind: next.kind, message: next.message };
}

function problem(title: string, detail = 'Details.'): string {
  return JSON.stringify({ type: 'https://mailchimp.com/developer/marketing/docs/errors/', title, status: 403, detail, instance: 'x' });
}

describe('what Mailchimp means', () => {
  it.each([
    ['nothing at all', '', {}],
    ['a word', 'Forbidden', text],
  ])('a 403 with %s is throttling, without a time', (_, body, headers) => {
    expect(judged(403, body, headers)).toMatchObject({ name: 'TransientError', kind: 'rate-limited' });
  });

  it('a 403 in JSON is no throttling: the key may not do this', () => {
    expect(judged(403, problem('User action not permitted', 'User does not have access to the requested operation'))).toEqual({
      name: 'PermanentError',
      kind: 'forbidden',
      message:
        'Mailchimp refuses this to the key (User action not permitted: User does not have access to the requested operation): its user needs another role',
    });
    expect(judged(403, '{}')).toMatchObject({ name: 'PermanentError', kind: 'forbidden' });
  });

  it.each(['User Disabled', 'Wrong Datacenter'])('a 403 that says "%s" is about all that the key could ask', (title) => {
    expect(judged(403, problem(title))).toMatchObject({
      name: 'BlockedError',
      kind: 'forbidden',
      message: `Mailchimp refuses the key (${title}: Details.)`,
    });
  });

  it('a 401 ends the instance, and says what to do', () => {
    expect(judged(401, problem('API Key Invalid'))).toMatchObject({
      name: 'BlockedError',
      kind: 'unauthorized',
      message: expect.stringContaining('"apiKey"'),
    });
  });

  it('a 202 is no answer yet', () => {
    expect(judged(202, '{}')).toMatchObject({ name: 'TransientError', kind: 'not-yet' });
  });

  it.each([
    ['a web page', 403, '<html><title>Request Blocked</title></html>', {}],
    ['a wait that is told', 403, '', { 'retry-after': '7' }],
    ['a bare 429', 429, '', {}],
    ['another status', 500, '{}', {}],
    ['a good answer that is broken', 200, '{', {}],
  ])('the common table knows %s', (_, status, body, headers) => {
    expect(judged(status, body, headers)).toBeUndefined();
  });

  it('a failure without an answer is for the common table', () => {
    expect(judge({ error: new Error('x'), response: undefined, number: 1 })).toBeUndefined();
  });
});
