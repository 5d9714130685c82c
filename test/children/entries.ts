import { gauge, measurement, text } from '../../src/sdk/measurement.ts';
import type { Entry } from '../../src/sdk/point.ts';

export const sample = measurement('sample', {
  help: 'Numbered entries.',
  time: 'event',
  tags: { source: 'where' },
  fields: { number: gauge(), words: text() },
});

/** Entries with the numbers from `first` on. */
export function entriesOf(first: number, count: number, runId = 'run-1'): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    point: sample.of({
      tags: { source: 'crash test' },
      fields: { number: first + index, words: 'words '.repeat(1 + ((first + index) % 20)) },
      time: new Date(1_795_000_000_000 + first + index),
    }),
    runId,
    collectedAt: new Date(1_795_000_001_000 + first + index),
    provisional: index % 2 === 1,
  }));
}

/** The numbers of entries. */
export function numbersOf(entries: readonly Entry[]): number[] {
  return entries.map((entry) => Number(entry.point.fields.number));
}
