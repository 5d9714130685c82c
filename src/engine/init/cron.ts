import { createHash } from 'node:crypto';
import type { Period } from '../period.ts';

const hourMs = 3_600_000;
const dayMinutes = 24 * 60;

/** https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule */
const leastMinutes = 5;

/**
 * The lines of a crontab that start a run in each period, in UTC; undefined where the period is too short for GitHub. The minute is odd
 * and made from `seed`: at full and half hours GitHub has more to start than it can, and starts it late or not at all. A period of
 * several days has a run each day, of which the later ones only write the same numbers anew.
 */
export function cronLines(period: Period, seed: string): readonly string[] | undefined {
  if (period.unit === 'month') return [`${oddMinute(60, seed)} ${earlyHour(seed)} 1 * *`];
  if (period.unit === 'week') return [`${oddMinute(60, seed)} ${earlyHour(seed)} * * 1`];
  if (period.ms >= 24 * hourMs) return [`${oddMinute(60, seed)} ${earlyHour(seed)} * * *`];
  const step = period.ms / 60_000;
  if (!Number.isInteger(step) || step < leastMinutes) return undefined;
  const first = oddMinute(divisor(step, 60), seed);
  const hours = new Map<number, number[]>();
  for (let minute = first; minute < dayMinutes; minute += step) {
    hours.set(minute % 60, [...(hours.get(minute % 60) ?? []), Math.floor(minute / 60)]);
  }
  const lines = new Map<string, number[]>();
  for (const [minute, of] of hours) lines.set(hoursText(of), [...(lines.get(hoursText(of)) ?? []), minute]);
  return [...lines].map(([of, minutes]) => `${minutes.sort((a, b) => a - b).join(',')} ${of} * * *`);
}

function hoursText(hours: readonly number[]): string {
  const [first = 0, second = 24] = hours;
  const step = second - first;
  const even = hours.every((hour, index) => hour === first + index * step) && hours.length === 24 / step;
  if (!even || first !== 0 || hours.length === 1) return hours.join(',');
  return step === 1 ? '*' : `*/${step}`;
}

/** An odd minute below `limit`, which is at least 3: never 0, and with steps of `limit` never 30. */
function oddMinute(limit: number, seed: string): number {
  const choices = Array.from({ length: Math.floor(limit / 2) }, (_, index) => 2 * index + 1);
  return choices[number(`minute ${seed}`) % choices.length] ?? 1;
}

/** Late enough for the numbers of the day before to be there. */
function earlyHour(seed: string): number {
  return 2 + (number(`hour ${seed}`) % 4);
}

function number(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
