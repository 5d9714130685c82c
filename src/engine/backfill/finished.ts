import type { StateStore } from '../../sdk/sink.ts';
import type { Window } from '../../sdk/time.ts';
import { type Spans, withoutSpan, withSpan } from './spans.ts';

/** A part of what an instance can be asked for, by which its finished chunks are kept. */
export interface ChunkKey {
  readonly instance: string;
  readonly measurement: string;
  /** What the answer depends on. */
  readonly fingerprint: string;
}

export interface FinishedChunk extends ChunkKey {
  readonly window: Window;
  /** The stores that were offered it, by `sinkFingerprint`: of any other it says nothing. */
  readonly sinks: readonly string[];
}

/** What backfills remember: the times for which a measurement was collected in full, and will not change any more. */
export interface FinishedChunks {
  /** All of an instance's, by `chunkKey`. */
  of(instance: string): Promise<ReadonlyMap<string, Spans>>;
  add(chunks: readonly FinishedChunk[]): Promise<void>;
  forget(chunks: readonly FinishedChunk[]): Promise<void>;
}

interface Stored {
  readonly ranges: readonly (readonly [from: string, to: string])[];
  /** The same for all of one key, as they are in its fingerprint. */
  readonly sinks?: readonly string[];
}

const kind = 'chunk';
const mostTries = 5;

export function chunkKey({ instance, measurement, fingerprint }: ChunkKey): string {
  return `${instance}/${measurement}/${fingerprint}`;
}

export function createFinishedChunks(store: StateStore): FinishedChunks {
  /** Reads, changes and writes, again where another process wrote in between. */
  async function change(chunks: readonly FinishedChunk[], how: (spans: Spans, window: Window) => Spans): Promise<void> {
    const keys = [...new Set(chunks.map(chunkKey))];
    for (let tries = 0; tries < mostTries; tries++) {
      const changes = await Promise.all(
        keys.map(async (key) => {
          const record = await store.read(kind, key);
          let spans = spansOf(record?.value);
          const own = chunks.filter((chunk) => chunkKey(chunk) === key);
          for (const chunk of own) spans = how(spans, chunk.window);
          const value = spans.length > 0 ? stored(spans, own[0]?.sinks) : undefined;
          return { kind, key, value, ifVersion: record?.version ?? 0 };
        }),
      );
      if (changes.length === 0 || (await store.change(changes))) return;
    }
    throw new Error('what a backfill has finished could not be written down: another process kept changing it');
  }

  return {
    async of(instance) {
      const records = await store.list(kind, { prefix: `${instance}/` });
      return new Map(records.map(({ key, value }) => [key, spansOf(value)]));
    },
    add: (chunks) => change(chunks, withSpan),
    forget: (chunks) => change(chunks, withoutSpan),
  };
}

/** What was finished of one measurement of an instance for one store, whatever it was asked with. */
export async function finishedFor(
  store: string,
  state: StateStore,
  { instance, measurement }: Omit<ChunkKey, 'fingerprint'>,
): Promise<Spans> {
  const records = await state.list(kind, { prefix: `${instance}/${measurement}/` });
  let finished: Spans = [];
  for (const { value } of records) {
    if (!(value as Stored).sinks?.includes(store)) continue;
    for (const [from, to] of spansOf(value)) finished = withSpan(finished, { from: new Date(from), to: new Date(to) });
  }
  return finished;
}

function stored(spans: Spans, sinks: readonly string[] = []): Stored {
  return { ranges: spans.map(([from, to]) => [new Date(from).toISOString(), new Date(to).toISOString()]), sinks };
}

function spansOf(value: unknown): Spans {
  return ((value as Stored | undefined)?.ranges ?? []).map(([from, to]) => [Date.parse(from), Date.parse(to)]);
}
