import { Admin, Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Brokers, startBrokers } from '../../scripts/kafka/brokers.ts';
import { type Entry, gauge, measurement } from '../../src/sdk/index.ts';
import { kafka } from '../../src/sinks/kafka/index.ts';
import { createSinkContext } from '../../src/testing/sink-context.ts';
import { newPlace, type Place } from '../e2e/place.ts';
import { readTopic } from './kafka-topic.ts';

/** Set by `npm run test:servers`, which brings the jars. */
const jars = process.env.KPI_TEST_KAFKA ?? '';
const views = measurement('page_views', { help: 'Views.', time: 'event', tags: { page: 'its path' }, fields: { views: gauge() } });

function entries(from: number, count: number): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const point = views.of({ tags: { page: `/${number % 100}` }, fields: { views: number }, time: new Date(1_700_000_000_000 + number) });
    return { point, runId: 'run-1', collectedAt: new Date(1_700_000_000_000), provisional: false };
  });
}

/** Messages that would hold up a relay for good, were they not put aside. */
describe.skipIf(jars === '')('kpi relay: what no reader can do anything with, in a real Kafka (npm run test:servers)', () => {
  let brokers: Brokers;
  let broker = '';
  let count = 0;

  beforeAll(async () => {
    brokers = await startBrokers({ jars, count: 1 });
    broker = brokers.addresses[0]?.plain ?? '';
  }, 90_000);
  afterAll(async () => {
    await brokers?.close();
  });

  async function scene(work: (topic: string, place: Place, write: (from: number, count: number) => Promise<void>) => Promise<void>) {
    const topic = `poison-${++count}`;
    const own = { brokers: [broker], topic, timeout: '5s', group: topic, partitions: 1 };
    const settings = kafka.settings.parse(own);
    const context = createSinkContext({ measurements: [views], autoInit: false });
    await kafka.init?.(settings, [views], context);
    await using place = newPlace({
      'kpi.config.json': { providers: {}, sinks: { kafka: own, local: { type: 'sqlite', path: 'kpi.db' } } },
    });
    await work(topic, place, async (from, many) => {
      const sink = await kafka.open(settings, context);
      expect(await sink.write(entries(from, many))).toEqual([]);
      await sink.close();
    });
  }

  it(
    'passes over points whose declaration the topic keeps no longer',
    () =>
      scene(async (topic, place, write) => {
        await write(0, 1000);
        // The declaration is at offset 0: the broker deletes whole segments by age, of which it may be the end of one.
        const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] });
        await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 901n }] }] });
        await admin.close();
        await write(1000, 100);
        const { stdout } = await place.kpi(['relay', '--from', 'kafka', '--until-empty', '--json']);
        expect(JSON.parse(stdout)).toEqual({ exitCode: 3, from: 'kafka', to: ['local'], delivered: 100, rejected: 100 });
        const aside = await readTopic(broker, `${topic}.rejected`);
        expect(aside).toHaveLength(100);
        expect(aside[0]?.headers['kpi-reason']).toMatch(/^no declaration of page_views \([0-9a-f]{16}\) lies before it$/);
      }),
    60_000,
  );

  it(
    'puts aside what is larger than the broker takes from us, without its value',
    () =>
      scene(async (topic, place, write) => {
        const producer = new Producer({ clientId: 'test', bootstrapBrokers: [broker] });
        const value = Buffer.alloc(3_000_000, 'x');
        await producer.send({ messages: [{ topic, key: Buffer.from('k'), value }], acks: -1, compression: 'gzip' });
        await producer.close();
        await write(0, 100);
        const { stdout } = await place.kpi(['relay', '--from', 'kafka', '--until-empty', '--json']);
        expect(JSON.parse(stdout)).toMatchObject({ exitCode: 3, delivered: 100, rejected: 1 });
        const [aside] = await readTopic(broker, `${topic}.rejected`);
        expect(aside?.headers).toMatchObject({ 'kpi-origin': `${topic}/0@0` });
        expect(aside?.headers['kpi-reason']).toContain('kpi-format');
      }),
    60_000,
  );

  it(
    'waits for the topic of what is put aside, and puts everything there once',
    () =>
      scene(async (topic, place, write) => {
        const admin = new Admin({ clientId: 'test', bootstrapBrokers: [broker] });
        await admin.deleteTopics({ topics: [`${topic}.rejected`] });
        const producer = new Producer({ clientId: 'test', bootstrapBrokers: [broker] });
        const messages = Array.from({ length: 3 }, (_, index) => ({ topic, value: Buffer.from(`rubbish ${index}`) }));
        await producer.send({ messages, acks: -1 });
        await producer.close();
        await write(0, 10);
        const running = place.start(['relay', '--from', 'kafka']);
        await running.said('stderr', `Kafka has no topic ${topic}.rejected: run kpi db init`);
        expect((await place.kpi(['db', 'init', '--sinks', 'kafka'])).code).toBe(0);
        await running.said('stderr', 'is back: the relay goes on');
        running.child.kill('SIGTERM');
        expect((await running.ended).code).toBe(143);
        expect(place.rows('select count(*) as n from page_views')).toEqual([{ n: 10 }]);
        const aside = await readTopic(broker, `${topic}.rejected`);
        expect(aside.map(({ value }) => value)).toEqual(['rubbish 0', 'rubbish 1', 'rubbish 2']);
        await admin.close();
      }),
    60_000,
  );
});
