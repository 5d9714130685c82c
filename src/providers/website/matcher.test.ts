import { afterEach, describe, expect, it } from 'vitest';
import { type Matcher, openMatcher } from './matcher.ts';
import type { Page } from './order.ts';

const never = new AbortController().signal;
/** Tries 2^n ways to split the letters before it gives up. */
const endless = '^(a+)+$';
const spaces = `${'a'.repeat(60)}!`;
let matcher: Matcher;

afterEach(() => matcher.close());

function page(text: string): Page {
  return { body: Uint8Array.from(Buffer.from(text)), type: undefined, encoding: undefined };
}

describe('patterns', () => {
  it('are found, or not', async () => {
    matcher = openMatcher();
    expect(await matcher.test(page('Welcome'), ['elc', '^come'], never)).toEqual([true, false]);
    expect(await matcher.test(page(''), ['.'], never)).toEqual([false]);
  });

  it('are tried on their own page, also when many come at once', async () => {
    matcher = openMatcher();
    const found = await Promise.all(
      Array.from({ length: 20 }, (_, index) => matcher.test(page(`page ${index}.`), [`page ${index}\\.`, 'page 7\\.'], never)),
    );
    expect(found).toEqual(Array.from({ length: 20 }, (_, index) => [true, index === 7]));
  });

  it('that never end are given up, and named; the next are tried', async () => {
    matcher = openMatcher(100);
    const [bad, good] = [matcher.test(page(spaces), ['a', endless], never), matcher.test(page(spaces), ['a!'], never)];
    await expect(bad).rejects.toMatchObject({ name: 'PermanentError', kind: 'timeout' });
    await expect(bad).rejects.toThrow('the pattern "^(a+)+$" did not end within 100ms on this page');
    expect(await good).toEqual([true]);
  });

  it('are not given up because the main thread was blocked', async () => {
    matcher = openMatcher(50);
    await matcher.test(page(''), ['.'], never);
    const made = matcher.test(page('Welcome'), ['elc'], never);
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    expect(await made).toEqual([true]);
  });

  it('end with the signal', async () => {
    matcher = openMatcher(60_000);
    await matcher.test(page(''), ['.'], never);
    const abort = new AbortController();
    const made = matcher.test(page(spaces), [endless], abort.signal);
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    await expect(made).rejects.toThrow('enough');
  });

  it('end with the session', async () => {
    matcher = openMatcher(60_000);
    await matcher.test(page(''), ['.'], never);
    const made = matcher.test(page(spaces), [endless], never);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([expect(made).rejects.toThrow('closed'), matcher.close()]);
  });
});
