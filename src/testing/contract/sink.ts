import { describe, expect, it } from 'vitest';
import type { SinkContext } from '../../sdk/context.ts';
import { isNextError, messageOf, PermanentError } from '../../sdk/errors.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Entry, Fields, Tags } from '../../sdk/point.ts';
import type { AnySink, OpenSink } from '../../sdk/sink.ts';
import { createSinkContext } from '../sink-context.ts';
import { expectWellFormed, findingsOf } from './check.ts';
import { storeContract } from './sink-ask.ts';
import {
  createRandom,
  daily,
  type EntryOf,
  entryOf,
  expectedRows,
  fullFields,
  grown,
  heldBy,
  oddTags,
  readRows,
  type StoredRow,
  sample,
} from './sink-model.ts';

export { createSinkContext, type SinkContextOptions } from '../sink-context.ts';
export { type EntryOf, entryOf, type StoredRow } from './sink-model.ts';

/** A store of its own for one test, new and empty, as it is before `kpi db init`. */
export interface SinkPlace {
  /** The entry of `sinks` as a config has it, without the keys that are common to all sinks. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * All that the store holds, read without the sink: flags as booleans, moments as ISO 8601, what is absent as absent. Of a store that
   * appends: every copy, in the order of arrival. `runId`, `collectedAt` and `provisional` where the store keeps them.
   */
  read(): Promise<readonly StoredRow[]>;
  /** Makes the store unable to take anything, until the returned function is called. */
  interrupt?(): Promise<() => Promise<void>>;
  /** Prepares the store so that it refuses some entries for good while it takes the rest, and tells which. */
  refuse?(): Promise<Refused>;
  close(): Promise<void>;
}

export interface Refused {
  /** Their measurements, where they are not the contract's own. */
  readonly measurements: readonly Measurement[];
  readonly entries: readonly Entry[];
  /** What each reason must say. */
  readonly reason: RegExp;
}

export interface SinkContractOptions {
  start(): Promise<SinkPlace>;
  /** What the store makes of a tag's value, where it cannot hold all text. */
  tag?(value: string): string;
  /** What the clock of the sink shows; default 2026-11-21T20:00:00.000Z. For stores that compare points with their own clock. */
  readonly now?: Date;
  /** Given to the sink instead of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Entries the contract writes for its largest batch, where the sink takes more. */
const mostEntries = 5000;

/** Registers the tests that every sink passes. What it promises beyond them, its own tests show. */
export function sinkContract(sink: AnySink, options: SinkContractOptions): void {
  const now = options.now ?? new Date('2026-11-21T20:00:00.000Z');
  const tagOf = options.tag ?? ((value: string) => value);

  interface Work extends SinkPlace {
    readonly parsed: unknown;
    readonly rerun: ReturnType<AnySink['accepts']>['rerun'];
    context(measurements?: readonly Measurement[], autoInit?: boolean, tags?: readonly string[]): SinkContext;
    /** Opens the sink on a store made ready; it is closed at the end of the test. */
    open(measurements?: readonly Measurement[], autoInit?: boolean, tags?: readonly string[]): Promise<OpenSink>;
    /** The entry with what the store can hold. */
    held(entry: Entry): Entry;
    rows(): Promise<readonly StoredRow[]>;
    expected(written: readonly Entry[]): readonly StoredRow[];
  }

  async function inPlace(work: (place: Work) => Promise<void>): Promise<void> {
    const place = await options.start();
    const opened: OpenSink[] = [];
    const parsed = sink.settings.parse(place.settings);
    const { rerun, kinds } = sink.accepts(parsed);
    const all = [sample, daily];
    const context = (measurements: readonly Measurement[] = all, autoInit = sink.autoInit, tags: readonly string[] = []) =>
      createSinkContext({ measurements, tags, autoInit, now, ...(options.fetch && { fetch: options.fetch }) });
    let kept: ReadonlySet<string> = new Set();
    try {
      await work({
        ...place,
        read: () => place.read(),
        close: () => place.close(),
        parsed,
        rerun,
        context,
        async open(measurements = all, autoInit = sink.autoInit, tags = []) {
          if (!autoInit) await sink.init?.(parsed, measurements, context(measurements, autoInit, tags));
          const open = await sink.open(parsed, context(measurements, autoInit, tags));
          opened.push(open);
          return open;
        },
        held(entry) {
          const declared = entry.point.measurement === daily.name ? daily : grown;
          const held = heldBy(kinds, declared, entry);
          if (!held) throw new TypeError(`no field of this entry is of a kind that ${sink.name} holds`);
          return held;
        },
        async rows() {
          const rows = readRows(rerun, await place.read());
          kept = new Set(rows.flatMap((row) => Object.keys(row)));
          return rows;
        },
        expected(written) {
          const asStored = written.map((one) => ({ ...one, point: { ...one.point, tags: mapTags(one.point.tags, tagOf) } }));
          return expectedRows(rerun, asStored).map((row) => asKept(row, kept));
        },
      });
    } finally {
      for (const open of opened) await open.close();
      await place.close();
    }
  }

  const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const entry = (from: Partial<EntryOf> & { readonly fields: Fields }) =>
    entryOf({ time: minutesAgo(30), collectedAt: minutesAgo(9), ...from });

  describe(`${sink.name}: the contract of sinks`, () => {
    it('says what it is', () => {
      expect(sink.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(sink.help).toMatch(/^\S[^\n]{8,}$/);
    });

    it('has an example that fits its settings, and refuses a setting it does not know', () => {
      const { type, enabled, required, only, autoInit, ...example } = sink.example;
      expect(sink.settings.safeParse(example).error).toBeUndefined();
      expect(sink.settings.safeParse({ ...example, no_such_setting: 1 }).success).toBe(false);
    });

    it('knows what it accepts without asking the store', () =>
      inPlace(async ({ parsed }) => {
        const accepts = sink.accepts(parsed);
        expect(Number.isSafeInteger(accepts.batch.entries) && accepts.batch.entries > 0).toBe(true);
        expect(accepts.kinds.length).toBeGreaterThan(0);
        expect(new Set(accepts.kinds).size).toBe(accepts.kinds.length);
        expect(sink.accepts(parsed)).toEqual(accepts);
      }));

    it('stores what it is given, of every kind, exactly, and before `write` resolves', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const to = await open();
        const written = [
          held(entry({ fields: fullFields, provisional: true })),
          held(entry({ fields: fullFields, tags: { place: 'there' }, runId: 'run-ü' })),
          held(entry({ measurement: daily.name, tags: { place: 'here', kind: 'page' }, fields: { views: 3, clicks: 0 } })),
        ];
        expect(await to.write(written)).toEqual([]);
        expect(await rows()).toEqual(expected(written));
      }));

    it('leaves absent what is absent, and keeps a zero', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const to = await open();
        const written = [held(entry({ fields: { level: 0 } })), held(entry({ tags: { place: 'there' }, fields: { total: 0, share: 0 } }))];
        expect(await to.write(written)).toEqual([]);
        expect(await rows()).toEqual(expected(written));
      }));

    it('keeps series apart, whatever is in their tags', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const to = await open();
        const written = oddTags.map((place, index) => held(entry({ tags: { place }, fields: { level: index } })));
        const mingled = [
          held(entry({ measurement: daily.name, tags: { place: 'a', kind: 'b,kind=c' }, fields: { views: 1 } })),
          held(entry({ measurement: daily.name, tags: { place: 'a,kind=b', kind: 'c' }, fields: { views: 2 } })),
        ];
        expect(await to.write([...written, ...mingled])).toEqual([]);
        expect(await rows()).toEqual(expected([...written, ...mingled]));
      }));

    it('checks itself without a trace: before it is made ready, and with entries in it', () =>
      inPlace(async ({ parsed, context, open, held, read }) => {
        const before = await read();
        const first = await findingsOf(sink.check?.(parsed, context()));
        expectWellFormed(first);
        expect(first.findings.length > 0 || first.error !== undefined).toBe(sink.check !== undefined);
        expect(await read()).toEqual(before);
        const to = await open();
        await to.write([held(entry({ fields: fullFields }))]);
        const stored = await read();
        const second = await findingsOf(sink.check?.(parsed, context()));
        expect(second.error).toBeUndefined();
        expectWellFormed(second);
        expect(second.findings.filter(({ status }) => status !== 'ok')).toEqual([]);
        expect(await read()).toEqual(stored);
      }));

    it('takes an empty batch', () =>
      inPlace(async ({ open, rows }) => {
        const to = await open();
        expect(await to.write([])).toEqual([]);
        expect(await rows()).toEqual([]);
      }));

    it(
      'takes the largest batch it says it takes',
      () =>
        inPlace(async ({ open, held, parsed, rows, expected }) => {
          const to = await open();
          const size = Math.min(sink.accepts(parsed).batch.entries, mostEntries);
          const written = Array.from({ length: size }, (_, index) =>
            held(
              entry({ tags: { place: `place ${index % 97}` }, time: minutesAgo(50 - index / 5000), fields: { level: index, share: 0.5 } }),
            ),
          );
          expect(await to.write(written)).toEqual([]);
          const stored = await rows();
          expect(stored.length).toBe(size);
          expect(stored).toEqual(expected(written));
        }),
      30_000,
    );

    it('makes twice once, by its class: in one session and in the next', () =>
      inPlace(async ({ open, held, rerun, rows, expected }) => {
        const written = [held(entry({ fields: fullFields })), held(entry({ tags: { place: 'there' }, fields: { level: 1 } }))];
        const first = await open();
        await first.write(written);
        const again = await first.write(written);
        await first.close();
        const third = await (await open()).write(written);
        if (rerun !== 'keepsFirst') expect([again, third]).toEqual([[], []]);
        expect(await rows()).toEqual(expected(written));
      }));

    it('settles a second run by its class: newer, older and at the same moment', () =>
      inPlace(async ({ open, held, rerun, rows, expected }) => {
        const to = await open();
        const places = ['newer', 'older', 'same'];
        const first = places.map((place) => held(entry({ tags: { place }, fields: { level: 1, share: 0.5 }, provisional: true })));
        const second = places.map((place, index) =>
          held(
            entry({
              tags: { place },
              fields: { level: 2, total: 7 },
              runId: 'run-2',
              collectedAt: minutesAgo([8, 10, 9][index] as number),
            }),
          ),
        );
        await to.write(first);
        const rejected = await to.write(second);
        expect(rejected).toEqual(rerun === 'keepsFirst' ? expect.anything() : []);
        expect(await rows()).toEqual(expected([...first, ...second]));
      }));

    it('settles one identity twice in one batch like two batches', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const to = await open();
        const written = [
          held(entry({ fields: { level: 1, share: 0.5 } })),
          held(entry({ fields: { level: 2, total: 3 }, collectedAt: minutesAgo(8) })),
        ];
        await to.write(written);
        expect(await rows()).toEqual(expected(written));
      }));

    it('holds what its class says after any order of writes', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const to = await open();
        const random = createRandom(7);
        const below = (limit: number) => Math.floor(random() * limit);
        const written: Entry[] = [];
        for (let round = 0; round < 60; round++) {
          const batch = Array.from({ length: 1 + below(6) }, (_, index) => {
            const fields = Object.fromEntries(
              ['level', 'total', 'share', 'took_sum'].filter(() => random() < 0.5).map((field) => [field, below(100) / 100]),
            );
            return held(
              entry({
                tags: { place: `place ${below(5)} ${index}` },
                time: minutesAgo(20),
                fields: { ...fields, took_count: below(9) },
                runId: `run-${below(3)}`,
                collectedAt: minutesAgo(1 + below(8)),
                provisional: random() < 0.5,
              }),
            );
          });
          await to.write(batch);
          written.push(...batch);
        }
        expect(await rows()).toEqual(expected(written));
      }));

    it('takes a field that a measurement got later', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const before = [held(entry({ fields: { level: 1 } }))];
        await (await open()).write(before);
        const after = [held(entry({ time: minutesAgo(20), fields: { level: 2, added: 5 } }))];
        expect(await (await open([grown, daily])).write(after)).toEqual([]);
        expect(await rows()).toEqual(expected([...before, ...after]));
      }));

    it('takes a tag that the config adds later, as new series', ({ skip }) =>
      inPlace(async ({ open, held, parsed, rows, expected }) => {
        if (sink.accepts(parsed).fixedTags) skip('its tags are fixed');
        const before = [held(entry({ fields: { level: 1 } }))];
        await (await open()).write(before);
        const after = [
          held(entry({ tags: { place: 'here', team: 'growth' }, fields: { level: 2 } })),
          held(entry({ tags: { place: 'there' }, fields: { level: 3 } })), // collected before the tag was there
        ];
        expect(await (await open([sample, daily], sink.autoInit, ['team'])).write(after)).toEqual([]);
        expect(await rows()).toEqual(expected([...before, ...after]));
      }));

    it('stores the rest where it refuses some', ({ skip }) =>
      inPlace(async ({ open, held, refuse, rows, expected }) => {
        const refused = (await refuse?.()) ?? skip('it refuses nothing');
        const to = await open([sample, daily, ...refused.measurements]);
        const good = [held(entry({ fields: { level: 1 } })), held(entry({ tags: { place: 'there' }, fields: { level: 2 } }))];
        const batch = [good[0] as Entry, ...refused.entries, good[1] as Entry];
        const rejected = await to.write(batch);
        expect(rejected.map(({ index }) => index)).toEqual(refused.entries.map((_, index) => index + 1));
        for (const { reason } of rejected) expect(reason).toMatch(refused.reason);
        const stored = (await rows()).filter((row) => row.measurement === sample.name);
        expect(stored).toEqual(expected(good));
      }));

    it('loses nothing when the store is away for a while', ({ skip }) =>
      inPlace(async ({ open, held, interrupt, rows, expected }) => {
        if (!interrupt) return skip('its store cannot be away');
        const to = await open();
        const [before, during] = [
          [held(entry({ fields: { level: 1 } }))],
          [held(entry({ tags: { place: 'there' }, fields: { level: 2 } }))],
        ];
        await to.write(before);
        const mend = await interrupt();
        const failure = await failureOf(to.write(during));
        await mend();
        expect(isNextError(failure), messageOf(failure)).toBe(true);
        expect(messageOf(failure)).toMatch(/^.{12,}$/);
        expect(await to.write(during)).toEqual([]);
        expect(await rows()).toEqual(expected([...before, ...during]));
      }));

    it('can be closed twice, and takes nothing after', () =>
      inPlace(async ({ open, held, rows }) => {
        const to = await open();
        await to.close();
        await to.close();
        expect(await failureOf(to.write([held(entry({ fields: { level: 1 } }))]))).toBeInstanceOf(Error);
        expect(await rows()).toEqual([]);
      }));

    it('shares the store with another that is open at once', () =>
      inPlace(async ({ open, held, rows, expected }) => {
        const both = [await open(), await open()];
        const written: Entry[] = [];
        for (let round = 0; round < 6; round++) {
          const one = held(entry({ tags: { place: `place ${round}` }, fields: { level: round } }));
          await both[round % 2]?.write([one]);
          written.push(one);
        }
        expect(await rows()).toEqual(expected(written));
      }));

    it.skipIf(!sink.init)('is made ready by `db init`, once, also when two do it at once', () =>
      inPlace(async ({ parsed, context, held, open, rows, expected }) => {
        const init = () => sink.init?.(parsed, [sample, daily], context([sample, daily], false));
        const both = await Promise.all([init(), init()]);
        expect(both.flatMap((changes) => changes ?? []).some((change) => change.action === 'created')).toBe(true);
        const actions = (await init())?.map((change) => change.action);
        expect(actions?.length).toBeGreaterThan(0);
        expect(new Set(actions)).toEqual(new Set(['ready']));
        const written = [held(entry({ fields: fullFields }))];
        const to = await open([sample, daily], false);
        expect(await to.write(written)).toEqual([]);
        expect(await rows()).toEqual(expected(written));
      }),
    );

    it.skipIf(!sink.init)('says `kpi db init` where the store is not ready and it may not make it so', () =>
      inPlace(async ({ parsed, context, held, rows }) => {
        const attempt = async () => {
          const to = await sink.open(parsed, context([sample, daily], false));
          await to.write([held(entry({ fields: fullFields }))]).finally(() => to.close());
        };
        const failure = await failureOf(attempt());
        expect(failure).toBeInstanceOf(PermanentError);
        expect(messageOf(failure)).toContain('kpi db init');
        expect(await rows()).toEqual([]);
      }),
    );

    it.skipIf(!sink.status)('tells its status, and changes nothing by it', () =>
      inPlace(async ({ parsed, context, held, open, rows }) => {
        const status = (autoInit: boolean) => sink.status?.(parsed, [sample, daily], context([sample, daily], autoInit));
        const before = await status(false);
        expect(await rows()).toEqual([]);
        if (sink.init) {
          const all = [...(before?.problems ?? []), ...(before?.measurements ?? []).flatMap(({ problems }) => problems)];
          expect(all.join()).toContain('kpi db init');
        }
        await (await open()).write([held(entry({ fields: fullFields }))]);
        const after = await status(true);
        expect(after?.problems).toEqual([]);
        expect(after?.measurements.map(({ name }) => name)).toEqual([sample.name, daily.name]);
        const [first] = after?.measurements ?? [];
        expect(first?.problems).toEqual([]);
        if (first?.rows !== undefined) expect(first.rows).toBe(1);
        if (first?.from) expect([first.from, first.to]).toEqual([minutesAgo(30), minutesAgo(30)]);
      }),
    );
  });

  if (sink.ask) storeContract(sink, { ...options, now });
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error ?? new Error('rejected with nothing'),
  );
}

function asKept(row: StoredRow, kept: ReadonlySet<string>): StoredRow {
  return Object.fromEntries(Object.entries(row).filter(([key]) => kept.has(key))) as unknown as StoredRow;
}

function mapTags(tags: Tags, tagOf: (value: string) => string): Tags {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, tagOf(value)]));
}
