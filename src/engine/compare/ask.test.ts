import { describe, expect, it } from 'vitest';
import { gauge, measurement } from '../../sdk/measurement.ts';
import { type Entry, seriesKey } from '../../sdk/point.ts';
import type { Store } from '../../sdk/sink.ts';
import { compareWith } from './ask.ts';
import { createBuffer } from './buffer.ts';

const checks = measurement('checks', { help: '', time: 'event', tags: { site: '' }, fields: { n: gauge() } });
const start = Date.UTC(2026, 10, 1);

function entry(site: string, ms: number, n: number): Entry {
  const point = { measurement: 'checks', tags: { site }, fields: { n }, time: new Date(start + ms) };
  return { point, runId: 'r', collectedAt: new Date(start), provisional: false };
}

function bufferOf(entries: readonly Entry[]) {
  const buffer = createBuffer();
  for (const one of entries) buffer.add(one);
  const [ofMeasurement] = buffer.take().values();
  return ofMeasurement ?? { size: 0, series: new Map() };
}

/** A store that answers this, whatever it is asked for. */
function answering(rows: () => Iterable<Entry>) {
  const asked: unknown[] = [];
  const store: Store = {
    last: () => nothing(),
    async *history(query) {
      asked.push(query);
      yield* rows();
    },
    close: async () => {},
  };
  return { store, asked };
}

async function* nothing(): AsyncGenerator<Entry> {}

const options = { measurement: checks, rerun: 'merges', signal: new AbortController().signal, redact: (text: string) => text } as const;

describe('a store', () => {
  it('is asked for the series and the time of the entries, and may answer more', async () => {
    const { store, asked } = answering(() => [entry('a', 0, 1), entry('b', 5, 1), entry('c', 0, 1), entry('a', 6, 1)]);
    const found = await compareWith(store, bufferOf([entry('a', 0, 1), entry('b', 5, 2), entry('b', 9, 3)]), options);
    expect(found.changes()).toMatchObject({ added: 1, changed: 1, left: 1 });
    const window = { from: new Date(start), to: new Date(start + 10) };
    expect(asked).toEqual([{ measurement: 'checks', series: ['a', 'b'].map((site) => seriesKey('checks', { site })), window }]);
  });

  it('that answers without an end lets the end of the run through', async () => {
    const over = new AbortController();
    let given = 0;
    const { store } = answering(function* () {
      for (;;) {
        if (++given === 2500) setImmediate(() => over.abort());
        yield entry('x', given, 1);
      }
    });
    await expect(compareWith(store, bufferOf([entry('a', 0, 1)]), { ...options, signal: over.signal })).rejects.toThrow('abort');
    expect(given).toBeLessThan(6000);
  });
});
