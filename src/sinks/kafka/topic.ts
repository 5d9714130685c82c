import type { Admin } from '@platformatic/kafka';
import { type Change, PermanentError, type SinkContext, type StoreStatus } from '../../sdk/index.ts';
import { type Cluster, closeClient, clusterOf } from './client.ts';
import { hasCode } from './failure.ts';
import { rejectedTopic, type Settings } from './settings.ts';

/** Runs `work` with a client that administers the cluster. */
export async function withAdmin<Result>(
  settings: Settings,
  context: SinkContext,
  work: (admin: Admin, cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const cluster = await clusterOf(settings, context);
  const admin = new cluster.library.Admin(cluster.options);
  try {
    return await work(admin, cluster);
  } finally {
    await closeClient(admin, () => admin.close());
  }
}

/** Makes the topic, and that for what cannot be delivered. What is there is left as it is. */
export function makeTopics(settings: Settings, context: SinkContext): Promise<readonly Change[]> {
  return withAdmin(settings, context, async (admin, cluster) => [
    await makeTopic(admin, cluster, settings.topic, settings.partitions),
    await makeTopic(admin, cluster, rejectedTopic(settings.topic), 1),
  ]);
}

async function makeTopic(admin: Admin, cluster: Cluster, topic: string, partitions: number): Promise<Change> {
  const { replication } = cluster.settings;
  const object = `topic ${topic}`;
  const there = await partitionsOf(admin, cluster, topic);
  if (there !== undefined) return { object, action: 'ready', ...(there !== partitions && { detail: `it has ${counted(there)}` }) };
  try {
    await cluster.ask(`making topic ${topic}`, admin, () =>
      admin.createTopics({
        topics: [topic],
        partitions,
        ...(replication !== undefined && { replicas: replication }),
        // Copies of a key are no waste: each is another point of the series.
        configs: [{ name: 'cleanup.policy', value: 'delete' }],
      }),
    );
  } catch (error) {
    // Another made it in the meantime.
    const isThere = hasCode(error, 'TOPIC_ALREADY_EXISTS');
    if (!isThere && !hasCode(error, 'INVALID_REPLICATION_FACTOR')) throw error;
    const message = `topic ${topic} cannot be on ${replication ?? 'so many'} brokers, since fewer are there: lower "replication"`;
    if (!isThere) throw new PermanentError(message, { kind: 'config', cause: error });
    await untilLed(admin, cluster, topic, partitions);
    return { object, action: 'ready' };
  }
  await untilLed(admin, cluster, topic, partitions);
  return { object, action: 'created', detail: counted(partitions) };
}

/** A topic is told of before the brokers know that they lead its partitions: until then each write would be refused. */
async function untilLed(admin: Admin, cluster: Cluster, topic: string, partitions: number): Promise<void> {
  const limit = AbortSignal.timeout(cluster.timeoutMs);
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }));
  for (let isLed = false; !isLed && !limit.aborted; ) {
    try {
      await cluster.ask(`a question for topic ${topic}`, admin, () => admin.listOffsets({ topics: [{ name: topic, partitions: asked }] }));
      isLed = true;
    } catch (error) {
      // The client says of itself that the topic is not there, where the broker's list did not have it yet.
      const isUnknown = error instanceof PermanentError && error.kind === 'not-found';
      const codes = ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_LEADER_EPOCH'] as const;
      if (!isUnknown && !hasCode(error, ...codes)) throw error;
      admin.clearMetadata();
    }
  }
}

/** Undefined where there is no such topic. */
export async function partitionsOf(admin: Admin, cluster: Cluster, topic: string): Promise<number | undefined> {
  try {
    const { topics } = await cluster.ask(`a question for topic ${topic}`, admin, () =>
      admin.metadata({ topics: [topic], autocreateTopics: false, forceUpdate: true }),
    );
    return topics.get(topic)?.partitionsCount;
  } catch (error) {
    if (error instanceof PermanentError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

/** What is missing, or would lose points. */
export function statusOf(settings: Settings, context: SinkContext): Promise<Pick<StoreStatus, 'problems'>> {
  return withAdmin(settings, context, async (admin, cluster) => {
    const { topic } = settings;
    const there = await partitionsOf(admin, cluster, topic);
    if (there === undefined) return { problems: [`topic ${topic} is missing: run kpi db init`] };
    const policy = await cleanupOf(admin, cluster, topic);
    if (policy?.includes('compact') !== true) return { problems: [] };
    return {
      problems: [`topic ${topic} is compacted, which drops all but the newest point of a series: set its cleanup.policy to delete`],
    };
  });
}

/** Undefined where the user may not see it. */
async function cleanupOf(admin: Admin, cluster: Cluster, topic: string): Promise<string | undefined> {
  const { ConfigResourceTypes } = cluster.library;
  const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: ['cleanup.policy'] }];
  try {
    const found = await cluster.ask(`a question for the settings of topic ${topic}`, admin, () => admin.describeConfigs({ resources }));
    return found[0]?.configs.find(({ name }) => name === 'cleanup.policy')?.value ?? undefined;
  } catch (error) {
    if (error instanceof PermanentError && error.kind === 'forbidden') return undefined;
    throw error;
  }
}

function counted(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}
