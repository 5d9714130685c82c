import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Brokers, startBrokers } from '../../scripts/kafka/brokers.ts';
import { type Entry, gauge, measurement, type OpenSink, text } from '../../src/sdk/index.ts';
import { kafka } from '../../src/sinks/kafka/index.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { createSinkContext } from '../../src/testing/sink-context.ts';
import { newPlace, type Place } from '../e2e/place.ts';
import { readTopic } from './kafka-topic.ts';

/** Set by `npm run test:servers`, which brings the jars. */
const jars = process.env.KPI_TEST_KAFKA ?? '';
const views = measurement('page_views', {
  help: 'Views.',
  time: 'event',
  tags: { page: 'its path' },
  fields: { views: gauge(), note: text() },
});
const now = new Date();
/** How often the relay is killed. */
const rounds = Number(process.env.KPI_TEST_ROUNDS ?? 2);

function entries(from: number, count: number): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => {
    const number = from + index;
    const point = views.of({ tags: { page: `/${number % 100}` }, fields: { views: number }, time: new Date(1_700_000_000_000 + number) });
    return { point, runId: 'run-1', collectedAt: now, provisional: false };
  });
}

describe.skipIf(jars === '')('kpi relay: from a real Kafka into SQLite (npm run test:servers)', () => {
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

  interface Scene {
    readonly place: Place;
    readonly topic: string;
    readonly sink: OpenSink;
    readonly relay: readonly string[];
    write(from: number, count: number): Promise<void>;
    /** How many points the database has; undefined where it is not there yet. */
    stored(): number;
  }

  async function scene(work: (scene: Scene) => Promise<void>, more: object = {}): Promise<void> {
    const topic = `relay-${++count}`;
    const own = { brokers: [broker], topic, timeout: '5s', group: topic, ...more };
    const settings = kafka.settings.parse(own);
    const context = createSinkContext({ measurements: [views], autoInit: false });
    await kafka.init?.(settings, [views], context);
    const sink = await kafka.open(settings, context);
    await using place = newPlace({
      'kpi.config.json': { providers: {}, sinks: { kafka: own, local: { type: 'sqlite', path: 'kpi.db' } } },
    });
    try {
      await work({
        place,
        topic,
        sink,
        relay: ['relay', '--from', 'kafka'],
        async write(from, many) {
          for (let done = 0; done < many; done += 2000) {
            expect(await sink.write(entries(from + done, Math.min(2000, many - done)))).toEqual([]);
          }
        },
        stored() {
          if (!existsSync(join(place.dir, 'kpi.db'))) return 0;
          const tables = place.rows("select count(*) as n from sqlite_master where name = 'page_views'");
          return tables[0]?.n === 1 ? Number(place.rows('select count(*) as n from page_views')[0]?.n) : 0;
        },
      });
    } finally {
      await sink.close();
    }
  }

  it('takes all that lies there, and nothing twice', () =>
    scene(async ({ place, relay, write, stored }) => {
      await write(0, 10_000);
      const first = await place.kpi([...relay, '--until-empty', '--json']);
      // A cluster makes what groups need when the first one comes.
      expect(first.stderr.replaceAll(/.*(COORDINATOR_NOT_AVAILABLE|is back: the relay goes on).*\n/g, '')).toBe('');
      expect(JSON.parse(first.stdout)).toEqual({ exitCode: 0, from: 'kafka', to: ['local'], delivered: 10_000, rejected: 0 });
      expect(stored()).toBe(10_000);
      expect(place.rows('select sum(views) as n from page_views')).toEqual([{ n: (9999 * 10_000) / 2 }]);
      await write(10_000, 500);
      const second = await place.kpi([...relay, '--until-empty', '--json']);
      expect(JSON.parse(second.stdout)).toMatchObject({ exitCode: 0, delivered: 500 });
      expect(stored()).toBe(10_500);
    }));

  it('puts aside what is no point, with the reason, and goes on', () =>
    scene(async ({ place, topic, relay, write, stored }) => {
      await write(0, 100);
      await garbage(topic, [
        { key: 'x', value: 'not json', headers: {} },
        { key: 'x', value: 'not json', headers: headers({}) },
        { key: 'x', value: '{"measurement":"page_views"}', headers: headers({}) },
        { key: 'x', value: point, headers: headers({ 'kpi-format': '2' }) },
        { key: 'x', value: point, headers: headers({ 'kpi-measurement-hash': '0000000000000000' }) },
        { key: 'x', value: point, headers: headers({ 'kpi-collected-at': 'yesterday' }) },
        { key: 'schema/wrong', value: '{"name":"wrong","tags":{},"fields":{}}', headers: headers({}) },
      ]);
      await write(100, 100);
      const { code, stdout, stderr } = await place.kpi([...relay, '--until-empty', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ exitCode: 3, delivered: 200, rejected: 7 });
      expect(code).toBe(3);
      expect(stderr.match(/a message was put aside/g)).toHaveLength(7);
      expect(stored()).toBe(200);
      const aside = await readTopic(broker, `${topic}.rejected`);
      expect(aside.map((one) => one.headers['kpi-reason']).sort()).toEqual([
        expect.stringMatching(/^it was not written by kpi: it has no header kpi-format$/),
        expect.stringMatching(/^its format is 2, and this kpi reads 1: update kpi$/),
        expect.stringMatching(/^its headers are not those that kpi writes$/),
        expect.stringMatching(/^its value is not the JSON of a point$/),
        expect.stringMatching(/^its value is not the JSON of a point$/),
        expect.stringMatching(/^no declaration of page_views \(0{16}\) lies before it$/),
        expect.stringMatching(/^the declaration is wrong: it has no field$/),
      ]);
      for (const one of aside) expect(one.headers['kpi-origin']).toMatch(new RegExp(`^${topic}/\\d+@\\d+$`));
      expect((await place.kpi([...relay, '--until-empty'])).code).toBe(0);
    }));

  it(
    'shares the work: members come, go and are killed, and every point arrives',
    () =>
      scene(async ({ place, relay, write, stored }) => {
        await write(0, 2000);
        const one = place.start([...relay, '--verbose']);
        await one.said('stderr', 'the group has divided its work');
        const two = place.start([...relay, '--verbose']);
        await two.said('stderr', 'the group has divided its work');
        await write(2000, 4000);
        await expect.poll(stored, { timeout: 20_000 }).toBe(6000);
        const began = performance.now();
        one.child.kill('SIGTERM');
        const ended = await one.ended;
        expect(ended.code).toBe(143);
        expect(performance.now() - began).toBeLessThan(5000);
        await write(6000, 2000);
        await expect.poll(stored, { timeout: 20_000 }).toBe(8000);
        two.child.kill('SIGKILL');
        await two.ended;
        await write(8000, 1000);
        // The group waits until it takes the killed member for dead.
        const three = place.start(relay);
        await expect.poll(stored, { timeout: 40_000 }).toBe(9000);
        three.child.kill('SIGTERM');
        expect((await three.ended).code).toBe(143);
      }),
    120_000,
  );

  it(
    'loses nothing by kill -9 at any moment',
    () =>
      scene(async ({ place, relay, write, stored }) => {
        const random = seededRandom(20_261_121);
        await write(0, 60_000);
        // Each begins when the group takes the one before for dead.
        for (let round = 0; round < rounds; round++) {
          const before = stored();
          const { child, ended } = place.start([...relay, '--until-empty']);
          await expect.poll(() => stored() > before || child.exitCode !== null, { timeout: 30_000, interval: 5 }).toBe(true);
          await new Promise((resolve) => setTimeout(resolve, random() * 60));
          child.kill('SIGKILL');
          await ended;
        }
        const last = await place.kpi([...relay, '--until-empty']);
        expect(last.code).toBe(0);
        expect(stored()).toBe(60_000);
        expect(place.rows('select count(distinct time) as n, min(views) as least, max(views) as most from page_views')).toEqual([
          { n: 60_000, least: 0, most: 59_999 },
        ]);
      }),
    240_000,
  );

  it(
    'waits for a broker that is away, and goes on; a topic that is missing ends it',
    () =>
      scene(async ({ place, relay, write, stored }) => {
        await write(0, 1000);
        const running = place.start(relay);
        await expect.poll(stored, { timeout: 20_000 }).toBe(1000);
        await brokers.kill(0);
        await running.said('stderr', 'is down: the relay waits');
        await brokers.start(0);
        await running.said('stderr', 'is back: the relay goes on');
        await write(1000, 1000);
        await expect.poll(stored, { timeout: 30_000 }).toBe(2000);
        running.child.kill('SIGTERM');
        expect((await running.ended).code).toBe(143);
        place.write('other.json', {
          providers: {},
          sinks: { kafka: { brokers: [broker], topic: 'no-such' }, local: { type: 'sqlite', path: 'o.db' } },
        });
        const missing = await place.kpi([...relay, '--config', 'other.json']);
        expect(missing.code).toBe(1);
        expect(missing.stdout).toContain('Kafka has no topic no-such: run kpi db init');
      }),
    120_000,
  );

  async function garbage(topic: string, messages: readonly { key: string; value: string; headers: Readonly<Record<string, string>> }[]) {
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: [broker] });
    const all = messages.map(({ key, value, headers: named }) => ({
      topic,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: new Map(Object.entries(named).map(([name, words]) => [Buffer.from(name), Buffer.from(words)])),
    }));
    await producer.send({ messages: all, acks: -1 });
    await producer.close();
  }
});

const point = '{"measurement":"page_views","tags":{"page":"/x"},"fields":{"views":1},"time":"2026-11-21T20:00:00.000Z"}';

function headers(own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {
    'kpi-format': '1',
    'kpi-run-id': 'run-9',
    'kpi-collected-at': '2026-11-21T20:00:00.000Z',
    'kpi-provisional': 'false',
    'kpi-measurement-hash': 'ffffffffffffffff',
    ...own,
  };
}
