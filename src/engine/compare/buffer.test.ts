import { expect, it } from 'vitest';
import type { Entry, Tags } from '../../sdk/point.ts';
import { createBuffer } from './buffer.ts';

const time = new Date('2026-11-21T20:00:00.000Z');

function entry(measurement: string, tags: Tags, ms = 0): Entry {
  const point = { measurement, tags, fields: { n: 1 }, time: new Date(time.getTime() + ms) };
  return { point, runId: 'r', collectedAt: time, provisional: false };
}

it('keeps the entries of one identity together, in the order in which they came, whatever the order of their tags', () => {
  const buffer = createBuffer();
  const [a1, b, a2, later] = [
    entry('m', { x: '1', y: '2' }),
    entry('n', { x: '1' }),
    entry('m', { y: '2', x: '1' }),
    entry('m', { x: '1', y: '2' }, 1),
  ];
  for (const one of [a1, b, a2, later] as Entry[]) buffer.add(one);
  expect(buffer.size).toBe(4);
  const taken = buffer.take();
  expect([...taken].map(([name, { size, series }]) => [name, size, [...series.values()].map((times) => [...times.values()])])).toEqual([
    ['m', 3, [[[a1, a2], [later]]]],
    ['n', 1, [[[b]]]],
  ]);
  expect([buffer.size, buffer.take().size]).toEqual([0, 0]);
});
