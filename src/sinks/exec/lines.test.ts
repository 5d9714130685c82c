import { expect, it } from 'vitest';
import { gauge, measurement, text } from '../../sdk/index.ts';
import { entryOf } from '../../testing/contract/sink.ts';
import { createLines } from './lines.ts';
import { allKinds } from './settings.ts';

const time = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', { help: '', time: 'event', tags: {}, fields: { level: gauge(), words: text() } });
const entry = entryOf({ measurement: 'numbers', tags: {}, fields: { level: 1, words: '}\n{' }, time, collectedAt: time });

it('makes a line of each entry, with the kinds that are wanted', () => {
  const lines = (kinds: typeof allKinds | readonly ['gauge']) => createLines(kinds, () => numbers)([entry, entry]).split('\n');
  const { point, ...rest } = JSON.parse(JSON.stringify(entry));
  expect(lines(allKinds).map((line) => line && JSON.parse(line))).toEqual([{ ...point, ...rest }, { ...point, ...rest }, '']);
  expect(JSON.parse(lines(['gauge'])[0] as string).fields).toEqual({ level: 1 });
  // What the entry has is not changed.
  expect(entry.point.fields).toHaveProperty('words');
});
