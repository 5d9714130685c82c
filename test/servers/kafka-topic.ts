import { Consumer } from '@platformatic/kafka';
import type { StoredRow } from '../../src/testing/contract/sink.ts';

export interface Message {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How its batch was compressed, as a number of the protocol. */
  readonly compression: number;
}

/** All messages of a topic, partition by partition. */
export async function readTopic(broker: string, topic: string): Promise<readonly Message[]> {
  const consumer = new Consumer({ clientId: 'reader', groupId: 'reader', bootstrapBrokers: [broker], retries: 0 });
  try {
    consumer.topics.track(topic);
    const metadata = await consumer.metadata({ topics: [topic] });
    const { id, partitions = [] } = metadata.topics.get(topic) ?? {};
    const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? [];
    const messages: Message[] = [];
    for (const [partition, { leader }] of partitions.entries()) {
      for (let offset = 0n; offset < (ends[partition] ?? 0n); ) {
        const at = { partition, fetchOffset: offset, partitionMaxBytes: 4_000_000, currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
        const topics = [{ topicId: id ?? '', partitions: [at] }];
        const answer = await consumer.fetch({ node: leader, topics, maxWaitTime: 200, minBytes: 1, maxBytes: 8_000_000 });
        for (const batch of answer.responses[0]?.partitions[0]?.records ?? []) {
          offset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
          for (const { key, value, headers } of batch.records) {
            messages.push({
              partition,
              key: String(key),
              value: String(value),
              headers: Object.fromEntries(headers.map(([name, text]) => [String(name), String(text)])),
              compression: batch.attributes & 7,
            });
          }
        }
      }
    }
    return messages;
  } finally {
    await consumer.close(true);
  }
}

/** What the messages of points say. */
export function rowsIn(messages: readonly Message[]): readonly StoredRow[] {
  return messages
    .filter(({ key }) => !key.startsWith('schema/'))
    .map(({ value, headers }) => {
      const point = JSON.parse(value);
      return {
        ...point,
        time: new Date(point.time),
        runId: headers['kpi-run-id'] as string,
        collectedAt: new Date(headers['kpi-collected-at'] as string),
        provisional: headers['kpi-provisional'] === 'true',
      };
    });
}
