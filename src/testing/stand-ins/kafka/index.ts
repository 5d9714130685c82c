import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type KafkaRecord, recordsOf } from './records.ts';
import { type WireReader, type WireWriter, wireReader, wireWriter } from './wire.ts';

export type { KafkaRecord } from './records.ts';

export interface KafkaOptions {
  /** Topics that are there, with so many partitions. */
  readonly topics?: Readonly<Record<string, number>>;
  /** The name that the broker advertises instead of its own. */
  readonly advertised?: { readonly host: string; readonly port: number };
  /** The largest batch of records that it takes; default 1,048,588 bytes, as brokers do. */
  readonly maxBytes?: number;
}

/**
 * What befalls requests: `refuse` closes the port, `hang` answers nothing, `lost-answer` does what is asked and closes the connection
 * instead of answering; the others answer with Kafka's error of that name.
 */
type KafkaFault = 'refuse' | 'hang' | 'lost-answer' | keyof typeof codes;

/** A broker of one node, as far as a producer and an administrator need it: without consumers, groups, TLS and SASL. */
export interface KafkaStandIn {
  /** `127.0.0.1:PORT` */
  readonly broker: string;
  /** In the order of their arrival. */
  readonly records: readonly KafkaRecord[];
  readonly topics: ReadonlyMap<string, { readonly partitions: number; readonly configs: Readonly<Record<string, string | null>> }>;
  /** Requests by the name of their kind. */
  readonly requests: readonly string[];
  /** What it was asked and did not understand. */
  readonly unexpected: readonly string[];
  /** Connections that are open. */
  readonly connections: number;
  /** How often the present fault has befallen a request to write. */
  readonly bites: number;
  misbehave(fault: KafkaFault | undefined): Promise<void>;
  close(): Promise<void>;
}

/** https://kafka.apache.org/protocol#protocol_error_codes */
const codes = {
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  NOT_LEADER_OR_FOLLOWER: 6,
  MESSAGE_TOO_LARGE: 10,
  NOT_ENOUGH_REPLICAS: 19,
  TOPIC_AUTHORIZATION_FAILED: 29,
  TOPIC_ALREADY_EXISTS: 36,
  INVALID_REPLICATION_FACTOR: 38,
} as const;

/** The kinds of requests that it answers, each in one version. */
const kinds: Readonly<Record<number, { readonly name: string; readonly version: number }>> = {
  0: { name: 'Produce', version: 11 },
  2: { name: 'ListOffsets', version: 9 },
  3: { name: 'Metadata', version: 12 },
  18: { name: 'ApiVersions', version: 3 },
  19: { name: 'CreateTopics', version: 7 },
  32: { name: 'DescribeConfigs', version: 4 },
};
const host = '127.0.0.1';
const topicId = Buffer.alloc(16, 1);

export async function startKafka(options: KafkaOptions = {}): Promise<KafkaStandIn> {
  const topics = new Map<string, { partitions: number; configs: Record<string, string | null> }>();
  for (const [name, partitions] of Object.entries(options.topics ?? {}))
    topics.set(name, { partitions, configs: { 'cleanup.policy': 'delete' } });
  const records: KafkaRecord[] = [];
  const requests: string[] = [];
  const unexpected: string[] = [];
  const sockets = new Set<Socket>();
  const ends = new Map<string, number>();
  const most = options.maxBytes ?? 1_048_588;
  let fault: KafkaFault | undefined;
  let bites = 0;
  /** Questions that a new topic answers as one without leaders, as it is with real brokers for a moment. */
  let leaderless = 0;

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE()) {
        const end = 4 + waiting.readInt32BE();
        const request = waiting.subarray(4, end);
        waiting = waiting.subarray(end);
        receive(socket, request);
      }
    });
  });

  function receive(socket: Socket, bytes: Buffer): void {
    const wire = wireReader(bytes);
    const key = wire.int16();
    const version = wire.int16();
    const correlation = wire.int32();
    try {
      wire.shortText();
      wire.tags();
      const kind = kinds[key];
      if (!kind || kind.version !== version) throw new Error(`request ${key} of version ${version} is not expected`);
      requests.push(kind.name);
      const isWrite = kind.name === 'Produce';
      if (fault === 'hang') {
        if (isWrite) bites++;
        return;
      }
      const body = answer(kind.name, wire);
      if (wire.rest() !== 0) throw new Error(`${wire.rest()} bytes are left of ${kind.name}`);
      if (isWrite && fault === 'lost-answer') {
        bites++;
        socket.destroy();
        return;
      }
      const head = wireWriter().int32(correlation);
      // The one answer whose header never has tags, so that old clients can read it.
      if (kind.name !== 'ApiVersions') head.tags();
      const payload = Buffer.concat([head.done(), body.done()]);
      socket.write(Buffer.concat([wireWriter().int32(payload.length).done(), payload]));
    } catch (error) {
      unexpected.push(error instanceof Error ? error.message : String(error));
      socket.destroy();
    }
  }

  function answer(name: string, wire: WireReader): WireWriter {
    if (name === 'ApiVersions') return apiVersions(wire);
    if (name === 'Metadata') return metadata(wire);
    if (name === 'Produce') return produce(wire);
    if (name === 'ListOffsets') return listOffsets(wire);
    return name === 'CreateTopics' ? createTopics(wire) : describeConfigs(wire);
  }

  function apiVersions(wire: WireReader): WireWriter {
    wire.text();
    wire.text();
    wire.tags();
    const out = wireWriter().int16(0);
    out.list(Object.entries(kinds), ([key, { version }]) => out.int16(Number(key)).int16(version).int16(version).tags());
    return out.int32(0).tags();
  }

  function metadata(wire: WireReader): WireWriter {
    const asked = wire.list(() => {
      wire.uuid();
      const name = wire.text() ?? '';
      wire.tags();
      return name;
    });
    if (wire.int8() !== 0) throw new Error('topics are not to be made by asking for them');
    wire.int8();
    wire.tags();
    const at = options.advertised ?? { host, port };
    const out = wireWriter().int32(0);
    out.list([at], (one) => out.int32(1).text(one.host).int32(one.port).text(null).tags());
    out.text('stand-in').int32(1);
    out.list(asked, (name) => {
      const topic = topics.get(name);
      out
        .int16(topic ? 0 : codes.UNKNOWN_TOPIC_OR_PARTITION)
        .text(name)
        .uuid(topicId)
        .int8(0);
      out.list(
        Array.from({ length: topic?.partitions ?? 0 }, (_, index) => index),
        (index) => {
          out.int16(0).int32(index).int32(1).int32(0);
          for (const nodes of [[1], [1], []]) out.list(nodes, (node) => out.int32(node));
          out.tags();
        },
      );
      out.int32(-1).tags();
    });
    return out.tags();
  }

  function produce(wire: WireReader): WireWriter {
    wire.text();
    if (wire.int16() !== -1) throw new Error('a write must be acknowledged by all replicas');
    wire.int32();
    const asked = wire.list(() => {
      const name = wire.text() ?? '';
      const parts = wire.list(() => {
        const part = { index: wire.int32(), batch: wire.compact() ?? Buffer.alloc(0) };
        wire.tags();
        return part;
      });
      wire.tags();
      return { name, parts };
    });
    wire.tags();
    const out = wireWriter();
    out.list(asked, ({ name, parts }) => {
      out.text(name);
      out.list(parts, ({ index, batch }) => {
        const { code, words, offset } = store(name, index, batch);
        out.int32(index).int16(code).int64(BigInt(offset)).int64(-1n).int64(0n);
        out
          .list([], () => {})
          .text(words)
          .tags();
      });
      out.tags();
    });
    return out.int32(0).tags();
  }

  function store(topic: string, partition: number, batch: Buffer): { code: number; words: string | null; offset: number } {
    if (fault !== undefined && fault in codes) {
      bites++;
      return { code: codes[fault as keyof typeof codes], words: null, offset: -1 };
    }
    if (leaderless > 0) return { code: codes.NOT_LEADER_OR_FOLLOWER, words: null, offset: -1 };
    if (partition >= (topics.get(topic)?.partitions ?? 0)) return { code: codes.UNKNOWN_TOPIC_OR_PARTITION, words: null, offset: -1 };
    if (batch.length > most) return { code: codes.MESSAGE_TOO_LARGE, words: null, offset: -1 };
    const place = `${topic}/${partition}`;
    const offset = ends.get(place) ?? 0;
    const stored = recordsOf(batch);
    for (const [index, record] of stored.entries()) records.push({ topic, partition, offset: offset + index, ...record });
    ends.set(place, offset + stored.length);
    return { code: 0, words: null, offset };
  }

  function listOffsets(wire: WireReader): WireWriter {
    wire.int32();
    wire.int8();
    const asked = wire.list(() => {
      const name = wire.text() ?? '';
      const parts = wire.list(() => {
        const index = wire.int32();
        wire.int32();
        wire.int64();
        wire.tags();
        return index;
      });
      wire.tags();
      return { name, parts };
    });
    wire.tags();
    const out = wireWriter().int32(0);
    out.list(asked, ({ name, parts }) => {
      out.text(name);
      out.list(parts, (index) => {
        const code = leaderless > 0 ? codes.NOT_LEADER_OR_FOLLOWER : 0;
        out
          .int32(index)
          .int16(code)
          .int64(-1n)
          .int64(BigInt(ends.get(`${name}/${index}`) ?? 0))
          .int32(0)
          .tags();
      });
      out.tags();
    });
    leaderless = Math.max(0, leaderless - 1);
    return out.tags();
  }

  function createTopics(wire: WireReader): WireWriter {
    const asked = wire.list(() => {
      const topic = { name: wire.text() ?? '', partitions: wire.int32(), replication: wire.int16() };
      wire.list(() => {
        throw new Error('nobody says where partitions lie');
      });
      const configs = wire.list(() => {
        const config = [wire.text() ?? '', wire.text()] as const;
        wire.tags();
        return config;
      });
      wire.tags();
      return { ...topic, configs };
    });
    wire.int32();
    wire.int8();
    wire.tags();
    const out = wireWriter().int32(0);
    out.list(asked, ({ name, partitions, replication, configs }) => {
      const code = topics.has(name) ? codes.TOPIC_ALREADY_EXISTS : replication > 1 ? codes.INVALID_REPLICATION_FACTOR : 0;
      if (code === 0) topics.set(name, { partitions, configs: Object.fromEntries(configs) });
      if (code === 0) leaderless = 2;
      out.text(name).uuid(topicId).int16(code).text(null).int32(partitions).int16(1);
      out.list([], () => {}).tags();
    });
    return out.tags();
  }

  function describeConfigs(wire: WireReader): WireWriter {
    const asked = wire.list(() => {
      const type = wire.int8();
      const name = wire.text() ?? '';
      const keys = wire.list(() => wire.text() ?? '');
      wire.tags();
      return { type, name, keys };
    });
    wire.int8();
    wire.int8();
    wire.tags();
    const out = wireWriter().int32(0);
    out.list(asked, ({ type, name, keys }) => {
      out.int16(0).text(null).int8(type).text(name);
      out.list(keys, (key) => {
        out
          .text(key)
          .text(topics.get(name)?.configs[key] ?? null)
          .int8(0)
          .int8(1)
          .int8(0);
        out
          .list([], () => {})
          .int8(7)
          .text(null)
          .tags();
      });
      out.tags();
    });
    return out.tags();
  }

  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, host, resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;

  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    broker: `${host}:${port}`,
    records,
    topics,
    requests,
    unexpected,
    get connections() {
      return sockets.size;
    },
    get bites() {
      return bites;
    },
    async misbehave(next) {
      fault = next;
      bites = 0;
      if (next === 'refuse') await stop();
      else if (!server.listening) await listen(port);
    },
    async close() {
      if (server.listening) await stop();
    },
  };
}
