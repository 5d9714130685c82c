import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { draftBackfill } from '../../src/engine/backfill/draft.ts';
import { createFinishedChunks } from '../../src/engine/backfill/finished.ts';
import { openBackfill } from '../../src/engine/backfill/open.ts';
import { type BackfillFlags, rangeOf } from '../../src/engine/backfill/range.ts';
import type { Config, ProviderInstance, SinkInstance } from '../../src/engine/config/config.ts';
import type { Disk } from '../../src/engine/disk.ts';
import { createGuardMemory } from '../../src/engine/guards/kept.ts';
import { createDoor } from '../../src/engine/http.ts';
import { createLeases } from '../../src/engine/leases.ts';
import { createLog } from '../../src/engine/log.ts';
import { createMemory, type Memory } from '../../src/engine/memory.ts';
import { openOutbox } from '../../src/engine/outbox.ts';
import type { Period } from '../../src/engine/period.ts';
import { createRedactor } from '../../src/engine/redact.ts';
import { newRunId, run } from '../../src/engine/run.ts';
import { PermanentError } from '../../src/sdk/errors.ts';
import type { Entry } from '../../src/sdk/point.ts';
import { seriesText } from '../../src/sdk/point.ts';
import type { RunReport } from '../../src/sdk/report.ts';
import { type AnySink, defineSink, type StateRecord, type StateStore } from '../../src/sdk/sink.ts';
import type { TestClock } from '../../src/testing/clock.ts';
import { createTestOutside } from '../../src/testing/outside.ts';

/** Where runs leave what they have stored, and what they remember. */
export interface Place {
  /** What is stored, as `measurement, tags and time` → the entry. */
  readonly stored: ReadonlyMap<string, Entry>;
  run(one: PlacedRun): Promise<RunReport>;
  /** The times that no backfill asks for again, as `[from, to)` in ISO 8601. */
  finished(): Promise<readonly (readonly [from: string, to: string])[]>;
  /** As Ctrl+C does. */
  interrupt(): void;
  [Symbol.dispose](): void;
}

interface PlacedRun {
  readonly instance: ProviderInstance;
  readonly every?: Period | undefined;
  /** Default: now. */
  readonly at?: Date;
  /** A backfill instead of what is due. */
  readonly backfill?: BackfillFlags | undefined;
  /** The store takes nothing; or the process dies before it could remember the run. */
  readonly fault?: 'store' | 'death' | undefined;
}

/** The engine, whole, with a store and a memory that are not on disk; the outbox is. */
export async function createPlace(clock: TestClock): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'kpi-history-'));
  const outside = createTestOutside({ cwd: dir, clock });
  const redactor = createRedactor();
  const state = memoryState();
  const outbox = await openOutbox(dir, { clock, maxBytes: 1e9 });
  const door = createDoor({ env: {}, userAgent: 'kpi/test', redactor });
  const log = createLog({ write: () => {}, level: 'warn', format: 'text', redactor, clock });
  const stored = new Map<string, Entry>();

  return {
    stored,
    async run({ instance, every, at = clock.now(), backfill: flags, fault }) {
      const runId = newRunId(clock.now());
      const memory = createMemory(state, { now: clock.now, host: outside.host, isAlive: () => false, redact: (text) => text });
      const disk: Disk = {
        state,
        guards: createGuardMemory(state),
        memory: fault === 'death' ? forgetful(memory) : memory,
        chunks: createFinishedChunks(state),
        leases: createLeases(state, { runId, host: outside.host, pid: outside.pid, clock }),
        outbox,
        drainLease: (sink) => `sink/${sink}`,
        processStart: undefined,
        record: () => {},
        recordFailure: undefined,
        close: async () => {},
      };
      const config: Config = {
        file: join(dir, 'kpi.config.json'),
        dir,
        run: { concurrency: 8, timeoutMs: 86_400_000, failOn: 'required', stateDir: dir, state: 'local', ...(every && { every }) },
        tags: {},
        providers: [instance],
        sinks: [sinkInstance(storeOf(stored, fault === 'store'))],
        store: undefined,
        outbox: { maxBytes: 1e9 },
        warnings: [],
        secrets: [],
      };
      const range = flags && rangeOf(flags, clock.now());
      const backfill = range && (await openBackfill(draftBackfill(config, range, { now: clock.now() }), flags.restart === true, disk));
      const common = { runId, config, outside, at, disk, redactor, log, door, backfill };
      return await run({ ...common, timeoutMs: 86_400_000, failOn: 'required', tellPoints: false, listen: () => {} });
    },
    async finished() {
      const records = await state.list('chunk');
      return records.flatMap(({ value }) => (value as { readonly ranges: readonly (readonly [string, string])[] }).ranges);
    },
    interrupt: () => outside.signal('SIGINT'),
    [Symbol.dispose]() {
      outbox.close();
      rmSync(dir, { recursive: true });
    },
  };
}

/** What is delivered stays, and what the run has learnt is gone. */
function forgetful(memory: Memory): Memory {
  return {
    ...memory,
    async finish() {
      throw new Error('the process is dead');
    },
  };
}

/** Merges by identity, field by field: of two that were collected at different times the newer wins. */
function storeOf(stored: Map<string, Entry>, isAway: boolean): AnySink {
  return defineSink<object>({
    name: 'store',
    help: '',
    settings: z.object({}),
    example: {},
    autoInit: true,
    accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge', 'counter', 'text'], batch: { entries: 1000 } }),
    async open() {
      return {
        async write(batch) {
          if (isAway) throw new PermanentError('the store is away');
          for (const entry of batch) {
            const { measurement, tags, time } = entry.point;
            const key = `${seriesText(measurement, tags)} ${time.toISOString()}`;
            stored.set(key, merged(stored.get(key), entry));
          }
          return [];
        },
        async close() {},
      };
    },
  });
}

function merged(known: Entry | undefined, entry: Entry): Entry {
  if (known === undefined) return entry;
  const [older, newer] = known.collectedAt > entry.collectedAt ? [entry, known] : [known, entry];
  return { ...newer, point: { ...newer.point, fields: { ...older.point.fields, ...newer.point.fields } } };
}

function sinkInstance(sink: AnySink): SinkInstance {
  return { name: 'store', type: 'store', sink, settings: {}, enabled: true, selected: true, required: true, autoInit: true };
}

function memoryState(): StateStore {
  const records = new Map<string, StateRecord>();
  const keyOf = (kind: string, key: string) => `${kind}\0${key}`;
  let version = 0;
  return {
    read: async (kind, key) => records.get(keyOf(kind, key)),
    async list(kind, { prefix = '', last } = {}) {
      const found = [...records.values()].filter((one) => one.kind === kind && one.key.startsWith(prefix));
      found.sort((one, other) => (one.key < other.key ? -1 : 1));
      return last === undefined ? found : found.slice(-last);
    },
    async change(changes) {
      const isOld = changes.some(
        ({ kind, key, ifVersion }) => ifVersion !== undefined && (records.get(keyOf(kind, key))?.version ?? 0) !== ifVersion,
      );
      if (isOld) return false;
      for (const { kind, key, value } of changes) {
        version += 1;
        if (value === undefined) records.delete(keyOf(kind, key));
        // What is remembered travels as JSON.
        else records.set(keyOf(kind, key), { kind, key, version, value: JSON.parse(JSON.stringify(value)) });
      }
      return true;
    },
    close: async () => {},
  };
}
