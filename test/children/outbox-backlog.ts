import { systemClock } from '../../src/engine/clock.ts';
import { openOutbox } from '../../src/engine/outbox.ts';
import { createOutlet } from '../../src/engine/outlet.ts';
import { openSpool } from '../../src/engine/spool.ts';
import { gauge, measurement, text } from '../../src/sdk/measurement.ts';
import type { Entry } from '../../src/sdk/point.ts';
import type { OpenSink } from '../../src/sdk/sink.ts';

/**
 * `DIR MEBIBYTES SINKS`: fills an outbox for so many sinks, of many runs, and delivers it again through their outlets, all at once. Prints
 * what it has seen: whether everything came once and in order, how far the sinks were apart, and what it took.
 */
const [dir = '', mebibytes, sinkCount] = process.argv.slice(2);
const bytes = Number(mebibytes) * 1024 * 1024;
const names = Array.from({ length: Number(sinkCount) }, (_, number) => `sink-${number}`);
const sample = measurement('sample', {
  help: 'Numbered entries.',
  time: 'event',
  tags: { source: 'where' },
  fields: { number: gauge(), words: text() },
});
/** Of one transaction: each is written to the disk for good. */
const atOnce = 1000;
/** An entry of the outbox is about as long as this. */
const words = 'x'.repeat(900);

function entriesOf(first: number): readonly Entry[] {
  return Array.from({ length: atOnce }, (_, index) => ({
    point: { measurement: 'sample', tags: { source: 'backlog' }, fields: { number: first + index, words }, time: new Date(first + index) },
    runId: `run-${Math.floor(first / 20_000)}`,
    collectedAt: new Date(first + index),
    provisional: false,
  }));
}

const outbox = await openOutbox(dir, { maxBytes: bytes, clock: systemClock });
const started = performance.now();
let each = 0;
let refusal = '';
while (refusal === '') {
  try {
    for (const name of names) await outbox.append(name, entriesOf(each), () => sample);
    each += atOnce;
  } catch (error) {
    refusal = error instanceof Error ? error.name : String(error);
  }
}
// The sinks have the same: what the last round brought for some of them goes.
const stored = new Map((await outbox.counts()).map((count) => [count.sink, count.pending]));
const filledMs = performance.now() - started;
const filledRss = process.memoryUsage.rss();

const next = new Map(names.map((name) => [name, 0]));
let wrong = 0;
let apart = 0;
let mostRss = filledRss;

function sink(name: string): OpenSink {
  return {
    async write(batch) {
      let expected = next.get(name) as number;
      for (const { point } of batch) if (point.fields.number !== expected++) wrong++;
      next.set(name, expected);
      const shares = names.map((one) => (next.get(one) as number) / (stored.get(one) as number));
      apart = Math.max(apart, Math.max(...shares) - Math.min(...shares));
      mostRss = Math.max(mostRss, process.memoryUsage.rss());
      return [];
    },
    close: async () => {},
  };
}

const never = new AbortController().signal;
const drained = performance.now();
const outlets = await Promise.all(
  names.map(async (name) =>
    createOutlet({
      name,
      type: 'fake',
      required: true,
      accepts: { timestamps: 'any', rerun: 'appends', kinds: ['gauge', 'text'], batch: { entries: 1000 } },
      runId: 'run-now',
      wants: () => true,
      measurement: () => sample,
      open: async () => sink(name),
      spool: await openSpool({ sink: name, outbox, measurement: () => sample, learn: async () => {}, drains: () => true }),
      until: never,
      clock: systemClock,
      redact: (given) => given,
      record: () => {},
      progress: () => {},
    }),
  ),
);
await Promise.all(outlets.map((outlet) => outlet.finish()));
await Promise.all(outlets.map((outlet) => outlet.close([], never)));
const drainedMs = performance.now() - drained;
const reports = outlets.map((outlet) => outlet.report());
const left = await outbox.counts();
outbox.close();
const total = [...stored.values()].reduce((sum, pending) => sum + pending, 0);
console.log(
  JSON.stringify({
    refusal,
    entries: total,
    delivered: reports.reduce((sum, report) => sum + report.replayed, 0),
    wrong,
    left: left.length,
    apart: Number(apart.toFixed(3)),
    filledMs: Math.round(filledMs),
    drainedMs: Math.round(drainedMs),
    filledMiB: Math.round(filledRss / 1024 / 1024),
    mostMiB: Math.round(mostRss / 1024 / 1024),
  }),
);
