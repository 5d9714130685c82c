import { expect, it } from 'vitest';
import { durationMs, formatDuration, isMoment, readMoment, roughly, utcDay } from './time.ts';

it.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['4h', 14_400_000],
  ['3d', 259_200_000],
  ['1w', 604_800_000],
  ['0s', 0],
  ['', undefined],
  ['10', undefined],
  ['1.5h', undefined],
  ['-1h', undefined],
  ['1mo', undefined],
])('reads the duration %j', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each([
  [250, '250ms'],
  [1500, '1.5s'],
  [60_000, '1m'],
  [90_000, '90s'],
  [14_400_000, '4h'],
  [259_200_000, '3d'],
])('writes %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('knows the one form of a moment', () => {
  expect(isMoment('2026-11-21T20:00:00.000Z')).toBe(true);
  for (const text of ['2026-11-21T20:00:00Z', '2026-02-30T00:00:00.000Z', '2026-11-21T24:00:00.000Z', '2026-11-21T20:60:00.000Z', 'soon'])
    expect(isMoment(text)).toBe(false);
});

it('reads a moment in its one form', () => {
  expect(readMoment('2024-02-29T23:59:59.999Z')).toEqual(new Date(Date.UTC(2024, 1, 29, 23, 59, 59, 999)));
  for (const text of ['2025-02-29T23:59:59.999Z', '2026-11-21T20:00:00.000+', '2026-13-01T00:00:00.000Z', '+002026-11-21T20:00:00.000Z'])
    expect(readMoment(text)).toBeUndefined();
});

it('finds the day in UTC', () => {
  expect(utcDay(new Date('2026-11-21T23:59:59.999Z'))).toEqual(new Date('2026-11-21T00:00:00.000Z'));
  expect(utcDay(new Date('1969-12-31T12:00:00Z'))).toEqual(new Date('1969-12-31T00:00:00.000Z'));
});

it('rounds what is told of a duration', () => {
  expect([59_999, 90_061, 8_000_000, 172_800_000 + 3_599_999].map((ms) => formatDuration(roughly(ms)))).toEqual([
    '0ms',
    '1m',
    '133m',
    '2d',
  ]);
});
