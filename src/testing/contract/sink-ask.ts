import { describe, expect, it } from 'vitest';
import type { Entry } from '../../sdk/point.ts';
import { seriesKey, seriesText } from '../../sdk/point.ts';
import type { AnySink, Store } from '../../sdk/sink.ts';
import { createSinkContext } from '../sink-context.ts';
import type { SinkContractOptions } from './sink.ts';
import { daily, entryOf, fullFields, heldBy, sample } from './sink-model.ts';

/** Registers the tests that every sink passes which can be asked. */
export function storeContract(sink: AnySink, options: SinkContractOptions & { readonly now: Date }): void {
  const { now } = options;
  const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

  interface Work {
    write(entries: readonly Entry[]): Promise<void>;
    ask(): Promise<Store>;
    held(entry: Entry): Entry;
    stored(): Promise<number>;
  }

  async function inStore(work: (place: Work) => Promise<void>): Promise<void> {
    const place = await options.start();
    const parsed = sink.settings.parse(place.settings);
    const measurements = [sample, daily];
    const context = createSinkContext({ measurements, autoInit: sink.autoInit, now, ...(options.fetch && { fetch: options.fetch }) });
    const asked: Store[] = [];
    try {
      await work({
        async write(entries) {
          if (!sink.autoInit) await sink.init?.(parsed, measurements, context);
          const open = await sink.open(parsed, context);
          expect(await open.write(entries)).toEqual([]);
          await open.close();
        },
        async ask() {
          const store = await (sink.ask as NonNullable<AnySink['ask']>)(parsed, context);
          asked.push(store);
          return store;
        },
        held: (entry) => heldBy(sink.accepts(parsed).kinds, entry.point.measurement === daily.name ? daily : sample, entry) ?? entry,
        stored: async () => (await place.read()).length,
      });
    } finally {
      for (const store of asked) await store.close();
      await place.close();
    }
  }

  const at = (place: string, minutes: number, level: number) =>
    entryOf({
      tags: { place },
      time: minutesAgo(minutes),
      fields: { level },
      collectedAt: minutesAgo(minutes - 1),
      runId: `run-${minutes}`,
    });

  describe(`${sink.name}: the contract of stores that can be asked`, () => {
    it('answers nothing where there is nothing, and makes nothing', () =>
      inStore(async ({ ask, stored }) => {
        const store = await ask();
        expect(await all(store.last({ measurement: sample.name }))).toEqual([]);
        expect(await all(store.history({ measurement: sample.name, window: { from: minutesAgo(99), to: now } }))).toEqual([]);
        await store.close();
        await store.close();
        expect(await stored()).toBe(0);
      }));

    it('gives back what was written', () =>
      inStore(async ({ write, ask, held }) => {
        const written = [
          held(entryOf({ fields: fullFields, time: minutesAgo(30), collectedAt: minutesAgo(9), provisional: true })),
          held(
            entryOf({
              tags: { place: "o'there \\ 🚀" },
              fields: { up: false, level: 0 },
              time: minutesAgo(30),
              collectedAt: minutesAgo(9),
            }),
          ),
        ];
        await write(written);
        const store = await ask();
        const answer = await all(store.last({ measurement: sample.name }));
        expect(answer).toEqual(bySeries(written));
        expect(await all(store.last({ measurement: daily.name }))).toEqual([]);
        expect(await all(store.last({ measurement: 'never_declared' }))).toEqual([]);
      }));

    it('knows the newest entry of each series, and the newest before a time', () =>
      inStore(async ({ write, ask }) => {
        const [a50, a40, a30, b45, b20] = [at('a', 50, 1), at('a', 40, 2), at('a', 30, 3), at('b', 45, 4), at('b', 20, 5)];
        await write([a40, b20, a30, a50, b45] as Entry[]);
        const store = await ask();
        expect(await all(store.last({ measurement: sample.name }))).toEqual(bySeries([a30, b20]));
        expect(await all(store.last({ measurement: sample.name, before: minutesAgo(30) }))).toEqual(bySeries([a40, b45]));
        expect(await all(store.last({ measurement: sample.name, before: minutesAgo(45) }))).toEqual([a50]);
        expect(await all(store.last({ measurement: sample.name, tags: { place: 'b' } }))).toEqual([b20]);
        expect(await all(store.last({ measurement: sample.name, tags: { place: 'c' } }))).toEqual([]);
        expect(await all(store.last({ measurement: sample.name, tags: { team: 'growth' } }))).toEqual([]);
      }));

    it('tells a half-open window, by series and time', () =>
      inStore(async ({ write, ask }) => {
        const [a50, a40, a30, b45, b40] = [at('a', 50, 1), at('a', 40, 2), at('a', 30, 3), at('b', 45, 4), at('b', 40, 5)];
        await write([a40, b40, a30, a50, b45] as Entry[]);
        const store = await ask();
        const window = { from: minutesAgo(45), to: minutesAgo(30) };
        expect(await all(store.history({ measurement: sample.name, window }))).toEqual(bySeries([a40, b45, b40]));
        expect(await all(store.history({ measurement: sample.name, window, tags: { place: 'b' } }))).toEqual([b45, b40]);
        const series = ['b', 'c'].map((place) => seriesKey(sample.name, { place }));
        expect(await all(store.history({ measurement: sample.name, window, series }))).toEqual([b45, b40]);
        expect(await all(store.history({ measurement: sample.name, window, series: [] }))).toEqual([]);
      }));
  });
}

async function all(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of entries) found.push(entry);
  // The order of series is the store's own; within one it is by time.
  return bySeries(found);
}

function bySeries(entries: readonly (Entry | undefined)[]): Entry[] {
  const key = (entry: Entry) => seriesText(entry.point.measurement, entry.point.tags);
  return entries
    .filter((entry) => entry !== undefined)
    .toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}
