import { expect, it } from 'vitest';
import { gauge, measurement, text } from '../sdk/measurement.ts';
import type { Capabilities } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { createCanHold } from './can-hold.ts';

const clock = createTestClock();
const both = measurement('both', { help: '', time: 'event', tags: {}, fields: { n: gauge(), words: text() } });

function holds(accepts: Partial<Capabilities>, fields: Readonly<Record<string, number | string>>, ageMs = 0): boolean {
  const whole: Capabilities = { timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 1 }, ...accepts };
  const time = new Date(clock.now().getTime() - ageMs);
  const point = { measurement: 'both', tags: {}, fields, time };
  return createCanHold(whole, () => both, clock)({ point, runId: 'r', collectedAt: time, provisional: false });
}

it('one field of a kind that the store takes is enough', () => {
  expect([holds({}, { n: 1 }), holds({}, { words: 'a' }), holds({}, { n: 1, words: 'a' }), holds({ kinds: ['text'] }, { n: 1 })]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

it('its time must lie where the store takes it', () => {
  const timestamps = { pastMs: 1000, futureMs: 500 };
  expect([0, 1000, 1001, -500, -501].map((age) => holds({ timestamps }, { n: 1 }, age))).toEqual([true, true, false, true, false]);
  expect(holds({ timestamps: 'none' }, { n: 1 }, 1e9)).toBe(true);
});
