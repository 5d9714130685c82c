import { expect, it } from 'vitest';
import { systemClock, within } from './clock.ts';

it('sleeps until it is called off, for the reason it is given', async () => {
  const off = new AbortController();
  const sleeping = systemClock.sleep(60_000, off.signal);
  off.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(systemClock.sleep(0, off.signal)).rejects.toThrow('enough');
});

it('calls a timer once, or never when it was called off', async () => {
  let calls = 0;
  const called = new Promise<void>((resolve) => {
    systemClock.timer(1, () => {
      calls++;
      resolve();
    });
  });
  systemClock.timer(1, () => calls++)();
  await called;
  expect(calls).toBe(1);
});

it('waits for what comes first', async () => {
  expect(await within(systemClock, 60_000, Promise.resolve())).toBe(false);
  expect(await within(systemClock, 1, new Promise(() => {}))).toBe(true);
});
