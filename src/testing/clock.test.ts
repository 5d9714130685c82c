import { describe, expect, it } from 'vitest';
import { createEventClock, createTestClock } from './clock.ts';

describe('createTestClock', () => {
  it('stands still by itself', () => {
    const clock = createTestClock();
    expect(clock.now().toISOString()).toBe('2026-11-21T20:00:00.000Z');
    clock.advance(1500);
    expect(clock.now().toISOString()).toBe('2026-11-21T20:00:01.500Z');
    expect(clock.elapsed()).toBe(1500);
  });

  it('takes the time of a sleep along, and remembers it', async () => {
    const clock = createTestClock();
    await clock.sleep(60_000);
    expect(clock.elapsed()).toBe(60_000);
    expect(clock.sleeps).toEqual([60_000]);
  });

  it('wakes sleepers in the order of their moments', async () => {
    const clock = createTestClock();
    const woken: string[] = [];
    const note = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} ${clock.elapsed()}`);
    };
    await Promise.all([note('late', 3000), note('early', 1000), note('also early', 1000), note('middle', 2000)]);
    expect(woken).toEqual(['early 1000', 'also early 1000', 'middle 2000', 'late 3000']);
  });

  it('rejects with the reason of an aborted signal, and forgets that sleeper', async () => {
    const clock = createTestClock();
    const reason = new Error('enough');
    await expect(clock.sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(clock.elapsed()).toBe(0);
    await clock.sleep(20);
    expect(clock.elapsed()).toBe(20);
  });
});

describe('createEventClock', () => {
  it('goes from one event to the next, in the order of their moments', async () => {
    const clock = createEventClock();
    const seen: string[] = [];
    const note = (name: string) => seen.push(`${name} ${clock.elapsed()}`);
    clock.timer(30_000, () => note('limit'));
    const callOff = clock.timer(20_000, () => note('called off'));
    const sleep = async (name: string, ms: number) => {
      await clock.sleep(ms);
      note(name);
    };
    await Promise.all([sleep('late', 40_000), sleep('early', 1000).then(callOff), sleep('also early', 1000)]);
    expect(seen).toEqual(['early 1000', 'also early 1000', 'limit 30000', 'late 40000']);
    expect(clock.now().toISOString()).toBe('2026-11-21T20:00:40.000Z');
  });

  it('goes on when something is to come again, and rejects with the reason of an aborted signal', async () => {
    const clock = createEventClock();
    await clock.sleep(10);
    const reason = new Error('enough');
    const controller = new AbortController();
    clock.timer(5, () => controller.abort(reason));
    await expect(clock.sleep(60, controller.signal)).rejects.toBe(reason);
    await expect(clock.sleep(60, controller.signal)).rejects.toBe(reason);
    expect(clock.elapsed()).toBe(15);
    await clock.sleep(1);
    expect(clock.elapsed()).toBe(16);
  });
});
