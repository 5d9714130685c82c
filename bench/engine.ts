// One measurement: so many points through the whole engine into one sink. Arguments: sink, count, folder, address of the server.

import { basename } from 'node:path';
import type { Config } from '../src/engine/config/config.ts';
import { openDisk } from '../src/engine/disk.ts';
import { createDoor } from '../src/engine/http.ts';
import { createLog } from '../src/engine/log.ts';
import { processOutside } from '../src/engine/outside.ts';
import { createRedactor } from '../src/engine/redact.ts';
import { newRunId, run } from '../src/engine/run.ts';
import { sinks } from '../src/sinks/index.ts';
import { tell } from './child.ts';
import { generator } from './world.ts';

const [type = '', count = '', dir = '', url = ''] = process.argv.slice(2);
const entries: Readonly<Record<string, object>> = {
  sqlite: { path: 'kpi.db' },
  file: { path: 'points.ndjson' },
  prometheus: { url: `${url}/api/v1/write`, outOfOrderWindow: '36500d' },
  postgres: { url, schema: `bench_${process.pid}` },
  influxdb: { url, org: 'kpi', bucket: 'kpi', token: 'a-token-for-the-benchmark' },
  // A topic of its own: its folder is new.
  kafka: { brokers: [url], topic: basename(dir) },
};
const sink = await sinks[type]?.();
if (!sink) throw new Error(`there is no sink ${type}`);

const outside = processOutside();
const redactor = createRedactor();
redactor.add('a-token-for-the-benchmark');
const common = { enabled: true, selected: true, required: true };
const config: Config = {
  file: `${dir}/kpi.config.json`,
  dir,
  run: { concurrency: 64, timeoutMs: 600_000, failOn: 'required', stateDir: `${dir}/.kpi`, state: 'local' },
  tags: {},
  providers: [{ ...common, name: 'generator', type: 'generator', provider: generator(Number(count)), settings: {}, tags: {} }],
  sinks: [{ ...common, name: type, type, sink, settings: sink.settings.parse(entries[type]), autoInit: type !== 'influxdb' }],
  store: undefined,
  outbox: { maxBytes: 2 ** 30 },
  warnings: [],
  secrets: [],
};
const runId = newRunId(outside.clock.now());
const disk = await openDisk({ config, outside, runId, redactor });
const door = createDoor({ env: {}, userAgent: 'kpi/bench', redactor });
const started = performance.now();
const report = await run({
  runId,
  config,
  outside,
  at: outside.clock.now(),
  timeoutMs: 600_000,
  failOn: 'required',
  disk,
  tellPoints: false,
  redactor,
  log: createLog({ write: (line) => outside.stderr.write(`${line}\n`), level: 'warn', format: 'text', redactor, clock: outside.clock }),
  door,
  listen: () => {},
});
const ms = performance.now() - started;
await disk.close();
await door.close();
if (report.exitCode !== 0 || report.sinks[0]?.accepted !== Number(count)) throw new Error(JSON.stringify(report, undefined, 2));
tell({ ms });
