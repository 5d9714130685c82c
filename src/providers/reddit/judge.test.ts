import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

function judged(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judge({ error: new Error('x'), number: 1, response: { status, headers: new Headers(headers), body: text } });
}

const blockPage = '<!doctype html><html><body><h1>whoa there, pardner!</h1></body></html>';

describe('judge', () => {
  it('knows a page that blocks, by its words', () => {
    const pages = [
      blockPage,
      '<body>Your request has been blocked due to a network policy.</body>',
      '\n<html>You were blocked by network security',
    ];
    for (const page of pages) expect(judged(403, page)).toMatchObject({ name: 'BlockedError', kind: 'blocked' });
    expect(judged(200, blockPage)).toMatchObject({ kind: 'blocked' });
    expect(judged(403, { message: 'whoa there, pardner!' })).toBeUndefined();
    expect(judged(200, '<html><title>Sign in</title></html>')).toBeUndefined();
  });

  it('leaves a limit to the common table, also where it has the face of a block', () => {
    expect(judged(429, blockPage)).toBeUndefined();
  });

  it.each([
    ['private', 'forbidden'],
    ['quarantined', 'forbidden'],
    ['gold_only', 'forbidden'],
    ['something new', 'forbidden'],
  ])('knows a subreddit that is %s', (reason, kind) => {
    expect(judged(403, { reason, message: 'Forbidden', error: 403 })).toMatchObject({ name: 'PermanentError', kind });
  });

  it('knows a subreddit that is not there', () => {
    expect(judged(404, { reason: 'banned', message: 'Not Found', error: 404 })?.message).toBe('Reddit banned this subreddit');
    expect(judged(404, { message: 'Not Found', error: 404 })).toMatchObject({ kind: 'not-found' });
    expect(judged(302, '', { location: 'https://www.reddit.com/subreddits/search?q=x' })).toMatchObject({ kind: 'not-found' });
    expect(judged(302, '', { location: 'https://www.reddit.com/login' })).toBeUndefined();
  });

  it('leaves the rest to the common table', () => {
    expect(judged(403, { message: 'Forbidden', error: 403 })).toBeUndefined();
    expect(judged(500, '')).toBeUndefined();
    expect(judge({ error: new Error('x'), number: 1 })).toBeUndefined();
    expect(judged(202, '')).toMatchObject({ name: 'TransientError', kind: 'not-yet' });
  });
});
