// One measurement: a backfill of so many daily points, a month at a time, through the whole engine into one sink. Arguments: sink, count,
// folder, address of the server.
import { z } from 'zod';
import { type CollectFlags, collect } from '../src/engine/collect.ts';
import type { Config } from '../src/engine/config/config.ts';
import { processOutside } from '../src/engine/outside.ts';
import { createRedactor } from '../src/engine/redact.ts';
import { gauge, measurement } from '../src/sdk/measurement.ts';
import { defineProvider } from '../src/sdk/provider.ts';
import type { Window } from '../src/sdk/time.ts';
import { sinks } from '../src/sinks/index.ts';
import { tell } from './child.ts';

const [type = '', text = '', dir = '', url = ''] = process.argv.slice(2);
const count = Number(text);
const dayMs = 86_400_000;
const days = 365;
const seriesATarget = 100;
const daily = measurement('daily', {
  help: 'Five numbers of one day.',
  time: 'day',
  tags: { repo: 'owner/name', part: 'which part' },
  fields: { a: gauge(), b: gauge(), c: gauge(), d: gauge(), e: gauge() },
  history: {},
});

interface Target {
  readonly first: number;
  readonly last: number;
  readonly window: Window;
}

const series = Math.ceil(count / days);
const provider = defineProvider<object, Target>({
  name: 'days',
  help: 'Days without an upstream.',
  settings: z.object({}),
  example: {},
  measurements: () => [daily],
  limits: () => [{ name: 'none', key: ['days'], concurrency: 4, source: 'a benchmark' }],
  targets: (_, { windows }) =>
    Array.from({ length: Math.ceil(series / seriesATarget) }, (_one, index) => ({
      first: index * seriesATarget,
      last: Math.min(series, (index + 1) * seriesATarget),
      window: windows.daily as Window,
    })),
  label: ({ first }) => `from ${first}`,
  async connect() {
    return {
      async *collect({ first, last, window }) {
        for (let one = first; one < last; one++) {
          const tags = { repo: `owner/repository-${one}`, part: 'all' };
          for (let at = window.from.getTime(); at < window.to.getTime(); at += dayMs) {
            const index = at / dayMs;
            yield daily.of({ tags, fields: { a: index, b: index / 3, c: one, d: index % 1000, e: 1.5 }, time: new Date(at) });
          }
        }
      },
      close: async () => {},
    };
  },
});

const sink = await sinks[type]?.();
if (!sink) throw new Error(`there is no sink ${type}`);
const entries: Readonly<Record<string, object>> = { sqlite: { path: 'kpi.db' }, postgres: { url, schema: `bench_${process.pid}` } };
const common = { enabled: true, selected: true, required: true };
const redactor = createRedactor();
redactor.add('a-token-for-the-benchmark');
const config: Config = {
  file: `${dir}/kpi.config.json`,
  dir,
  run: { concurrency: 64, timeoutMs: 600_000, failOn: 'required', stateDir: `${dir}/.kpi`, state: 'local' },
  tags: {},
  providers: [{ ...common, name: 'days', type: 'days', provider, settings: {}, tags: {} }],
  sinks: [{ ...common, name: type, type, sink, settings: sink.settings.parse(entries[type]), autoInit: true }],
  store: undefined,
  outbox: { maxBytes: 2 ** 30 },
  warnings: [],
  secrets: [],
};
const flags: CollectFlags = { from: '2025-01-01', to: '2026-01-01' };
const outside = { ...processOutside(), cwd: dir };
const started = performance.now();
const report = await collect(config, flags, { outside, redactor, userAgent: 'kpi/bench', listen: () => {} });
const ms = performance.now() - started;
if (report.exitCode !== 0 || report.sinks[0]?.accepted !== series * days) throw new Error(JSON.stringify(report, undefined, 2));
tell({ ms, points: series * days });
