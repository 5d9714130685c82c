import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownEntries, ownMeasurements } from '../../src/engine/own-points.ts';
import {
  type AnySink,
  counter,
  type Entry,
  flag,
  gauge,
  histogram,
  type Measurement,
  measurement,
  moment,
  name,
  type Rejection,
  ratio,
  summary,
  text,
} from '../../src/sdk/index.ts';
import { prometheus } from '../../src/sinks/prometheus/index.ts';
import { findingsOf } from '../../src/testing/contract/check.ts';
import { entryOf, sinkContract } from '../../src/testing/contract/sink.ts';
import { daily, grown } from '../../src/testing/contract/sink-model.ts';
import { runReport } from '../../src/testing/report.ts';
import { createSinkContext } from '../../src/testing/sink-context.ts';
import { firstOnly, startStandIn, transportFault } from '../../src/testing/stand-in.ts';
import { resetAfterCommit } from '../../src/testing/stand-ins/prometheus/index.ts';
import { type ReadSample, rowsOf } from '../../src/testing/stand-ins/prometheus/rows.ts';

/** Set by `npm run test:servers`, which starts the servers. */
const bare = process.env.KPI_TEST_PROMETHEUS;
const withWindow = process.env.KPI_TEST_PROMETHEUS_WINDOW;
const victoriaMetrics = process.env.KPI_TEST_VICTORIA_METRICS;
const pushgateway = process.env.KPI_TEST_PUSHGATEWAY;
const nodeExporter = process.env.KPI_TEST_NODE_EXPORTER;

const [secondMs, minuteMs, hourMs, dayMs] = [1000, 60_000, 3_600_000, 86_400_000];
const now = new Date(Math.floor(Date.now() / secondMs) * secondMs);
const ago = (ms: number) => new Date(now.getTime() - ms);

const views = measurement('prom_views', {
  help: 'Views of a page.',
  time: 'event',
  tags: { page: 'its path' },
  fields: { views: gauge('{view}'), load_ms: gauge('ms') },
});
const everything = measurement('prom_everything', {
  help: 'A field of every kind.',
  time: 'event',
  tags: { place: 'where' },
  fields: {
    level: gauge(),
    sent: counter('KiBy'),
    share: ratio(),
    up: flag(),
    changed_at: moment(),
    state: text(),
    title: name(),
    ...summary('took', [0.5], 'ms'),
    ...histogram('size', [0.5], 'KiBy'),
  },
});

let serial = 0;

/** A server that is as good as new for each test of the contract: its measurements have names of their own. */
function contractOf(url: string, settings: Readonly<Record<string, unknown>>, tooOld: Date): void {
  let suffix = '';
  const cursed = measurement('contract_old', { ...views, help: 'Too old.', tags: { place: 'where' }, fields: { level: gauge() } });
  const renamed = (one: Measurement): Measurement => ({ ...one, name: one.name + suffix });
  const sink: AnySink = {
    ...prometheus,
    open: async (parsed, context) => {
      const inner = await prometheus.open(parsed, {
        ...context,
        measurements: context.measurements.map(renamed),
        measurement: (full) => renamed(context.measurement(full.slice(0, -suffix.length))),
      });
      const rename = ({ point, ...entry }: Entry): Entry => ({ ...entry, point: { ...point, measurement: point.measurement + suffix } });
      return { ...inner, write: (batch) => inner.write(batch.map(rename)) };
    },
  };
  sinkContract(sink, {
    now,
    async start() {
      suffix = `_${++serial}`;
      const proxy = await proxyTo(url);
      return {
        settings: { url: `${proxy.url}/api/v1/write`, ...settings },
        async read() {
          const found = await samplesOf(url, `{__name__=~"contract_.*${suffix}_.*"}`);
          const rows = rowsOf(found, [grown, daily].map(renamed), ['team']);
          return rows.map((row) => ({ ...row, measurement: row.measurement.slice(0, -suffix.length) }));
        },
        async interrupt() {
          proxy.misbehave(transportFault('refuse'));
          return async () => proxy.misbehave(undefined);
        },
        refuse: async () => ({
          measurements: [cursed],
          entries: ['a', 'b'].map((place) =>
            entryOf({ measurement: cursed.name, tags: { place }, fields: { level: 1 }, time: tooOld, collectedAt: now }),
          ),
          reason: /out of bounds|too old sample/,
        }),
        close: () => proxy.close(),
      };
    },
  });
}

/** What Prometheus measures ages from is its newest sample: one of now comes first. */
async function warm(url: string): Promise<void> {
  const sink = await open(url);
  await sink.write([page(`/warm/${++serial}`, 0, 1)]);
}

describe.skipIf(bare === undefined)('prometheus: a real Prometheus (npm run test:servers)', () => {
  const url = bare ?? '';

  it('is warm', () => warm(url));
  contractOf(url, {}, ago(3 * hourMs));

  it('holds every kind, in base units', async () => {
    const place = `kinds ${++serial}`;
    const fields = {
      level: -12.5,
      sent: 2 ** 30,
      share: 0.25,
      up: true,
      changed_at: '2026-11-20T07:08:09.500Z',
      state: 'well "said"\n\\',
      title: 'Ä',
      took_count: 2,
      took_sum: 250,
      took_p50: 100,
      size_count: 3,
      size_sum: 1.5,
      size_le_0_5: 1,
    };
    expect(
      await write(url, [entryOf({ measurement: everything.name, tags: { place }, fields, time: ago(minuteMs), collectedAt: now })]),
    ).toEqual([]);
    const found = await samplesOf(url, `{place="${place}"}`);
    expect(
      Object.fromEntries(found.map(({ metric, labels: { place: _, ...labels }, value }) => [metric + JSON.stringify(labels), value])),
    ).toEqual({
      'prom_everything_changed_timestamp_seconds{}': 1795158489.5,
      [`prom_everything_info${JSON.stringify({ state: fields.state, title: 'Ä' })}`]: 1,
      'prom_everything_level{}': -12.5,
      'prom_everything_sent_bytes_total{}': 2 ** 40,
      'prom_everything_share_ratio{}': 0.25,
      'prom_everything_size_bytes_bucket{"le":"+Inf"}': 3,
      'prom_everything_size_bytes_bucket{"le":"512"}': 1,
      'prom_everything_size_bytes_count{}': 3,
      'prom_everything_size_bytes_sum{}': 1536,
      'prom_everything_took_seconds_count{}': 2,
      'prom_everything_took_seconds_sum{}': 0.25,
      'prom_everything_took_seconds{"quantile":"0.5"}': 0.1,
      'prom_everything_up{}': 1,
    });
  });

  it('takes a batch of several times once, however often it comes', async () => {
    const path = `/again/${++serial}`;
    const batch = [30, 20, 10].map((minutes, index) => page(path, minutes, index + 1));
    const sink = await open(url);
    expect(await sink.write(batch)).toEqual([]);
    expect(await sink.write(batch)).toEqual([]);
    expect(await (await open(url)).write(batch.toReversed())).toEqual([]);
    expect(await valuesOf(url, path)).toEqual([1, 2, 3]);
  });

  it('keeps what came first, and says so in its words', async () => {
    const path = `/first/${++serial}`;
    await write(url, [page(path, 30, 1), page(path, 20, 2)]);
    const rejected = await write(url, [page(path, 30, 9), page(path, 25, 9), page(path, 20, 9), page(path, 10, 3)]);
    expect(rejected).toEqual([
      { index: 0, reason: expect.stringMatching(/^(out of order sample|duplicate sample for timestamp): the server holds another value/) },
      { index: 1, reason: 'out of order sample' },
      { index: 2, reason: expect.stringMatching(/^(out of order sample|duplicate sample for timestamp): the server holds another value/) },
    ]);
    expect(await valuesOf(url, path)).toEqual([1, 2, 3]);
  });

  it('finds the few that it refuses among 2,000 points', async () => {
    const path = `/few/${++serial}`;
    const batch = Array.from({ length: 2000 }, (_, index) =>
      [300, 700].includes(index) ? page(`${path}/${index}`, 180 + index, index) : page(`${path}/${index}`, 10, index),
    );
    const proxy = await proxyTo(url);
    onTestFinished(() => proxy.close());
    const rejected = await write(proxy.url, batch);
    expect(rejected).toEqual([300, 700].map((index) => ({ index, reason: 'out of bounds' })));
    expect(proxy.requests.length).toBeLessThan(40);
    expect(await samplesOf(url, `prom_views_views{page=~"${path}/.*"}`)).toHaveLength(1998);
  });

  it('has once what an unanswered write had stored, also where it may not be asked', async () => {
    for (const mayAsk of [true, false]) {
      const path = `/lost/${++serial}`;
      const proxy = await proxyTo(url, mayAsk);
      onTestFinished(() => proxy.close());
      const sink = await open(proxy.url);
      const batch = [30, 20, 10].flatMap((minutes) => ['/a', '/b'].map((one) => page(path + one, minutes, minutes)));
      proxy.misbehave(firstOnly(resetAfterCommit));
      await expect(sink.write(batch)).rejects.toMatchObject({ name: 'TransientError', kind: 'network' });
      expect(proxy.bites).toBe(1);
      expect(await valuesOf(url, `${path}/a`)).toEqual([30, 20, 10]);
      expect(await sink.write(batch)).toEqual([]);
      expect(await valuesOf(url, `${path}/b`)).toEqual([30, 20, 10]);
    }
  });

  it('is checked without a trace', async () => {
    const { findings, error } = await findingsOf(prometheus.check?.(settingsOf(url), contextOf()));
    expect(error).toBeUndefined();
    expect(findings.map(({ status }) => status)).toEqual(['ok']);
    const asked = await findingsOf(prometheus.check?.(settingsOf(url, { outOfOrderWindow: '30d' }), contextOf()));
    expect(asked.findings).toMatchObject([{ status: 'ok' }, { check: 'window', status: 'warning', mend: expect.stringContaining('30d') }]);
  });
});

describe.skipIf(withWindow === undefined)('prometheus: a real Prometheus with a window of 90 days (npm run test:servers)', () => {
  const url = withWindow ?? '';
  const settings = { outOfOrderWindow: '90d' };

  it('is warm', () => warm(url));
  contractOf(url, settings, ago(100 * dayMs));

  it('takes 80 days at once, in any order, twice', async () => {
    const path = `/days/${++serial}`;
    const days = Array.from({ length: 80 }, (_, day) => page(path, (day * dayMs) / minuteMs + 1, day));
    expect(await write(url, days)).toEqual([]);
    expect(await write(url, days.toReversed())).toEqual([]);
    expect(await write(url, days.slice(40))).toEqual([]);
    expect(await valuesOf(url, path, 90)).toEqual(days.map((_, day) => 79 - day));
  });

  it('refuses what is too old for good, whatever its status', async () => {
    const path = `/old/${++serial}`;
    const days = [100, 95, 50, 1].map((day) => page(path, (day * dayMs) / minuteMs, day));
    expect(await write(url, days)).toEqual([0, 1].map((index) => ({ index, reason: expect.stringContaining('too old sample') })));
    expect(await valuesOf(url, path, 120)).toEqual([50, 1]);
  });

  it('takes another value of an older time in silence, and need not show it', async () => {
    const path = `/revised/${++serial}`;
    await write(url, [page(path, 3 * 1440, 1), page(path, 1440, 2)]);
    expect(await write(url, [page(path, 3 * 1440, 9)])).toEqual([]);
    expect(await valuesOf(url, path, 5)).toEqual([1, 2]);
  });

  it('says its window to kpi doctor', async () => {
    const { findings } = await findingsOf(prometheus.check?.(settingsOf(url, settings), contextOf()));
    expect(findings.map(({ status }) => status)).toEqual(['ok']);
  });
});

describe.skipIf(victoriaMetrics === undefined)('prometheus: a real VictoriaMetrics (npm run test:servers)', () => {
  const url = victoriaMetrics ?? '';
  const settings = { server: 'victoriametrics' };

  it('takes two years of days, in any order, and keeps every copy', async () => {
    const path = `/years/${++serial}`;
    const days = Array.from({ length: 730 }, (_, day) => page(path, (day * dayMs) / minuteMs, day));
    expect(await write(url, days, settings)).toEqual([]);
    expect(await write(url, days.slice(0, 1), settings)).toEqual([]);
    await fetch(`${url}/internal/force_flush`);
    const query = new URLSearchParams({ 'match[]': `prom_views_views{page="${path}"}`, start: '0', end: '253402300799' });
    const exported = JSON.parse(await (await fetch(`${url}/api/v1/export?${query}`)).text());
    expect(exported.values).toEqual([...days.map((_, day) => 729 - day), 0]);
  });

  it('is checked without a trace', async () => {
    const { findings, error } = await findingsOf(prometheus.check?.(settingsOf(url, settings), contextOf()));
    expect([error, findings.map(({ status }) => status)]).toEqual([undefined, ['ok']]);
  });
});

describe.skipIf(pushgateway === undefined || bare === undefined)(
  'prometheus: the health of runs at a real Pushgateway (npm run test:servers)',
  () => {
    it('is there after a run, and keeps the last success after one that failed', async () => {
      const runHealth = { pushgateway, job: 'kpi of a/b' };
      const sink = await open(bare ?? '', { runHealth });
      await sink.write(ownRun(minuteMs * 5, 0));
      const after = await pushed();
      expect(after).toMatch(/^kpi_run_last_success_timestamp_seconds\{instance="",job="kpi of a\/b",shard="1\/1"\} \S+$/m);
      expect(after).toMatch(/^kpi_provider_run_points\{instance="",job="kpi of a\/b",provider="github",shard="1\/1"\} 412$/m);
      const success = lastSuccess(after);
      await sink.write(ownRun(minuteMs * 3, 1));
      const failed = await pushed();
      expect(failed).toMatch(/^kpi_run_exit_code\{.*\} 1$/m);
      expect(lastSuccess(failed)).toBe(success);
    });

    async function pushed(): Promise<string> {
      return await (await fetch(`${pushgateway}/metrics`)).text();
    }
  },
);

describe.skipIf(nodeExporter === undefined || bare === undefined)(
  "prometheus: the health of runs in a real node exporter's textfile (npm run test:servers)",
  () => {
    it('is read there, in any state of its file', async () => {
      const url = new URL(nodeExporter ?? '');
      const scrape = async () => await (await fetch(url.origin + url.pathname)).text();
      const sink = await open(bare ?? '', { runHealth: { textfile: join(decodeURIComponent(url.hash.slice(1)), 'kpi.prom') } });
      // It is shown that the exporter tells when it cannot read.
      writeFileSync(join(decodeURIComponent(url.hash.slice(1)), 'kpi.prom'), 'kpi_run_points 1 1700000000000\n');
      expect(await scrape()).toMatch(/^node_textfile_scrape_error 1$/m);
      await sink.write(ownRun(minuteMs * 5, 0));
      const after = await scrape();
      expect(after).toMatch(/^node_textfile_scrape_error 0$/m);
      expect(after).toMatch(/^kpi_provider_run_points\{provider="github",shard="1\/1"\} 412$/m);
      const success = lastSuccess(after);
      await sink.write(ownRun(minuteMs * 3, 1));
      const failed = await scrape();
      expect(failed).toMatch(/^kpi_run_exit_code\{shard="1\/1"\} 1$/m);
      expect(lastSuccess(failed)).toBe(success);
    });
  },
);

function lastSuccess(exposed: string): string | undefined {
  return /^kpi_run_last_success_timestamp_seconds\S* (\S+)$/m.exec(exposed)?.[1];
}

function ownRun(startedAgoMs: number, exitCode: number): readonly Entry[] {
  const report = runReport({ exitCode, startedAt: ago(startedAgoMs).toISOString(), finishedAt: ago(startedAgoMs - 2000).toISOString() });
  return ownEntries(report, {}, now);
}

function contextOf() {
  return createSinkContext({ measurements: [views, everything, ...ownMeasurements], autoInit: false, now });
}

function settingsOf(url: string, settings: Readonly<Record<string, unknown>> = {}): unknown {
  return prometheus.settings.parse({ url: `${url}/api/v1/write`, ...settings });
}

async function open(url: string, settings: Readonly<Record<string, unknown>> = {}) {
  const sink = await prometheus.open(settingsOf(url, settings), contextOf());
  onTestFinished(() => sink.close());
  return sink;
}

async function write(
  url: string,
  batch: readonly Entry[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<readonly Rejection[]> {
  return await (await open(url, settings)).write(batch);
}

function page(path: string, minutesAgo: number, count: number): Entry {
  return entryOf({
    measurement: views.name,
    tags: { page: path },
    fields: { views: count, load_ms: count },
    time: ago(minutesAgo * minuteMs),
    collectedAt: now,
  });
}

/** Passes requests on to a server, until it is told to misbehave. */
async function proxyTo(url: string, mayAsk = true) {
  return await startStandIn(async ({ method, path, query, headers, bytes }) => {
    if (!mayAsk && !path.endsWith('/write')) return { status: 403, body: 'it may only write' };
    const kept = ['content-type', 'content-encoding', 'x-prometheus-remote-write-version'].flatMap((one) =>
      typeof headers[one] === 'string' ? [[one, headers[one]]] : [],
    );
    const answer = await fetch(`${url}${path}?${query}`, {
      method,
      headers: Object.fromEntries(kept),
      ...(method === 'POST' && { body: Buffer.from(bytes) }),
    });
    return { status: answer.status, body: await answer.text() };
  });
}

/** All samples of some series in the last days. */
async function samplesOf(url: string, selector: string, days = 1): Promise<readonly ReadSample[]> {
  const body = new URLSearchParams({ query: `${selector}[${days}d]`, time: String(now.getTime() / 1000 + 1) });
  const answer = (await (await fetch(`${url}/api/v1/query`, { method: 'POST', body })).json()) as {
    readonly data: {
      readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[];
    };
  };
  return answer.data.result.flatMap(({ metric: { __name__: metric = '', ...labels }, values }) =>
    values.map(([seconds, value]) => ({ metric, labels, value: Number(value), time: new Date(Math.round(seconds * 1000)) })),
  );
}

async function valuesOf(url: string, path: string, days = 1): Promise<readonly number[]> {
  return (await samplesOf(url, `prom_views_views{page="${path}"}`, days)).map(({ value }) => value);
}
