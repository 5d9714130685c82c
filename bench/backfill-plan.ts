// One measurement: planning a year of 10,000 targets that ask for three measurements each. Argument: the chunk.
import { z } from 'zod';
import { draftBackfill } from '../src/engine/backfill/draft.ts';
import { openBackfill } from '../src/engine/backfill/open.ts';
import { rangeOf } from '../src/engine/backfill/range.ts';
import type { Config } from '../src/engine/config/config.ts';
import { gauge, measurement } from '../src/sdk/measurement.ts';
import { defineProvider } from '../src/sdk/provider.ts';
import { tell } from './child.ts';

const [chunk = '1mo'] = process.argv.slice(2);
const targets = 10_000;
const declared = (['day', 'month', 'event'] as const).map((time) =>
  measurement(`by_${time}`, { help: '', time, tags: { id: '' }, fields: { n: gauge() }, history: { settle: '3d' } }),
);
const provider = defineProvider<{ readonly ids: readonly string[] }, { readonly id: string; readonly windows: object }>({
  name: 'plans',
  help: 'Targets without an upstream.',
  settings: z.object({ ids: z.array(z.string()) }),
  example: {},
  measurements: () => declared,
  limits: () => [{ name: 'none', key: ['plans'], concurrency: 1, source: 'a benchmark' }],
  targets: ({ ids }, { windows }) =>
    ids.map((id) => ({
      id,
      windows: Object.fromEntries(
        Object.entries(windows).map(([name, { from, to }]) => [name, { from: from.toISOString(), to: to.toISOString() }]),
      ),
    })),
  label: ({ id }) => id,
  cost: ({ windows }) => Object.keys(windows).length,
  connect: () => Promise.reject(new Error('a plan asks nobody')),
});
const common = { enabled: true, selected: true, required: true };
const settings = { ids: Array.from({ length: targets }, (_, index) => `owner/repository-${index}`) };
const config: Config = {
  file: '/nowhere/kpi.config.json',
  dir: '/nowhere',
  run: { concurrency: 64, timeoutMs: 600_000, failOn: 'required', stateDir: '/nowhere/.kpi', state: 'local' },
  tags: {},
  providers: [{ ...common, name: 'plans', type: 'plans', provider, settings, tags: {} }],
  sinks: [],
  store: undefined,
  outbox: { maxBytes: 2 ** 30 },
  warnings: [],
  secrets: [],
};
const now = new Date('2026-11-21T20:00:00.000Z');
const started = performance.now();
const range = rangeOf({ from: '2025-11-21', chunk }, now);
if (!range) throw new Error('there is no range');
const { plan } = await openBackfill(draftBackfill(config, range, { now }), false, undefined);
const ms = performance.now() - started;
tell({ ms, chunks: plan.providers[0]?.chunks ?? 0, calls: plan.providers[0]?.leastCalls ?? 0 });
