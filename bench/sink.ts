// One measurement: so many points into one sink alone, in its largest batches. Arguments as for engine.ts.
import type { Entry } from '../src/sdk/point.ts';
import { sinks } from '../src/sinks/index.ts';
import { createSinkContext } from '../src/testing/sink-context.ts';
import { tell } from './child.ts';
import { numbers, point } from './world.ts';

const [type = '', text = '', dir = '', url = ''] = process.argv.slice(2);
const count = Number(text);
const entries: Readonly<Record<string, object>> = {
  prometheus: { url: `${url}/api/v1/write`, outOfOrderWindow: '36500d' },
};
const sink = await sinks[type]?.();
if (!sink) throw new Error(`there is no sink ${type}`);
const settings = sink.settings.parse(entries[type]);
const most = sink.accepts(settings).batch.entries;
const started = performance.now();
const open = await sink.open(settings, createSinkContext({ measurements: [numbers], dir }));
const collectedAt = new Date();
let batch: Entry[] = [];
for (let index = 0; index < count; index++) {
  batch.push({ point: point(index), runId: 'run', collectedAt, provisional: false });
  if (batch.length < most && index < count - 1) continue;
  const rejected = await open.write(batch);
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
  batch = [];
}
await open.close();
tell({ ms: performance.now() - started });
