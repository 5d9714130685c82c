// One measurement: all that lies in a topic, through a relay into PostgreSQL. Arguments: topic, count, folder, addresses of the broker and of the
// store.

import type { Config } from '../src/engine/config/config.ts';
import { processOutside } from '../src/engine/outside.ts';
import { createRedactor } from '../src/engine/redact.ts';
import { relay } from '../src/engine/relay.ts';
import { sinks } from '../src/sinks/index.ts';
import { tell } from './child.ts';

const [topic = '', count = '', dir = '', broker = '', url = ''] = process.argv.slice(2);
const entries: Readonly<Record<string, object>> = {
  kafka: { brokers: [broker], topic, group: topic },
  postgres: { url, schema: `bench_${process.pid}` },
};
const instances = await Promise.all(
  Object.entries(entries).map(async ([name, own]) => {
    const sink = await sinks[name]?.();
    if (!sink) throw new Error(`there is no sink ${name}`);
    const common = { enabled: true, selected: true, required: true, autoInit: true };
    return { ...common, name, type: name, sink, settings: sink.settings.parse(own) };
  }),
);
const config: Config = {
  file: `${dir}/kpi.config.json`,
  dir,
  run: { concurrency: 1, timeoutMs: 600_000, failOn: 'required', stateDir: `${dir}/.kpi`, state: 'local' },
  tags: {},
  providers: [],
  sinks: instances,
  store: undefined,
  outbox: { maxBytes: 2 ** 30 },
  warnings: [],
  secrets: [],
};
const started = performance.now();
const report = await relay(
  config,
  { from: 'kafka', untilEmpty: true },
  { outside: processOutside(), redactor: createRedactor(), userAgent: 'kpi/bench' },
);
const ms = performance.now() - started;
// The run that wrote them told of itself as well.
if (report.exitCode !== 0 || report.delivered < Number(count)) throw new Error(JSON.stringify(report));
tell({ ms });
