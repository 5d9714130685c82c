import { defineSink, type FieldKind } from '../../sdk/index.ts';
import { check } from './check.ts';
import { clusterOf } from './client.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';
import { makeTopics, statusOf } from './topic.ts';
import { createWriter } from './writer.ts';

const kinds: readonly FieldKind[] = ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'];

/** Apache Kafka, and what speaks its protocol. */
export const kafka = defineSink<Settings>({
  name: 'kafka',
  help: 'Apache Kafka: a message for each point.',
  settings: Settings,
  example: {
    brokers: ['kafka.example.com:9092'],
    topic: 'kpi',
    clientId: 'kpi',
    compression: 'zstd',
    tls: true,
    ca: 'kafka-ca.pem',
    sasl: 'scram-sha-512',
    username: 'kpi',
    password: '${KAFKA_PASSWORD}',
    timeout: '10s',
    partitions: 3,
    replication: 3,
    group: 'kpi-relay',
    topics: ['kpi'],
  },
  setup,
  autoInit: false,

  accepts: () => ({ timestamps: 'any', rerun: 'appends', kinds, batch: { entries: 2000 } }),
  promises: {
    stored: 'once all replicas in sync have it (`acks=all`)',
    key: 'none: messages are only added; the message key is the series',
    not: [
      'that a point lies there once: readers keep the last by `kpi-collected-at`',
      'an order between series; those of one lie in one partition, in their order',
      'messages older than the `retention.ms` of the topic',
    ],
  },

  async open(settings, context) {
    const cluster = await clusterOf(settings, context);
    const writer = createWriter(cluster, context.measurement);
    let isReady = !context.autoInit;
    return {
      async write(batch) {
        // With the first write, so that it is tried again as one.
        if (!isReady) await makeTopics(settings, context);
        isReady = true;
        return await writer.write(batch);
      },
      close: writer.close,
    };
  },

  init: (settings, _measurements, context) => makeTopics(settings, context),

  async status(settings, measurements, context) {
    return { measurements: measurements.map(({ name }) => ({ name, problems: [] })), ...(await statusOf(settings, context)) };
  },

  check,

  async source(settings, context) {
    const { openSource } = await import('./source.ts');
    return await openSource(settings, context);
  },
});
