import type { ConnectionPool, Consumer, RecordsBatch } from '@platformatic/kafka';
import { TransientError } from '../../sdk/index.ts';
import { type Cluster, closeClient } from './client.ts';
import { brokerWords, isOfAnotherGeneration } from './failure.ts';
import { topicsOf } from './settings.ts';

/** A partition of a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** How far a partition was read: the offset that is next. */
export interface Position extends Place {
  readonly offset: bigint;
}

/** This reader as a member of its consumer group. The group gives each member a part of the partitions, anew with each generation. */
export interface Member {
  /** Joins the group again where it lost this member. */
  ready(): Promise<void>;
  /** Grows with each new division of the partitions. */
  generation(): number;
  /** Of this generation. */
  assigned(): readonly Place[];
  /** Where to begin: behind what was committed, or at the beginning. */
  committed(places: readonly Place[]): Promise<readonly Position[]>;
  /** False where the group has been divided anew. */
  commit(positions: readonly Position[]): Promise<boolean>;
  /** The offsets of the oldest messages that are kept. */
  starts(places: readonly Place[]): Promise<readonly Position[]>;
  /** The offsets of the next messages to be written. */
  ends(places: readonly Place[]): Promise<readonly Position[]>;
  /** The brokers that lead these partitions. */
  leaders(positions: readonly Position[]): Promise<ReadonlyMap<number, readonly Position[]>>;
  /** What lies there; waits for some where nothing does, at most so long. `aside`: while another such question waits there. */
  take(node: number, positions: readonly Position[], waitMs: number, aside?: boolean): Promise<Taken>;
  close(): Promise<void>;
}

export type Taken = readonly (Place & {
  readonly from: bigint;
  readonly records: readonly RecordsBatch[];
})[];

/** A member that is not heard of for so long is taken for dead, and its part given to others. */
const sessionMs = 10_000;
/** So long members have to come back when the group divides its work. */
const rebalanceMs = 25_000;
/** How often the group may be divided anew while this member joins it. */
const mostRounds = 20;
/** Of one answer: what lies ready is held twice, as bytes and as entries, and a further one is read ahead. */
const mostBytes = 2 * 1024 * 1024;
const mostBytesPerPartition = 1024 * 1024;
const earliest = -2n;
const latest = -1n;

/** Joins the group; waits while it divides its work. */
export async function joinGroup(cluster: Cluster): Promise<Member> {
  const { library, options, settings } = cluster;
  const joinOptions = { ...options, requestTimeout: Math.max(cluster.timeoutMs, rebalanceMs + 5000) };
  const consumer: Consumer = new library.Consumer({
    ...joinOptions,
    groupId: settings.group,
    autocommit: false,
    sessionTimeout: sessionMs,
    rebalanceTimeout: rebalanceMs,
    heartbeatInterval: 3000,
  });
  /** A broker answers the requests of a connection one after another: a fetch that waits would hold up the signs of life. */
  const pool: ConnectionPool = new library.ConnectionPool(options.clientId, joinOptions);
  let broken: Error | undefined;
  // It comes back to the group by itself, or says here that it could not.
  consumer.on('error', (error: Error) => {
    broken = error;
  });

  function ask<Answer>(what: string, call: () => Promise<Answer>, limitMs?: number): Promise<Answer> {
    return cluster.ask(what, consumer, call, limitMs);
  }

  async function close(): Promise<void> {
    const left = closeClient(consumer, () => consumer.close(true));
    await closeClient({ connections: pool, currentMetadata: undefined }, () => pool.close());
    await left;
  }

  async function topicIds(): Promise<ReadonlyMap<string, { readonly id: string; readonly leaders: readonly number[] }>> {
    const { topics } = await ask('a question for the topics', () => consumer.metadata({ topics: [...topicsOf(settings)] }));
    return new Map([...topics].map(([name, topic]) => [name, { id: topic.id, leaders: topic.partitions.map(({ leader }) => leader) }]));
  }

  async function offsets(places: readonly Place[], timestamp: bigint): Promise<readonly Position[]> {
    if (places.length === 0) return [];
    const partitions = byTopic(places);
    const found = await ask('a question for offsets', () =>
      consumer.listOffsets({ topics: Object.keys(partitions), partitions, timestamp }),
    );
    return places.map((place) => ({ ...place, offset: found.get(place.topic)?.[place.partition] ?? 0n }));
  }

  /** The group may change its mind while one joins it: then all join anew. */
  async function join(): Promise<void> {
    for (let rounds = 1; ; rounds++) {
      try {
        await ask(`joining the group ${settings.group}`, () => consumer.joinGroup({}), rebalanceMs + 5000);
        return;
      } catch (error) {
        if (rounds === mostRounds || !isOfAnotherGeneration(error)) throw error;
      }
    }
  }

  for (const topic of topicsOf(settings)) consumer.topics.track(topic);
  try {
    await topicIds();
    await join();
  } catch (error) {
    await close();
    throw error;
  }

  return {
    generation: () => consumer.generationId,
    async ready() {
      const error = broken;
      broken = undefined;
      if (error === undefined) return;
      if (!isOfAnotherGeneration(error)) {
        throw new TransientError(`the group ${settings.group} was lost: ${brokerWords(error)}`, { kind: 'network', cause: error });
      }
      await join();
    },
    assigned: () => (consumer.assignments ?? []).flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
    async committed(places) {
      if (places.length === 0) return [];
      const topics = Object.entries(byTopic(places)).map(([topic, partitions]) => ({ topic, partitions }));
      const found = await ask('a question for what was committed', () => consumer.listCommittedOffsets({ topics }));
      const known = places.map((place) => ({ ...place, offset: found.get(place.topic)?.[place.partition] ?? -1n }));
      const first = await offsets(places, earliest);
      const last = await offsets(places, latest);
      return known.map((one, index) => {
        const begin = (first[index] as Position).offset;
        // What was deleted since, by the age that the topic keeps, cannot be read; a topic that was made anew begins anew.
        const isThere = one.offset >= begin && one.offset <= (last[index] as Position).offset;
        return isThere ? one : { ...one, offset: begin };
      });
    },
    async commit(positions) {
      const all = positions.map(({ topic, partition, offset }) => ({ topic, partition, offset, leaderEpoch: -1 }));
      try {
        await ask('a commit', () => consumer.commit({ offsets: all }));
        return true;
      } catch (error) {
        if (isOfAnotherGeneration(error)) return false;
        throw error;
      }
    },
    starts: (places) => offsets(places, earliest),
    ends: (places) => offsets(places, latest),
    async leaders(positions) {
      const topics = await topicIds();
      const nodes = new Map<number, Position[]>();
      for (const position of positions) {
        const node = topics.get(position.topic)?.leaders[position.partition] ?? -1;
        nodes.set(node, [...(nodes.get(node) ?? []), position]);
      }
      return nodes;
    },
    async take(node, positions, waitMs, aside = false) {
      const topics = await topicIds();
      const asked = Object.entries(Object.groupBy(positions, ({ topic }) => topic)).map(([topic, some = []]) => ({
        topicId: topics.get(topic)?.id ?? '',
        partitions: some.map(({ partition, offset }) => ({
          partition,
          fetchOffset: offset,
          partitionMaxBytes: mostBytesPerPartition,
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
        })),
      }));
      const names = new Map([...topics].map(([name, { id }]) => [id, name]));
      const answer = await ask(
        'a fetch',
        () =>
          consumer.fetch({
            node,
            topics: asked,
            maxBytes: mostBytes,
            minBytes: 1,
            maxWaitTime: waitMs,
            ...(!aside && { connectionPool: pool }),
          }),
        cluster.timeoutMs + waitMs,
      );
      return answer.responses.flatMap(({ topicId, partitions }) =>
        partitions.flatMap(({ partitionIndex: partition, records }) => {
          const topic = names.get(topicId);
          const from = positions.find((one) => one.topic === topic && one.partition === partition)?.offset;
          return topic === undefined || from === undefined || !records?.length ? [] : { topic, partition, from, records };
        }),
      );
    },
    close,
  };
}

function byTopic(places: readonly Place[]): Record<string, number[]> {
  const all: Record<string, number[]> = {};
  for (const { topic, partition } of places) all[topic] = [...(all[topic] ?? []), partition];
  return all;
}
