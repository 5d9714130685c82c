import { expect, it } from 'vitest';
import { aborted, signal } from './signal.ts';

it('is fired once for all who wait, and for who comes late', async () => {
  const one = signal();
  const waiting = Promise.all([one.fired, one.fired]);
  one.fire();
  one.fire();
  await waiting;
  await one.fired;
  expect(one.fired).toBeInstanceOf(Promise);
});

it('waits for an abort, also one that has been', async () => {
  const later = new AbortController();
  let ended = false;
  const waiting = aborted(later.signal).then(() => {
    ended = true;
  });
  await Promise.resolve();
  expect(ended).toBe(false);
  later.abort();
  await waiting;
  await aborted(later.signal);
  expect(ended).toBe(true);
});
