import { startBrokers } from '../../../scripts/kafka/brokers.ts';
import { kafkaJars } from '../../../scripts/kafka/jars.ts';
import { readTopic } from '../../../test/servers/kafka-topic.ts';
import { identityOf, isCollected, type Kind } from '../store.ts';
import { freePort } from './server.ts';

const topic = 'kpi';

/** A broker of Kafka, which is stopped as a power failure does it. */
export const kafka: Kind = {
  rerun: 'appends',
  missing() {
    const found = kafkaJars();
    return 'jars' in found ? undefined : found.missing;
  },
  async start() {
    const found = kafkaJars();
    if (!('jars' in found)) throw new Error(found.missing);
    // A broker tells its clients where to come: to the proxy.
    const proxyPort = await freePort();
    const brokers = await startBrokers({ jars: found.jars, count: 1, advertised: proxyPort });
    const broker = brokers.addresses[0]?.plain ?? '';
    return {
      port: Number(broker.split(':')[1]),
      proxyPort,
      entry: (port) => ({ type: 'kafka', brokers: [`127.0.0.1:${port}`], topic, autoInit: true }),
      async identities() {
        const messages = await readTopic(broker, topic);
        const points = messages.filter(({ key }) => !key.startsWith('schema/')).map(({ value }) => JSON.parse(value));
        return points
          .filter(({ measurement }) => isCollected(measurement))
          .map(({ measurement, tags, time }) => identityOf(measurement, tags, new Date(time)));
      },
      stop: () => brokers.kill(0),
      start: () => brokers.start(0),
      close: brokers.close,
    };
  },
};
