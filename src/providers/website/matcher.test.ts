import { afterEach, describe, expect, it } from 'vitest';
import { type Matcher, openMatcher } from './matcher.ts';
import type { Page } from './order.ts';

const never = new AbortController().signal;
/** Tries 2^n ways to split the letters before it gives up. */
const endless = '^(a+)+$';
const letters = `${'a'.repeat(60)}!`;
let matcher: Matcher;

afterEach(() => matcher.close());

function page(text: string): Page {
  return { body: Uint8Array.from(Buffer.from(text)), type: undefined, encoding: undefined };
}

describe('a pattern', () => {
  it('is found, or not', async () => {
    matcher = openMatcher();
    expect(await matcher.test(page('Welcome'), 'elc', never)).toBe(true);
    expect(await matcher.test(page('Welcome'), '^come', never)).toBe(false);
    expect(await matcher.test(page(''), '.', never)).toBe(false);
  });

  it('is tried on its own page, also when many come at once', async () => {
    matcher = openMatcher();
    const found = await Promise.all(Array.from({ length: 100 }, (_, index) => matcher.test(page(`page ${index}.`), 'page 7\\.', never)));
    expect(found).toEqual(Array.from({ length: 100 }, (_, index) => index === 7));
  });

  it('that never ends is given up, and named; the others are tried all the same', async () => {
    matcher = openMatcher(100);
    const before = matcher.test(page(letters), 'a', never);
    const bad = matcher.test(page(letters), endless, never);
    const after = Array.from({ length: 20 }, () => matcher.test(page(letters), 'a!', never));
    const second = matcher.test(page(letters), `${endless}|b`, never);
    const last = matcher.test(page(letters), 'b', never);
    await Promise.all([
      expect(bad).rejects.toMatchObject({ name: 'PermanentError', kind: 'timeout' }),
      expect(bad).rejects.toThrow('the pattern "^(a+)+$" did not end within 100ms on this page'),
      expect(second).rejects.toThrow('the pattern "^(a+)+$|b" did not end'),
    ]);
    expect(await before).toBe(true);
    expect(await Promise.all(after)).toEqual(Array(20).fill(true));
    expect(await last).toBe(false);
  });

  it('is not given up because the main thread was blocked', async () => {
    matcher = openMatcher(50);
    await matcher.test(page(''), '.', never);
    const all = Array.from({ length: 5 }, () => matcher.test(page('Welcome'), 'elc', never));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    expect(await Promise.all(all)).toEqual(Array(5).fill(true));
  });

  it('that cannot be tried is an error of ours', async () => {
    matcher = openMatcher();
    await expect(matcher.test(page(''), '(', never)).rejects.toMatchObject({ name: 'PermanentError', kind: 'defect' });
    expect(await matcher.test(page('a'), 'a', never)).toBe(true);
  });

  it('ends with the signal', async () => {
    matcher = openMatcher(60_000);
    await matcher.test(page(''), '.', never);
    const abort = new AbortController();
    const made = matcher.test(page(letters), endless, abort.signal);
    abort.abort(new Error('enough'));
    await expect(made).rejects.toThrow('enough');
    await expect(matcher.test(page(''), '.', abort.signal)).rejects.toThrow('enough');
  });

  it('ends with the session', async () => {
    matcher = openMatcher(60_000);
    await matcher.test(page(''), '.', never);
    const made = matcher.test(page(letters), endless, never);
    await Promise.all([expect(made).rejects.toThrow('closed'), matcher.close()]);
    await expect(matcher.test(page(''), '.', never)).rejects.toThrow('closed');
  });
});
