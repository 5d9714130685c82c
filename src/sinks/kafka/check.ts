import type { Finding, SinkContext } from '../../sdk/index.ts';
import type { Settings } from './settings.ts';
import { partitionsOf, withAdmin } from './topic.ts';

/** Whether the topic is there, and each broker can be reached by the name that it advertises. A message cannot be taken back: none is written. */
export async function* check(settings: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const { topic } = settings;
  const found = await withAdmin(settings, context, async (admin, cluster) => {
    const partitions = await partitionsOf(admin, cluster, topic);
    const reached = await cluster.ask('a connection to each broker', admin, () => admin.connectToBrokers());
    return { partitions, brokers: reached.size };
  });
  if (found.partitions === undefined) {
    const mend = `kpi db init --sinks ${context.instance}`;
    yield { check: 'access', status: 'error', message: `topic ${topic} is missing`, mend };
    return;
  }
  const brokers = found.brokers === 1 ? 'the broker answers' : `all ${found.brokers} brokers answer`;
  yield {
    check: 'access',
    status: 'ok',
    message: `${brokers}, and topic ${topic} is there; no message was written, since none can be taken back`,
  };
}
