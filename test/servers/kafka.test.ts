import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Brokers, saslUsers, startBrokers } from '../../scripts/kafka/brokers.ts';
import { type Entry, gauge, isNextError, measurement, messageOf, PermanentError, TransientError, text } from '../../src/sdk/index.ts';
import { kafka } from '../../src/sinks/kafka/index.ts';
import { findingsOf } from '../../src/testing/contract/check.ts';
import { createSinkContext, entryOf, sinkContract } from '../../src/testing/contract/sink.ts';
import { createAuthority } from '../../src/testing/stand-ins/website/index.ts';
import { readTopic, rowsIn } from './kafka-topic.ts';

/** Set by `npm run test:servers`, which brings the jars. */
const jars = process.env.KPI_TEST_KAFKA ?? '';
const now = new Date();
const views = measurement('page_views', { help: 'Views.', time: 'event', tags: { page: 'its path' }, fields: { views: gauge('{view}') } });
const wordy = measurement('wordy', { help: 'A long text.', time: 'snapshot', tags: { place: 'where' }, fields: { words: text() } });
const context = createSinkContext({ measurements: [views, wordy], autoInit: false });

let count = 0;
/** A name that no other test has. */
function newTopic(): string {
  return `kpi-${++count}`;
}

function entry(page: string, number = 1): Entry {
  return {
    point: views.of({ tags: { page }, fields: { views: number }, time: new Date(number) }),
    runId: 'run-1',
    collectedAt: now,
    provisional: false,
  };
}

describe.skipIf(jars === '')('kafka: a real broker (npm run test:servers)', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-kafka-test-'));
  const authority = createAuthority();
  let brokers: Brokers;
  let [plain, sasl, tls, astray] = ['', '', '', ''];

  beforeAll(async () => {
    brokers = await startBrokers({ jars, count: 1, tls: authority.issue({ hosts: ['localhost'], to: new Date(Date.now() + 86_400_000) }) });
    ({ plain, sasl, tls, astray } = brokers.addresses[0] as Brokers['addresses'][number]);
    writeFileSync(join(dir, 'ca.pem'), authority.cert);
  }, 90_000);
  afterAll(async () => {
    await brokers?.close();
    rmSync(dir, { recursive: true });
  });

  sinkContract(kafka, {
    async start() {
      const topic = newTopic();
      return {
        settings: { brokers: [plain], topic, timeout: '2s' },
        // Before it is made, nothing is there.
        read: async () => rowsIn(await readTopic(plain, topic).catch(() => [])),
        refuse: async () => ({
          measurements: [wordy],
          entries: ['a', 'b'].map((place) =>
            entryOf({ measurement: wordy.name, tags: { place }, fields: { words: 'x'.repeat(1_100_000) }, time: now, collectedAt: now }),
          ),
          reason: /MESSAGE_TOO_LARGE/,
        }),
        async interrupt() {
          await brokers.pause(0);
          return async () => brokers.resume(0);
        },
        close: async () => {},
      };
    },
  });

  async function sinkOn(more: object, makes = true) {
    const settings = kafka.settings.parse({ topic: newTopic(), timeout: '5s', ...more }) as { readonly topic: string };
    if (makes)
      await kafka.init?.({ ...settings, ...(kafka.settings.parse({ brokers: [plain], topic: settings.topic }) as object) }, [], context);
    return { topic: settings.topic, settings, sink: await kafka.open(settings, context) };
  }

  it.each([
    ['none', 0],
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
  ])('takes messages with compression %s', async (compression, number) => {
    const { sink, topic } = await sinkOn({ brokers: [plain], compression });
    expect(await sink.write(Array.from({ length: 200 }, (_, index) => entry(`/${index % 7}`, index)))).toEqual([]);
    await sink.close();
    const messages = await readTopic(plain, topic);
    expect(rowsIn(messages)).toHaveLength(200);
    expect(new Set(messages.map((one) => one.compression))).toEqual(new Set([number]));
  });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'knows who it is by sasl %s, and says when the password is wrong',
    async (mechanism) => {
      if (mechanism !== 'plain') await makeScramUser(plain, mechanism);
      const own = { brokers: [sasl], sasl: mechanism, username: 'kpi' };
      const { sink, topic } = await sinkOn({ ...own, password: saslUsers.kpi });
      expect(await sink.write([entry('/')])).toEqual([]);
      await sink.close();
      expect(rowsIn(await readTopic(plain, topic))).toHaveLength(1);
      const wrong = await sinkOn({ ...own, password: 'not-the-password' });
      const error = await failureOf(wrong.sink.write([entry('/')]));
      expect(error).toBeInstanceOf(PermanentError);
      expect(messageOf(error)).toBe('Kafka does not accept this user: check "username", "password" and "sasl"');
      await wrong.sink.close();
    },
  );

  it('is told that its user has no right: to write, and to make the topic', async () => {
    const { sink, settings, topic } = await sinkOn({ brokers: [sasl], sasl: 'plain', username: 'guest', password: saslUsers.guest });
    const error = await failureOf(sink.write([entry('/')]));
    expect(error).toBeInstanceOf(PermanentError);
    expect(messageOf(error)).toMatch(
      /^the user may not do this: a (write|question) (to|for) topic kpi-\d+; allow it in the cluster's ACLs$/,
    );
    await sink.close();
    const other = { ...settings, topic: `${topic}-other` };
    expect(messageOf(await failureOf(Promise.resolve(kafka.init?.(other, [], context))))).toMatch(/^the user may not do this/);
  });

  it('speaks TLS with an authority of its own, and says when it is not known', async () => {
    const { sink, topic } = await sinkOn({ brokers: [tls], tls: true, ca: join(dir, 'ca.pem') });
    expect(await sink.write([entry('/')])).toEqual([]);
    await sink.close();
    expect(rowsIn(await readTopic(plain, topic))).toHaveLength(1);
    const strange = await sinkOn({ brokers: [tls], tls: true });
    const error = await failureOf(strange.sink.write([entry('/')]));
    expect(error).toBeInstanceOf(PermanentError);
    expect(messageOf(error)).toMatch(/^the certificate of localhost:\d+ is not trusted \([A-Z_]+\): name its authority in "ca"$/);
  });

  it.each([
    ['TLS where there is none', () => ({ brokers: [plain], tls: true }), /does not speak TLS|check "tls"/],
    ['no TLS where there is', () => ({ brokers: [tls] }), /set "tls" to true|check "tls"/],
    ['no user where one is needed', () => ({ brokers: [sasl] }), /check "tls" and "sasl"/],
    [
      'a name that is advertised and cannot be reached',
      () => ({ brokers: [astray] }),
      /advertises itself as kafka-1\.invalid:9092, which cannot be reached/,
    ],
  ])('says what is wrong with %s', async (_, settings, words) => {
    const { sink } = await sinkOn(settings());
    const error = await failureOf(sink.write([entry('/')]));
    expect(isNextError(error)).toBe(true);
    expect(messageOf(error)).toMatch(words);
    await sink.close();
  });

  it('makes no topic by writing to it, though the broker would', async () => {
    const { sink, topic } = await sinkOn({ brokers: [plain] }, false);
    const error = await failureOf(sink.write([entry('/')]));
    expect(error).toBeInstanceOf(PermanentError);
    expect(messageOf(error)).toBe(`Kafka has no topic ${topic}: run kpi db init`);
    await sink.close();
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [plain] });
    expect(await admin.listTopics()).not.toContain(topic);
    await admin.close();
  });

  it('makes the topic as it is to be, and that for what is put aside', async () => {
    const topic = newTopic();
    const settings = kafka.settings.parse({ brokers: [plain], topic, partitions: 5, replication: 1 });
    expect(await kafka.init?.(settings, [], context)).toEqual([
      { object: `topic ${topic}`, action: 'created', detail: '5 partitions' },
      { object: `topic ${topic}.rejected`, action: 'created', detail: '1 partition' },
    ]);
    expect(await kafka.status?.(settings, [], context)).toEqual({ measurements: [], problems: [] });
    const many = kafka.settings.parse({ brokers: [plain], topic: newTopic(), replication: 3 });
    const error = await failureOf(Promise.resolve(kafka.init?.(many, [], context)));
    expect(messageOf(error)).toMatch(/cannot be on 3 brokers, since fewer are there: lower "replication"/);
  });

  it('tells of a topic that is compacted', async () => {
    const topic = newTopic();
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [plain] });
    await admin.createTopics({ topics: [topic], partitions: 1, configs: [{ name: 'cleanup.policy', value: 'compact' }] });
    await admin.close();
    const status = await kafka.status?.(kafka.settings.parse({ brokers: [plain], topic }), [], context);
    expect(status?.problems).toEqual([expect.stringContaining('is compacted')]);
  });

  it('tells doctor of a name that cannot be reached', async () => {
    const topic = newTopic();
    const { error } = await findingsOf(kafka.check?.(kafka.settings.parse({ brokers: [astray], topic }), context));
    expect(messageOf(error)).toContain('kafka-1.invalid:9092');
  });
});

describe.skipIf(jars === '')('kafka: three real brokers (npm run test:servers)', () => {
  let brokers: Brokers;
  beforeAll(async () => {
    brokers = await startBrokers({ jars, count: 3 });
  }, 120_000);
  afterAll(async () => {
    await brokers?.close();
  });

  it('loses nothing while brokers come and go in the middle of 10,000 points, and waits where too few have a copy', async () => {
    const topic = newTopic();
    const all = brokers.addresses.map(({ plain }) => plain);
    const settings = kafka.settings.parse({ brokers: all, topic, timeout: '2s', replication: 3 });
    await kafka.init?.(settings, [], context);
    const sink = await kafka.open(settings, context);
    let failures = 0;
    let waits = 0;
    const deadline = Date.now() + 60_000;
    for (let batch = 0; batch < 10; batch++) {
      if (batch === 2) await brokers.kill(0);
      if (batch === 4) await brokers.kill(1);
      const entries = Array.from({ length: 1000 }, (_, index) => entry(`/${index % 50}`, batch * 1000 + index));
      for (;;) {
        const error = await failureOf(sink.write(entries));
        if (error === undefined) break;
        expect(error).toBeInstanceOf(TransientError);
        expect(messageOf(error)).toMatch(/^.{12,}$/);
        failures++;
        // With one broker of three, none can be acknowledged.
        if (batch >= 4 && ++waits === 2) await Promise.all([brokers.start(0), brokers.start(1)]);
        if (Date.now() > deadline) throw error;
      }
    }
    await sink.close();
    expect(failures).toBeGreaterThan(1);
    const rows = rowsIn(await readTopic(all[2] as string, topic));
    expect(new Set(rows.map(({ time }) => time.getTime())).size).toBe(10_000);
  }, 120_000);
});

async function makeScramUser(broker: string, mechanism: string): Promise<void> {
  const { pbkdf2Sync, randomBytes } = await import('node:crypto');
  const { alterUserScramCredentialsV0, Connection, ScramMechanisms } = await import('@platformatic/kafka');
  const [host = '', port = ''] = broker.split(':');
  const connection = new Connection('test');
  await connection.connect(host, Number(port));
  const digest = mechanism.endsWith('256') ? 'sha256' : 'sha512';
  const salt = randomBytes(16);
  const saltedPassword = pbkdf2Sync(saslUsers.kpi, salt, 4096, digest === 'sha256' ? 32 : 64, digest);
  const kind = digest === 'sha256' ? ScramMechanisms.SCRAM_SHA_256 : ScramMechanisms.SCRAM_SHA_512;
  await alterUserScramCredentialsV0.api.async(connection, [], [{ name: 'kpi', mechanism: kind, iterations: 4096, salt, saltedPassword }]);
  await connection.close();
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
