import { expect, it } from 'vitest';
import type { Entry, Tags } from '../../sdk/point.ts';
import { gridOfMeasurement } from './grid.ts';
import { findMissing } from './missing.ts';

const grid = gridOfMeasurement({ time: 'day' }, undefined);
const day = (text: string) => Date.parse(`2026-11-${text}T00:00:00Z`);

async function* entries(series: Readonly<Record<string, readonly string[]>>): AsyncGenerator<Entry> {
  for (const [city, days] of Object.entries(series)) {
    for (const one of days) {
      const point = { measurement: 'sales', tags: { city }, fields: { n: 1 }, time: new Date(day(one)) };
      yield { point, runId: 'r', collectedAt: point.time, provisional: false };
    }
  }
}

async function missing(series: Readonly<Record<string, readonly string[]>>, until: string, judges = (_: Tags) => true) {
  const found: string[] = [];
  const starts = new Set<number>();
  if (!grid) throw new TypeError('days have periods');
  const count = await findMissing(entries(series), {
    expected: (tags) => (judges(tags) ? { grid, until: day(until) } : undefined),
    found: (tags, range) => found.push(`${tags.city} ${range.map((time) => new Date(time).getUTCDate()).join('-')}`),
    has: (start) => starts.add(start),
  });
  return { count, found, days: [...starts].map((time) => new Date(time).getUTCDate()) };
}

it('finds what lies between the first point of a series and now', async () => {
  expect(await missing({ Oslo: ['03', '04', '07', '08'], Riga: ['05'], Rome: ['01', '09', '10'] }, '10')).toEqual({
    count: 3,
    found: ['Oslo 5-7', 'Oslo 9-10', 'Riga 6-10', 'Rome 2-9'],
    days: [3, 4, 7, 8, 5, 1, 9, 10],
  });
});

it('expects nothing after what is to be expected', async () => {
  expect((await missing({ Oslo: ['03', '12'], Riga: ['12'] }, '10')).found).toEqual(['Oslo 4-10']);
  expect((await missing({ Oslo: ['09'] }, '10')).found).toEqual([]);
});

it('leaves out a series that is not judged', async () => {
  expect(await missing({ Oslo: ['01'], Riga: ['01'] }, '03', ({ city }) => city === 'Riga')).toEqual({
    count: 2,
    found: ['Riga 2-3'],
    days: [1],
  });
});

it('lets others have their turn while a store answers all at once', async () => {
  let turns = 0;
  const timer = setImmediate(function again() {
    turns++;
    if (turns < 100) setImmediate(again);
  });
  const many = Array.from({ length: 28 }, (_, index) => String(index + 1).padStart(2, '0'));
  await missing(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`city ${index}`, many])), '29');
  clearImmediate(timer);
  expect(turns).toBeGreaterThan(3);
});
