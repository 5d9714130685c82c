import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Entry,
  gauge,
  isNextError,
  type Measurement,
  measurement,
  messageOf,
  PermanentError,
  seriesKey,
  TransientError,
  text,
} from '../../sdk/index.ts';
import { createSinkContext, entryOf, type StoredRow, sinkContract } from '../../testing/contract/sink.ts';
import { type KafkaOptions, type KafkaRecord, startKafka } from '../../testing/stand-ins/kafka/index.ts';
import { kafka } from './index.ts';

const at = new Date('2026-11-21T20:00:00.000Z');
const wordy = measurement('wordy', { help: 'A long text.', time: 'snapshot', tags: { place: 'where' }, fields: { words: text() } });
const views = measurement('page_views', {
  help: 'Views of a page.',
  time: 'day',
  tags: { page: 'its path' },
  fields: { views: gauge('{view}') },
});

sinkContract(kafka, {
  async start() {
    const standIn = await startKafka();
    return {
      settings: { brokers: [standIn.broker] },
      read: async () => rowsOf(standIn.records),
      async interrupt() {
        await standIn.misbehave('refuse');
        return () => standIn.misbehave(undefined);
      },
      refuse: async () => ({
        measurements: [wordy],
        entries: ['a', 'b'].map((place) =>
          entryOf({ measurement: wordy.name, tags: { place }, fields: { words: 'x'.repeat(1_100_000) }, time: at, collectedAt: at }),
        ),
        reason: /larger than the max message size.*MESSAGE_TOO_LARGE/,
      }),
      async close() {
        await standIn.close();
        expect(standIn.unexpected).toEqual([]);
      },
    };
  },
});

/** A broker, and a sink on it. */
async function sinkOn(options: KafkaOptions & { readonly settings?: object; readonly measurements?: readonly Measurement[] } = {}) {
  const standIn = await startKafka({ topics: { kpi: 3 }, ...options });
  const parsed = kafka.settings.parse({ brokers: [standIn.broker], timeout: '10s', ...options.settings });
  const context = createSinkContext({ measurements: options.measurements ?? [views, wordy], autoInit: false });
  const sink = await kafka.open(parsed, context);
  onTestFinished(async () => {
    await sink.close();
    await standIn.close();
    expect(standIn.unexpected).toEqual([]);
  });
  return { standIn, sink, parsed, context };
}

function entry(page: string, number = 1, time = new Date('2026-11-20T00:00:00.000Z')): Entry {
  return { point: views.of({ tags: { page }, fields: { views: number }, time }), runId: 'run-1', collectedAt: at, provisional: true };
}

describe('a message', () => {
  it('is the point, keyed by its series, with what else is known of the entry in its headers', async () => {
    const { standIn, sink } = await sinkOn();
    await sink.write([entry('/docs', 3)]);
    const found = standIn.records.filter(({ key }) => !key?.startsWith('schema/'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      key: seriesKey('page_views', { page: '/docs' }),
      value: '{"measurement":"page_views","tags":{"page":"/docs"},"fields":{"views":3},"time":"2026-11-20T00:00:00.000Z"}',
      headers: {
        'kpi-format': '1',
        'kpi-run-id': 'run-1',
        'kpi-collected-at': '2026-11-21T20:00:00.000Z',
        'kpi-provisional': 'true',
        'kpi-measurement-hash': expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    });
  });

  it('has the time of its sending: topics keep messages by it, and a backfill would be deleted at once', async () => {
    const { standIn, sink } = await sinkOn();
    const before = Date.now();
    await sink.write([entry('/docs', 3, new Date('2020-01-01T00:00:00.000Z'))]);
    for (const { timestamp } of standIn.records) expect(timestamp).toBeGreaterThanOrEqual(before);
  });

  it('lies in the partition that Kafka’s own clients choose for its key', async () => {
    const { standIn, sink } = await sinkOn();
    await sink.write(['/0', '/1', '/2', '/3', '/4', '/5'].map((page) => entry(page)));
    const found = standIn.records.filter(({ key }) => !key?.startsWith('schema/'));
    // As org.apache.kafka.common.utils.Utils of kafka-clients 4.1.1 has them: toPositive(murmur2(key)) % 3.
    expect(Object.fromEntries(found.map(({ key, partition }) => [key, partition]))).toEqual({
      '2db1883ad170f77b': 0,
      '8e556e238e919b9f': 0,
      '2de2583e2791c0e9': 0,
      '3aa1650d4d9d7e6b': 0,
      '5f972c64865e840e': 2,
      f3bc2b01a385a36f: 2,
    });
  });

  it.each(['none', 'gzip', 'zstd'])('is sent with compression %s', async (compression) => {
    const { standIn, sink } = await sinkOn({ settings: { compression } });
    await sink.write(Array.from({ length: 50 }, (_, index) => entry(`/${index}`)));
    expect(rowsOf(standIn.records)).toHaveLength(50);
  });
});

describe('a declaration', () => {
  it('lies in every partition before the first point that uses it, once', async () => {
    const { standIn, sink } = await sinkOn();
    for (let round = 0; round < 3; round++) await sink.write(Array.from({ length: 20 }, (_, index) => entry(`/${index}`)));
    for (const partition of [0, 1, 2]) {
      const [first, ...rest] = standIn.records.filter((one) => one.partition === partition);
      expect(first?.key).toBe('schema/page_views');
      expect(JSON.parse(first?.value ?? '')).toEqual(JSON.parse(JSON.stringify(views)));
      expect(rest.length).toBeGreaterThan(0);
      expect(rest.some(({ key }) => key?.startsWith('schema/'))).toBe(false);
      for (const { headers } of rest) expect(headers['kpi-measurement-hash']).toBe(first?.headers['kpi-measurement-hash']);
    }
  });

  it('is sent again by the next that opens the sink', async () => {
    const { standIn, sink, parsed, context } = await sinkOn();
    await sink.write([entry('/')]);
    const next = await kafka.open(parsed, context);
    await next.write([entry('/')]);
    await next.close();
    expect(standIn.records.filter(({ key }) => key === 'schema/page_views')).toHaveLength(6);
  });
});

describe('a batch', () => {
  it('of any size is sent in parts that brokers take', async () => {
    const { standIn, sink } = await sinkOn();
    const long = Array.from({ length: 30 }, (_, index) =>
      entryOf({ measurement: wordy.name, tags: { place: `${index}` }, fields: { words: 'x'.repeat(100_000) }, time: at, collectedAt: at }),
    );
    expect(await sink.write(long)).toEqual([]);
    expect(rowsOf(standIn.records)).toHaveLength(30);
    expect(standIn.requests.filter((name) => name === 'Produce').length).toBeGreaterThanOrEqual(5);
  });

  it('of which a topic with a lower limit refuses one, is halved until it stands alone', async () => {
    const { standIn, sink } = await sinkOn({ maxBytes: 3000 });
    const long = entryOf({ measurement: wordy.name, tags: { place: 'a' }, fields: { words: 'x'.repeat(4000) }, time: at, collectedAt: at });
    const batch = [...Array.from({ length: 20 }, (_, index) => entry(`/${index}`)), long, entry('/last')];
    expect(await sink.write(batch)).toEqual([{ index: 20, reason: expect.stringContaining('MESSAGE_TOO_LARGE') }]);
    expect(rowsOf(standIn.records).map(({ tags }) => tags.page)).toContain('/last');
  });

  it('waits where the topic does not even take the declaration', async () => {
    const { sink } = await sinkOn({ maxBytes: 100 });
    const error = await failureOf(sink.write([entry('/')]));
    expect(error).toBeInstanceOf(PermanentError);
    expect(messageOf(error)).toBe('topic kpi does not even take the declaration of page_views: raise its max.message.bytes');
  });
});

describe('a failure', () => {
  it.each([
    ['NOT_ENOUGH_REPLICAS', TransientError, /a write to topic kpi failed: .*\(NOT_ENOUGH_REPLICAS\)/],
    ['NOT_LEADER_OR_FOLLOWER', TransientError, /NOT_LEADER_OR_FOLLOWER/],
    ['TOPIC_AUTHORIZATION_FAILED', PermanentError, /^the user may not do this: a write to topic kpi; allow it in the cluster's ACLs$/],
    ['hang', TransientError, /^Kafka did not answer within 1s: a write to topic kpi$/],
    ['lost-answer', TransientError, /closed by the other side/],
  ] as const)('%s is told in a sentence, and over when it is over', async (fault, kind, words) => {
    const { standIn, sink } = await sinkOn(fault === 'hang' ? { settings: { timeout: '1s' } } : {});
    await sink.write([entry('/')]);
    await standIn.misbehave(fault);
    const error = await failureOf(sink.write([entry('/a')]));
    expect(error).toBeInstanceOf(kind);
    expect(messageOf(error)).toMatch(words);
    expect(standIn.bites).toBe(1);
    await standIn.misbehave(undefined);
    expect(await sink.write([entry('/a')])).toEqual([]);
    expect(rowsOf(standIn.records).filter(({ tags }) => tags.page === '/a')).toHaveLength(fault === 'lost-answer' ? 2 : 1);
  });

  it('to reach a broker names it', async () => {
    const { standIn, sink } = await sinkOn();
    await standIn.misbehave('refuse');
    const error = await failureOf(sink.write([entry('/')]));
    expect(error).toBeInstanceOf(TransientError);
    expect(messageOf(error)).toBe(`${standIn.broker} cannot be reached (ECONNREFUSED): check "brokers"`);
  });

  it('to reach the name that a broker advertises names both the name and the mend', async () => {
    const { sink } = await sinkOn({ advertised: { host: 'kafka-1.invalid', port: 9092 } });
    const error = await failureOf(sink.write([entry('/')]));
    expect(error).toBeInstanceOf(TransientError);
    expect(messageOf(error)).toMatch(
      /^a broker advertises itself as kafka-1\.invalid:9092, which cannot be reached from here \((ENOTFOUND|EAI_AGAIN)\): have it advertise a name that is known here \(advertised\.listeners\), or make this one known$/,
    );
  });

  it('leaves no connection behind, also where the broker never answers', async () => {
    const { standIn, sink } = await sinkOn();
    await sink.write([entry('/')]);
    await standIn.misbehave('hang');
    const writing = failureOf(sink.write([entry('/a')]));
    await sink.close();
    expect(isNextError(await writing)).toBe(true);
    await until(() => standIn.connections === 0);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { interval: 5, timeout: 5000 }).toBe(true);
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** What the messages say, without the declarations. */
function rowsOf(records: readonly KafkaRecord[]): readonly StoredRow[] {
  return records
    .filter(({ key }) => !key?.startsWith('schema/'))
    .map(({ value, headers }) => {
      const point = JSON.parse(value ?? '');
      return {
        ...point,
        time: new Date(point.time),
        runId: headers['kpi-run-id'] as string,
        collectedAt: new Date(headers['kpi-collected-at'] as string),
        provisional: headers['kpi-provisional'] === 'true',
      };
    });
}
