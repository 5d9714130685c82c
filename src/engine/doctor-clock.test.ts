import { expect, it } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { clockedDoor, clockFound } from './doctor-clock.ts';
import type { Door } from './http.ts';

/** What is found after one answer, made `serverAheadMs` before or after our clock, after a way there and back of `tripMs`. */
async function after(serverAheadMs: number, { age = 0, tripMs = 100, date = true } = {}) {
  const clock = createTestClock();
  const door: Door = {
    proxyOf: () => undefined,
    close: async () => {},
    async fetch() {
      clock.advance(tripMs / 2);
      const told = new Date(clock.now().getTime() + serverAheadMs - age * 1000).toUTCString();
      clock.advance(tripMs / 2);
      return new Response('', { headers: { ...(date && { date: told }), ...(age > 0 && { age: String(age) }) } });
    },
  };
  const clocked = clockedDoor(door, clock);
  await clocked.fetch('https://api.example/x');
  return [...clockFound(clocked)];
}

it('says that the clocks agree', async () => {
  expect(await after(0)).toEqual([{ check: 'clock', status: 'ok', message: 'agrees with that of api.example' }]);
  expect(await after(50_000)).toMatchObject([{ status: 'ok' }]);
});

it('warns of more than a minute, in either direction', async () => {
  const mend = expect.stringContaining('timedatectl');
  expect(await after(300_000)).toEqual([
    { check: 'clock', status: 'warning', message: "this machine's clock is 5m behind that of api.example", mend },
  ]);
  expect(await after(-7_200_000)).toMatchObject([
    { status: 'warning', message: "this machine's clock is 2h ahead of that of api.example" },
  ]);
});

it('counts how long an answer lay in a cache', async () => {
  expect(await after(0, { age: 3600 })).toMatchObject([{ status: 'ok' }]);
});

it('counts the way there and back', async () => {
  expect(await after(0, { tripMs: 110_000 })).toMatchObject([{ status: 'ok' }]);
});

it('says nothing where no answer told the time', async () => {
  expect(await after(0, { date: false })).toEqual([]);
});
