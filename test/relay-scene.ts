import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Config, SinkInstance } from '../src/engine/config/config.ts';
import { createRedactor } from '../src/engine/redact.ts';
import { type RelayFlags, type RelayReport, relay } from '../src/engine/relay.ts';
import {
  type AnySink,
  type Capabilities,
  defineSink,
  type Entry,
  gauge,
  type Measurement,
  measurement,
  type Rejection,
  type Source,
  type SourceBatch,
} from '../src/sdk/index.ts';
import { createTestOutside } from '../src/testing/outside.ts';

export const views = measurement('page_views', { help: 'Views.', time: 'event', tags: { page: 'its path' }, fields: { views: gauge() } });
const at = new Date('2026-11-21T20:00:00.000Z');

export function entry(number: number, fields: Entry['point']['fields'] = { views: number }): Entry {
  const point = { measurement: views.name, tags: { page: `/${number}` }, fields, time: new Date(at.getTime() + number) };
  return { point, runId: 'run-1', collectedAt: at, provisional: false };
}

interface QueueOptions {
  /** Entries a batch. */
  readonly size?: number;
  readonly measurement?: (index: number) => Measurement;
  /** Called before each reading, with how many there were; throws what the source throws. */
  onRead?(reads: number): void;
  onCommit?(): boolean;
  onOpen?(opens: number): void;
}

/** A queue in memory, with a place that only a commit moves. */
export function queueOf(entries: readonly Entry[], options: QueueOptions = {}) {
  const { size = 10 } = options;
  const seen = { committed: 0, opens: 0, reads: 0, closes: 0, aside: [] as string[], unreadable: new Map<number, string>() };
  const source = defineSink<object>({
    name: 'queue',
    help: 'A queue in memory.',
    settings: z.strictObject({}),
    example: {},
    autoInit: false,
    accepts: () => capable,
    open: async () => never(),
    async source(): Promise<Source> {
      seen.opens++;
      options.onOpen?.(seen.opens);
      let next = seen.committed;
      let begun = false;
      const ends = new WeakMap<SourceBatch, number>();
      return {
        async read() {
          seen.reads++;
          options.onRead?.(seen.reads);
          begun = true;
          if (next >= entries.length) return undefined;
          const from = next;
          next = Math.min(entries.length, from + size);
          const places = Array.from({ length: next - from }, (_, index) => from + index);
          const batch: SourceBatch = {
            entries: places.filter((place) => !seen.unreadable.has(place)).map((place) => entries[place] as Entry),
            measurements: [options.measurement?.(from) ?? views],
            unreadable: places.flatMap((place) => seen.unreadable.get(place) ?? []),
          };
          ends.set(batch, next);
          return batch;
        },
        async commit(batch, refused) {
          if (options.onCommit?.() === false) return false;
          for (const { index, reason } of refused) seen.aside.push(`${batch.entries[index]?.point.tags.page}: ${reason}`);
          seen.aside.push(...batch.unreadable);
          seen.committed = ends.get(batch) as number;
          return true;
        },
        // As of a source that knows its place with the first reading only.
        lag: async () => (begun ? entries.length - seen.committed : 0),
        async close() {
          seen.closes++;
        },
      };
    },
  });
  return { source, seen };
}

const capable: Capabilities = { timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 7 } };

/** A sink that keeps what it takes, and does what a test says before each write. */
export function sinkOf(
  before: (batch: readonly Entry[], writes: number) => readonly Rejection[] | Promise<readonly Rejection[]> | undefined,
) {
  const taken: Entry[] = [];
  const seen = { writes: 0, opens: 0, closes: 0, declared: [] as string[] };
  const sink = defineSink<object>({
    name: 'store',
    help: 'A store in memory.',
    settings: z.strictObject({}),
    example: {},
    autoInit: false,
    accepts: () => capable,
    async open(_settings, context) {
      seen.opens++;
      return {
        async write(batch) {
          const rejected = (await before(batch, ++seen.writes)) ?? [];
          seen.declared.push(Object.keys(context.measurement(views.name).fields).join());
          const refused = new Set(rejected.map(({ index }) => index));
          taken.push(...batch.filter((_, index) => !refused.has(index)));
          return rejected;
        },
        async close() {
          seen.closes++;
        },
      };
    },
  });
  return { sink, taken, seen };
}

export function setUp(source: AnySink, targets: Readonly<Record<string, AnySink>>) {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-relay-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const outside = createTestOutside({ cwd: dir });
  const redactor = createRedactor();
  redactor.add('secret-of-the-tests');
  const instance = (name: string, sink: AnySink): SinkInstance => ({
    name,
    type: sink.name,
    enabled: true,
    selected: true,
    required: true,
    settings: sink.settings.parse(sink.name === 'sqlite' ? { path: `${dir}/kpi.db` } : {}),
    sink,
    autoInit: sink.autoInit,
  });
  const config: Config = {
    file: `${dir}/kpi.config.json`,
    dir,
    run: { concurrency: 1, timeoutMs: 60_000, failOn: 'required', stateDir: `${dir}/.kpi`, state: 'local' },
    tags: {},
    providers: [],
    sinks: [instance('queue', source), ...Object.entries(targets).map(([name, sink]) => instance(name, sink))],
    store: undefined,
    outbox: { maxBytes: 1 },
    warnings: [],
    secrets: [],
  };
  return {
    outside,
    rows: () => new DatabaseSync(`${dir}/kpi.db`, { readOnly: true }).prepare('select count(*) as n from page_views').get()?.n,
    start: (flags: Partial<RelayFlags> = {}): Promise<RelayReport> =>
      relay(config, { from: 'queue', untilEmpty: true, ...flags }, { outside, redactor, userAgent: 'kpi/test' }),
  };
}

const never = (): never => {
  throw new Error('nobody writes to it');
};
export const numbers = (count: number) => Array.from({ length: count }, (_, index) => entry(index));

export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
