import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PermanentError, SplitError, TransientError } from '../sdk/errors.ts';
import { gauge, measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Rejection } from '../sdk/sink.ts';
import { createEventClock } from '../testing/clock.ts';
import { seededRandom } from '../testing/random.ts';
import { type Outbox, OutboxUnavailableError, openOutbox } from './outbox.ts';
import { createOutlet } from './outlet.ts';
import { openSpool } from './spool.ts';
import { balances } from './verdict.ts';

const numbers = measurement('numbers', { help: '', time: 'event', tags: { id: '' }, fields: { n: gauge() } });
const seeds = Number(process.env.KPI_STORMS ?? 60);

function entries(runId: string, count: number, from: number): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    point: { measurement: 'numbers', tags: { id: String(from + index) }, fields: { n: 1 }, time: new Date(0) },
    runId,
    collectedAt: new Date(0),
    provisional: false,
  }));
}

const idOf = (entry: Entry) => entry.point.tags.id as string;

/** One run against a store and a disk that fail by chance: nothing may vanish, whatever happens in which order. */
async function storm(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const clock = createEventClock();
  const chance = (often: number, much: number) => (random() < often ? much : 0);
  const dir = mkdtempSync(join(tmpdir(), 'kpi-storm-'));
  const real = await openOutbox(dir, { maxBytes: 1e9, clock });
  try {
    const disk = { appends: chance(0.3, 0.3), forgets: chance(0.3, 0.3), reads: chance(0.3, 0.2), slow: chance(0.4, 0.3) };
    const fail = async (often: number) => {
      if (random() < disk.slow) await clock.sleep(random() * 8);
      if (random() < often) throw new OutboxUnavailableError('the disk fails');
    };
    const outbox: Outbox = {
      ...real,
      append: async (...given) => {
        await fail(disk.appends);
        return await real.append(...given);
      },
      acknowledge: async (ids) => {
        await fail(disk.forgets);
        return await real.acknowledge(ids);
      },
      read: async (...given) => {
        await fail(disk.reads);
        return await real.read(...given);
      },
    };
    const drains = random() < 0.7;
    const earlier = random() < 0.4 ? 30 : 0;
    await real.append('store', entries('earlier', earlier, 10_000), () => numbers);

    const store = {
      hangs: chance(0.5, 0.1),
      tires: chance(0.5, 0.2),
      dies: chance(0.2, 0.05),
      splits: chance(0.4, 0.2),
      refuses: chance(0.5, 1),
    };
    const stored = new Map<string, number>();
    const refused = new Set<string>();
    async function write(batch: readonly Entry[]): Promise<readonly Rejection[]> {
      if (random() < store.hangs) await clock.sleep(15 + random() * 40);
      else if (random() < 0.5) await clock.sleep(random() * 2);
      if (random() < store.dies) throw new PermanentError('gone');
      if (random() < store.tires) throw new TransientError('busy');
      if (batch.length > 1 && random() < store.splits) throw new SplitError('too large');
      const rejections: Rejection[] = [];
      for (const [index, entry] of batch.entries()) {
        if (store.refuses && Number(idOf(entry)) % 7 === 3) {
          rejections.push({ index, reason: 'odd' });
          refused.add(idOf(entry));
        } else stored.set(idOf(entry), (stored.get(idOf(entry)) ?? 0) + 1);
      }
      return rejections;
    }

    const over = new AbortController();
    const spool = await openSpool({ sink: 'store', outbox, measurement: () => numbers, learn: async () => {}, drains: () => drains });
    const outlet = createOutlet({
      name: 'store',
      type: 'fake',
      required: true,
      accepts: { timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 10 } },
      runId: 'run',
      wants: () => true,
      measurement: () => numbers,
      open: async () => {
        await clock.sleep(random() * 5);
        return { write, close: async () => {} };
      },
      spool,
      until: over.signal,
      clock,
      redact: (text) => text,
      record: () => {},
      progress: () => {},
      patience: { stuckMs: 10, writeMs: 35, closeMs: 30, lingerMs: 2, retryMs: [1, 2, 4] },
    });
    const endsAt = random() < 0.4 ? random() * 60 : undefined;
    const callOffEnd = endsAt === undefined ? undefined : clock.timer(endsAt, () => over.abort());
    let offered = 0;
    await Promise.all(
      [0, 1].map(async (instance) => {
        for (let round = 0; round < 6; round++) {
          const count = 1 + Math.floor(random() * 24);
          const from = instance * 1000 + round * 100;
          offered += count;
          await outlet.push(entries('run', count, from));
          if (random() < 0.3) await clock.sleep(random() * 5);
        }
      }),
    );
    await outlet.finish();
    await outlet.close([], over.signal);
    callOffEnd?.();

    const report = outlet.report();
    const context = JSON.stringify({ seed, drains, endsAt, disk, store, report });
    expect(report.offered, context).toBe(offered);
    expect(balances(report), context).toBe(true);
    const waiting = await real.read('store', { limit: 100_000, run: 'run' });
    const kept = new Set([...waiting.map((row) => idOf(row.entry)), ...stored.keys(), ...refused]);
    const own = [...kept].filter((id) => Number(id) < 10_000).length;
    // What is counted as lost is the only thing that may be missing. A late answer may have stored what was given up.
    expect(own, context).toBeGreaterThanOrEqual(offered - report.lost);
    const earlierKept =
      [...kept].filter((id) => Number(id) >= 10_000).length +
      (await real.read('store', { limit: 1000, run: 'earlier' })).filter((row) => !kept.has(idOf(row.entry))).length;
    expect(earlierKept, context).toBe(earlier);
  } finally {
    real.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

it(`nothing vanishes in ${seeds} storms`, { timeout: 600_000 }, async () => {
  for (let seed = 1; seed <= seeds; seed++) await storm(seed);
});
