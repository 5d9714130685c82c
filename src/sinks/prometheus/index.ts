import { defineSink, durationMs, PermanentError } from '../../sdk/index.ts';
import { check } from './check.ts';
import { connectionTo } from './connection.ts';
import { createHealth } from './health.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';
import { createWriter } from './writer.ts';

const hourMs = 3_600_000;

/** Prometheus, and what takes its remote write: VictoriaMetrics, Mimir, Thanos, Grafana Cloud. */
export const prometheus = defineSink<Settings>({
  name: 'prometheus',
  help: 'Prometheus, VictoriaMetrics, Mimir or Grafana Cloud, by remote write.',
  settings: Settings,
  example: {
    url: 'http://localhost:9090/api/v1/write',
    server: 'prometheus',
    username: '123456',
    password: '${PROMETHEUS_PASSWORD}',
    headers: { 'X-Scope-OrgID': 'growth' },
    outOfOrderWindow: '90d',
    runHealth: { textfile: 'kpi.prom' },
    timeout: '10s',
  },
  setup,
  // Series need nothing made: they are there with their first sample.
  autoInit: true,

  accepts: ({ server, outOfOrderWindow }) => ({
    // Without a window, Prometheus takes samples of up to half a chunk's range before its newest, which is an hour. One sample ahead of
    // the clock has it refuse what comes after. https://github.com/prometheus/prometheus/issues/12006
    timestamps: {
      ...(server === 'prometheus' && { pastMs: Math.max(hourMs, durationMs(outOfOrderWindow) ?? 0) }),
      futureMs: 60_000,
    },
    // https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#deduplication
    rerun: server === 'prometheus' ? 'keepsFirst' : 'appends',
    kinds: ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'],
    // Of ten fields each, 20,000 samples: some 2 MB, which are 200 KB when they are packed.
    batch: { entries: 2000 },
  }),

  promises: {
    stored: 'once the server has answered 204, or 200 without a body',
    key: 'metric, labels and time',
    not: [
      'that a revised number replaces the first: Prometheus refuses it, or inside its out-of-order window keeps both',
      'points older than `outOfOrderWindow`, or than an hour without one: they are skipped, days and months among them',
      'that VictoriaMetrics holds a point once: without `-dedup.minScrapeInterval` copies stay',
      'that VictoriaMetrics still has the last seconds before it was killed: it answers before they are on its disk',
      '`run_id`, `collected_at` and `provisional`, which are not stored',
      'the health of runs, which is a warning in the log where it cannot be published',
    ],
    variants: {
      'no out-of-order window': { outOfOrderWindow: '0s' },
      VictoriaMetrics: { server: 'victoriametrics', outOfOrderWindow: '0s' },
    },
  },

  files: ({ runHealth }) => (runHealth && 'textfile' in runHealth ? [{ setting: 'runHealth.textfile', path: runHealth.textfile }] : []),

  async open(settings, context) {
    const writer = createWriter(settings, connectionTo(settings, context), context);
    const health = createHealth(settings, context);
    let isClosed = false;
    return {
      async write(batch) {
        if (isClosed) throw new PermanentError('this sink is closed', { kind: 'unavailable' });
        const rejected = await writer.write(batch);
        await health.publish(batch);
        return rejected;
      },
      async close() {
        isClosed = true;
      },
    };
  },

  check,
});
