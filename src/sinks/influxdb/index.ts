import { defineSink, type Entry, type FieldKind, PermanentError, type Rejection } from '../../sdk/index.ts';
import { AnswerError, readRefusal } from './answer.ts';
import { check } from './check.ts';
import { connectionTo } from './connection.ts';
import { makeReady, requireDatabase, statusOf } from './init.ts';
import { createLines } from './lines.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';
import { openWriter } from './writer.ts';

const numbers: readonly FieldKind[] = ['gauge', 'counter', 'ratio', 'flag', 'moment', 'summary', 'histogram'];
const all: readonly FieldKind[] = [...numbers, 'text', 'name'];

/** InfluxDB 2 and 3, and VictoriaMetrics, which takes the same lines. */
export const influxdb = defineSink<Settings>({
  name: 'influxdb',
  help: 'InfluxDB 2, InfluxDB 3 or VictoriaMetrics.',
  settings: Settings,
  example: {
    url: 'https://influx.example.com',
    org: 'petabridge',
    bucket: 'kpi',
    token: '${INFLUX_TOKEN}',
    server: 'influxdb2',
    timeout: '10s',
  },
  setup,
  autoInit: false,

  accepts: ({ server }) => ({
    // VictoriaMetrics drops what is further ahead, without a word.
    timestamps: server === 'victoriametrics' ? { futureMs: 2 * 86_400_000 } : 'any',
    // https://docs.influxdata.com/influxdb/v2/write-data/best-practices/duplicate-points/
    // https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#deduplication
    rerun: server === 'victoriametrics' ? 'appends' : 'overwrites',
    kinds: server === 'victoriametrics' ? numbers : all,
    // https://docs.influxdata.com/influxdb/v2/write-data/best-practices/optimize-writes/
    batch: { entries: 5000 },
    // https://docs.influxdata.com/influxdb3/core/write-data/best-practices/schema-design/
    ...(server === 'influxdb3' && { fixedTags: true }),
  }),

  promises: {
    stored: 'once the server has answered 204',
    key: 'measurement, tags and time',
    not: [
      'that an older value does not replace a newer one: the last written wins',
      'points that are older than the retention of the bucket: the server drops them without a word',
      'on VictoriaMetrics, that a point stands there once: without `-dedup.minScrapeInterval` copies stay',
    ],
    variants: { 'InfluxDB 3': { server: 'influxdb3' }, VictoriaMetrics: { server: 'victoriametrics' } },
  },

  async open(settings, context) {
    const connection = connectionTo(settings, context);
    const writer = await openWriter(connection);
    const lines = createLines(settings.server, (name) => context.measurement(name));
    let state: 'new' | 'ready' | 'closed' = 'new';

    /** With the first write, so that it is tried again as one. */
    async function prepare(): Promise<void> {
      if (state === 'closed') throw new PermanentError('this sink is closed', { kind: 'unavailable' });
      if (state === 'ready') return;
      if (context.autoInit) await makeReady(settings, context);
      else if (settings.server === 'influxdb3') await requireDatabase(settings, context);
      state = 'ready';
    }

    return {
      async write(batch) {
        await prepare();
        const { sent, places, rejected } = linesOf(batch, lines.of);
        if (sent.length === 0) return rejected;
        try {
          await writer.write(sent);
          return rejected;
        } catch (error) {
          if (!(error instanceof AnswerError)) throw error;
          const refused = readRefusal(error.answer, sent.length, connection);
          return [...rejected, ...refused.map(({ index, reason }) => ({ index: places[index] as number, reason }))];
        }
      },
      async close() {
        state = 'closed';
      },
    };
  },

  init: (settings, _measurements, context) => makeReady(settings, context),

  async status(settings, measurements, context) {
    return { measurements: measurements.map(({ name }) => ({ name, problems: [] })), ...(await statusOf(settings, context)) };
  },

  check,
});

/** The lines of a batch, and of each the place of its entry. */
function linesOf(batch: readonly Entry[], lineOf: (entry: Entry) => string | undefined) {
  const sent: string[] = [];
  const places: number[] = [];
  const rejected: Rejection[] = [];
  for (let index = 0; index < batch.length; index++) {
    const line = lineOf(batch[index] as Entry);
    if (line === undefined) {
      rejected.push({ index, reason: 'it has no field of a kind that this server holds' });
      continue;
    }
    sent.push(line);
    places.push(index);
  }
  return { sent, places, rejected };
}
