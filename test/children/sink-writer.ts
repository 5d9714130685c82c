import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../../src/sdk/errors.ts';
import { gauge, measurement } from '../../src/sdk/measurement.ts';
import type { Entry } from '../../src/sdk/point.ts';
import { sinks } from '../../src/sinks/index.ts';
import { createSinkContext } from '../../src/testing/sink-context.ts';

// A program for tests: writes batches to a sink until it is killed, and says on standard output which of them were acknowledged.
const [type = '', settings = '', writer = '', rows, padding, batches] = process.argv.slice(2);
const time = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', {
  help: 'Numbers.',
  time: 'snapshot',
  tags: { place: 'where' },
  // Each writer declares a field that the other does not know.
  fields: { level: gauge(), [`of_${writer}`]: gauge() },
});

const sink = await sinks[type]?.();
if (!sink) throw new TypeError(`there is no sink ${type}`);
const open = await sink.open(sink.settings.parse(JSON.parse(settings)), createSinkContext({ measurements: [numbers] }));
for (let batch = 0; batch < Number(batches); batch++) {
  const entries = Array.from({ length: Number(rows) }, (_, row): Entry => {
    const point = {
      measurement: 'numbers',
      tags: { place: `${writer} ${batch} ${row} ${'x'.repeat(Number(padding))}` },
      fields: { level: batch, [`of_${writer}`]: 1 },
      time,
    };
    return { point, runId: `run-${writer}`, collectedAt: time, provisional: false };
  });
  await acknowledged(entries);
  writeSync(1, `${batch}\n`);
}
await open.close();

async function acknowledged(entries: readonly Entry[]): Promise<void> {
  for (;;) {
    try {
      const rejected = await open.write(entries);
      if (rejected.length > 0) throw new Error(`rejected: ${rejected[0]?.reason}`);
      return;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      await sleep(5);
    }
  }
}
