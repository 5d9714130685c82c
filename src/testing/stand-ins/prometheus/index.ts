import { type Fault, type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { uncompress } from './snappy.ts';
import { type MetricMetadata, readWriteRequest, type TimeSeries } from './write-request.ts';

export interface PrometheusOptions {
  /** Mimir stores what it does not refuse; VictoriaMetrics refuses nothing and keeps every copy. Default `prometheus`. */
  readonly server?: 'prometheus' | 'mimir' | 'victoriametrics';
  /** The time of its newest sample, which the bounds are measured from; absent: of what it was sent. */
  readonly newest?: Date;
  /** Milliseconds; default none. */
  readonly outOfOrderWindow?: number;
  /** What it answers to samples older than that window: 500 before Prometheus 2.50. Default 400. */
  readonly tooOldStatus?: number;
  /** What a request must carry in `authorization`; absent: none is asked for. */
  readonly authorization?: string;
  /** What Mimir must be told in `x-scope-orgid`. */
  readonly tenant?: string;
  /** Whether a question is answered. Default true. */
  readonly answers?: boolean;
  /** In words, why a series is refused for good; undefined: it is taken. */
  refuses?(labels: Readonly<Record<string, string>>): string | undefined;
  /** Bodies past this are answered 413. */
  readonly longestBody?: number;
  /** Whether it was started to take remote write. Default true. */
  readonly receives?: boolean;
}

interface StoredSample {
  readonly metric: string;
  /** Without the name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly time: Date;
}

export interface PrometheusStandIn extends StandIn {
  /** Every sample, in the order of arrival. */
  samples(): readonly StoredSample[];
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
  /** Requests that wrote samples, or tried to: as many as there were series in each. */
  readonly writes: readonly number[];
  /** It stores the first half of the series it is sent, and drops the connection: what a crash in the midst of it may leave. */
  readonly halfTaken: Fault;
}

interface Kept {
  readonly labels: TimeSeries['labels'];
  readonly samples: Map<number, number>;
  newest: number;
}

const hourMs = 3_600_000;

/**
 * Starts a server that takes remote write 1.0 at `/api/v1/write`, with the bounds of Prometheus 2.42 (measured), and answers instant
 * questions about raw samples. https://github.com/prometheus/prometheus/blob/main/storage/remote/write_handler.go
 */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusStandIn> {
  const { server = 'prometheus', outOfOrderWindow = 0 } = options;
  const series = new Map<string, Kept>();
  const stored: StoredSample[] = [];
  const metadata = new Map<string, MetricMetadata>();
  const writes: number[] = [];
  let newest = options.newest?.getTime() ?? Number.NEGATIVE_INFINITY;

  function answer(request: StandInRequest): StandInAnswer {
    const route = `${request.method} ${request.path}`;
    if (options.authorization !== undefined && request.headers.authorization !== options.authorization)
      return { status: 401, body: 'Unauthorized\n' };
    if (options.tenant !== undefined && request.headers['x-scope-orgid'] !== options.tenant) return { status: 401, body: 'no org id\n' };
    if (route === 'POST /api/v1/write' || route === 'POST /api/v1/push') return write(request);
    if (options.answers === false) return { status: 403, body: 'this credential may only write\n' };
    if (/^POST (\/prometheus)?\/api\/v1\/query$/.test(route)) return query(new URLSearchParams(request.body));
    if (route === 'GET /api/v1/status/config' && server === 'prometheus')
      return {
        body: { status: 'success', data: { yaml: `storage:\n  tsdb:\n    out_of_order_time_window: ${outOfOrderWindow / 60_000}m\n` } },
      };
    return { status: 404, body: '404 page not found\n' };
  }

  function write({ bytes, headers }: StandInRequest): StandInAnswer {
    if (options.receives === false)
      return { status: 404, body: 'remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n' };
    if (headers['content-type'] !== 'application/x-protobuf' || headers['content-encoding'] !== 'snappy')
      throw new Error(`this is no remote write: ${headers['content-type']}, ${headers['content-encoding']}`);
    if (headers['x-prometheus-remote-write-version'] !== '0.1.0') throw new Error('the version of remote write is not said');
    if (options.longestBody !== undefined && bytes.length > options.longestBody) return { status: 413, body: 'request body too large\n' };
    const sent = readWriteRequest(uncompress(bytes));
    writes.push(sent.series.length);
    for (const one of sent.metadata) metadata.set(one.name, one);
    const well: TimeSeries[] = [];
    let refusal: string | undefined;
    // As it was before the request: in Prometheus, the samples of one request do not see each other.
    const newestBefore = newest;
    for (const { labels, samples } of sent.series) {
      const taken = samples.filter(({ value, time }) => {
        const words = server === 'victoriametrics' ? undefined : refused(labels, value, time, newestBefore);
        refusal ??= words;
        return words === undefined;
      });
      if (taken.length > 0) well.push({ labels, samples: taken });
    }
    if (refusal === undefined || server === 'mimir') for (const one of well) store(one);
    if (refusal === undefined) return server === 'mimir' ? { status: 200 } : { status: 204 };
    return { status: refusal.startsWith('too old sample') ? (options.tooOldStatus ?? 400) : 400, body: `${refusal}\n` };
  }

  /** As `memSeries.appendable` of the head. https://github.com/prometheus/prometheus/blob/main/tsdb/head_append.go */
  function refused(labels: TimeSeries['labels'], value: number, time: number, head: number): string | undefined {
    const words = options.refuses?.(Object.fromEntries(labels));
    if (words !== undefined) return words;
    const kept = series.get(JSON.stringify(labels));
    const least = head - hourMs;
    if (time >= least) {
      if (!kept || time > kept.newest) return undefined;
      if (time === kept.newest) return kept.samples.get(time) === value ? undefined : 'duplicate sample for timestamp';
    }
    if (outOfOrderWindow > 0) return time >= head - outOfOrderWindow ? undefined : 'too old sample';
    return time < least ? 'out of bounds' : 'out of order sample';
  }

  function store({ labels, samples }: TimeSeries): void {
    const key = JSON.stringify(labels);
    const kept = series.get(key) ?? { labels, samples: new Map<number, number>(), newest: Number.NEGATIVE_INFINITY };
    series.set(key, kept);
    const { __name__: metric = '', ...rest } = Object.fromEntries(labels);
    for (const { value, time } of samples) {
      newest = Math.max(newest, time);
      kept.newest = Math.max(kept.newest, time);
      if (kept.samples.has(time) && server !== 'victoriametrics') continue;
      kept.samples.set(time, value);
      stored.push({ metric, labels: rest, value, time: new Date(time) });
    }
  }

  /** Of PromQL it knows the raw samples of some metrics in a range, and `vector(1)`. */
  function query(form: URLSearchParams): StandInAnswer {
    const text = form.get('query') ?? '';
    if (text === 'vector(1)')
      return { body: { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [0, '1'] }] } } };
    const [, names = '', range = ''] = /^\{__name__=~"([a-z0-9_|]+)"\}\[(\d+)ms\]$/.exec(text) ?? [];
    if (names === '') throw new Error(`this PromQL is not known: ${text}`);
    const to = Math.round(Number(form.get('time')) * 1000);
    const result = [...series.values()].flatMap(({ labels, samples }) => {
      const metric = Object.fromEntries(labels);
      const values = [...samples].filter(([time]) => time > to - Number(range) && time <= to).sort(([one], [other]) => one - other);
      if (!names.split('|').includes(metric.__name__ ?? '') || values.length === 0) return [];
      return [{ metric, values: values.map(([time, value]) => [time / 1000, String(value)]) }];
    });
    return { body: { status: 'success', data: { resultType: 'matrix', result } } };
  }

  const standIn = await startStandIn(answer);
  return Object.defineProperties(standIn, {
    samples: { value: () => [...stored] },
    metadata: { value: metadata },
    writes: { value: writes },
    halfTaken: {
      value: {
        name: 'reset',
        act({ request, response }) {
          const sent = readWriteRequest(uncompress(request.bytes));
          for (const one of sent.series.slice(0, Math.ceil(sent.series.length / 2))) store(one);
          response.socket?.resetAndDestroy();
        },
      } satisfies Fault,
    },
  }) as PrometheusStandIn;
}

/** It stores what it was sent, and drops the connection instead of saying so. */
export const resetAfterCommit: Fault = {
  name: 'reset',
  async act({ usual, response }) {
    await usual();
    response.socket?.resetAndDestroy();
  },
};

/** It says that it is out of breath. */
export function busy(status: 429 | 503, retryAfter?: string): Fault {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { name: '429-seconds', act: ({ send }) => send({ status, headers, body: 'too many requests\n' }) };
}
