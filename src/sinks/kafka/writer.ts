import type { Producer } from '@platformatic/kafka';
import { type Entry, type Measurement, PermanentError, type Rejection } from '../../sdk/index.ts';
import { type Cluster, closeClient } from './client.ts';
import { brokerWords, isRefusal, isTooLarge } from './failure.ts';
import { createMessages, declarationHash, declarationMessage, type Message, sizeOf } from './format.ts';

/** Writes entries to a topic, acknowledged by all replicas in sync. */
export interface Writer {
  write(batch: readonly Entry[]): Promise<readonly Rejection[]>;
  close(): Promise<void>;
}

/**
 * What is sent at once: by default a broker takes a batch of 1,048,588 bytes, compressed.
 * https://kafka.apache.org/documentation/#brokerconfigs_message.max.bytes
 */
const mostBytes = 900_000;

interface Sent extends Message {
  readonly index: number;
}

export function createWriter(cluster: Cluster, measurement: (name: string) => Measurement): Writer {
  const { topic } = cluster.settings;
  const hashes = new Map<string, string>();
  const messageOf = createMessages(hashOf);
  const sender = createSender(cluster);
  /** The measurements whose declarations lie in each of so many partitions. */
  let declared = new Set<string>();
  let partitions = 0;

  function hashOf(name: string): string {
    let hash = hashes.get(name);
    if (hash === undefined) {
      hash = declarationHash(measurement(name));
      hashes.set(name, hash);
    }
    return hash;
  }

  /** Into every partition: order is kept within one only, and readers share them. */
  async function declare(batch: readonly Entry[]): Promise<void> {
    const count = await sender.partitionsOf(topic);
    if (count !== partitions) declared = new Set();
    partitions = count;
    const names = [...new Set(batch.map(({ point }) => point.measurement))].filter((name) => !declared.has(name));
    if (names.length === 0) return;
    const messages = names.map((name) => declarationMessage(measurement(name)));
    const all = messages.flatMap((message) => Array.from({ length: count }, (_, partition) => ({ ...message, partition })));
    try {
      await sender.send(topic, all);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const message = `topic ${topic} does not even take the declaration of ${names.join(', ')}: raise its max.message.bytes`;
      throw new PermanentError(message, { kind: 'too-large', cause: error });
    }
    for (const name of names) declared.add(name);
  }

  /** Halves what the broker refuses, so that only what it refuses alone is rejected. */
  async function sendAll(messages: readonly Sent[]): Promise<readonly Rejection[]> {
    try {
      await sender.send(topic, messages);
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const [first] = messages;
      if (messages.length === 1 && first) return [{ index: first.index, reason: brokerWords(error) }];
      const half = Math.ceil(messages.length / 2);
      return [...(await sendAll(messages.slice(0, half))), ...(await sendAll(messages.slice(half)))];
    }
  }

  return {
    async write(batch) {
      if (batch.length === 0) return [];
      await declare(batch);
      const rejected: Rejection[] = [];
      for (const part of parts(batch, messageOf)) rejected.push(...(await sendAll(part)));
      return rejected;
    },
    close: sender.close,
  };
}

/** Sends messages. After a failure it begins with a new client: the old one may still wait for an answer that comes too late. */
export interface Sender {
  partitionsOf(topic: string): Promise<number>;
  send(topic: string, messages: readonly (Message & { readonly partition?: number })[]): Promise<void>;
  close(): Promise<void>;
}

export function createSender(cluster: Cluster): Sender {
  const { library, options, settings } = cluster;
  const { compatibilityPartitioner, ProduceAcks } = library;
  let producer: Producer | undefined;
  let closed = false;

  async function asked<Answer>(what: string, call: (open: Producer) => Promise<Answer>): Promise<Answer> {
    if (closed) throw new PermanentError('this sink is closed', { kind: 'unavailable' });
    // The same partition for a key as by Kafka's own clients.
    producer ??= new library.Producer({ ...options, repeatOnStaleMetadata: false, partitioner: compatibilityPartitioner });
    const open = producer;
    try {
      return await cluster.ask(what, open, () => call(open));
    } catch (error) {
      if (!isRefusal(error)) {
        producer = undefined;
        await closeClient(open, () => open.close(true));
      }
      throw error;
    }
  }

  return {
    partitionsOf: (topic) =>
      asked(`a question for topic ${topic}`, async (open) => {
        const { topics } = await open.metadata({ topics: [topic], autocreateTopics: false });
        return topics.get(topic)?.partitionsCount ?? 0;
      }),
    async send(topic, messages) {
      const all = messages.map(({ key, value, headers, partition }) => ({
        topic,
        key,
        value,
        headers,
        ...(partition !== undefined && { partition }),
      }));
      const { compression } = settings;
      await asked(`a write to topic ${topic}`, (open) => open.send({ messages: all, acks: ProduceAcks.ALL, compression }));
    },
    async close() {
      closed = true;
      const open = producer;
      producer = undefined;
      if (open) await closeClient(open, () => open.close(true));
    },
  };
}

/** The batch in parts of a size that brokers take. What is larger alone stays alone. */
function* parts(batch: readonly Entry[], messageOf: (entry: Entry) => Message): Generator<readonly Sent[]> {
  let part: Sent[] = [];
  let bytes = 0;
  let index = 0;
  for (const entry of batch) {
    const message = messageOf(entry);
    const size = sizeOf(message);
    if (part.length > 0 && bytes + size > mostBytes) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push({ ...message, index: index++ });
    bytes += size;
  }
  if (part.length > 0) yield part;
}
