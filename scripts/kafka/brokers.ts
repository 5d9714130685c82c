import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface BrokersOptions {
  readonly jars: string;
  readonly count: 1 | 3;
  /** PEM: what the listener with TLS shows. It is for `localhost`. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly properties?: Readonly<Record<string, string>>;
  /** The port at which clients are told to find the plain listener of the one broker: of what stands before it. */
  readonly advertised?: number;
}

/** A broker's addresses, `HOST:PORT`, by what they take. */
interface Addresses {
  readonly plain: string;
  /** User `kpi`, who may do all, and `guest`, who may do nothing; by PLAIN. */
  readonly sasl: string;
  readonly tls: string;
  /** It answers here, and tells clients to come to a name that there is not. */
  readonly astray: string;
}

/** Real brokers, each a process with a folder and ports of its own, which is its own controller (KRaft). */
export interface Brokers {
  readonly addresses: readonly Addresses[];
  /** Kills one as a power failure does. */
  kill(index: number): Promise<void>;
  /** Stops one without it being gone: it answers nothing until `resume`. */
  pause(index: number): Promise<void>;
  resume(index: number): void;
  /** Starts one that was killed, on the same ports with what it has stored. */
  start(index: number): Promise<void>;
  close(): Promise<void>;
}

export const saslUsers = { kpi: 'pass-of-kpi-0123456789', guest: 'pass-of-guest-0123456789' } as const;

const java = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
const clusterId = 'a3BpLXRlc3QtY2x1c3Rlcg';
/** What a broker may take to start on a machine that is busy. */
const startMs = 60_000;

export async function startBrokers(options: BrokersOptions): Promise<Brokers> {
  const { count } = options;
  const dir = mkdtempSync(join(tmpdir(), 'kpi-kafka-'));
  const ports = await freePorts(count * 5);
  const nodes = Array.from({ length: count }, (_, index) => prepare(dir, index, ports, options));
  const running: (ChildProcess | undefined)[] = [];

  async function start(index: number): Promise<void> {
    const node = nodes[index] as Node;
    const log = openSync(join(node.dir, 'log'), 'a');
    const child = spawn('java', [...java, '-cp', join(options.jars, '*'), 'kafka.Kafka', node.config], { stdio: ['ignore', log, log] });
    running[index] = child;
    const began = performance.now();
    while (!(await answers(node.port))) {
      if (child.exitCode !== null) throw new Error(`a broker ended with ${child.exitCode}: ${readFileSync(join(node.dir, 'log'), 'utf8')}`);
      if (performance.now() - began > startMs) throw new Error(`a broker was not ready within ${startMs / 1000} s`);
      await sleep(50);
    }
  }

  async function kill(index: number): Promise<void> {
    const child = running[index];
    running[index] = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function close(): Promise<void> {
    await Promise.all(nodes.map((_, index) => kill(index)));
    rmSync(dir, { recursive: true, force: true });
  }

  // Whoever forgets to close them leaves none behind.
  process.once('exit', () => {
    for (const child of running) child?.kill('SIGKILL');
  });
  try {
    await Promise.all(nodes.map((_, index) => start(index)));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: nodes.map(({ addresses }) => addresses),
    kill,
    pause: (index) => pause(running[index]),
    resume: (index) => void running[index]?.kill('SIGCONT'),
    start,
    close,
  };
}

/** Resolves when the system says that it stands still: until then it may still answer. */
async function pause(child: ChildProcess | undefined): Promise<void> {
  if (!child) return;
  child.kill('SIGSTOP');
  const tasks = `/proc/${child.pid}/task`;
  const isStopped = (task: string) => {
    const path = `${tasks}/${task}/stat`;
    // A thread that has ended meanwhile answers nobody.
    return !existsSync(path) || / T /.test(readFileSync(path, 'utf8').replace(/^.*\)/, ''));
  };
  while (!readdirSync(tasks).every(isStopped)) await sleep(5);
}

interface Node {
  readonly dir: string;
  readonly config: string;
  readonly port: number;
  readonly addresses: Addresses;
}

/** Writes a node's folder. https://kafka.apache.org/documentation/#brokerconfigs */
function prepare(
  parent: string,
  index: number,
  ports: readonly number[],
  { count, tls, properties, advertised = 0 }: BrokersOptions,
): Node {
  const id = index + 1;
  const dir = join(parent, String(id));
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true });
  const [plain, sasl, secure, astray, controller] = ports.slice(index * 5, index * 5 + 5) as [number, number, number, number, number];
  const voters = Array.from({ length: count }, (_, other) => `${other + 1}@127.0.0.1:${ports[other * 5 + 4]}`);
  const copies = String(count);
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const users = Object.entries(saslUsers).map(([user, password]) => `user_${user}="${password}"`);
  if (tls) writeFileSync(join(dir, 'server.pem'), `${tls.key}\n${tls.cert}`);
  const listeners: Readonly<Record<string, readonly [port: number, protocol: string, advertised: string]>> = {
    PLAIN: [plain, 'PLAINTEXT', `127.0.0.1:${advertised || plain}`],
    SASL: [sasl, 'SASL_PLAINTEXT', `127.0.0.1:${sasl}`],
    ASTRAY: [astray, 'PLAINTEXT', 'kafka-1.invalid:9092'],
    ...(tls && { TLS: [secure, 'SSL', `localhost:${secure}`] as const }),
  };
  const all = Object.entries(listeners);
  writeProperties(join(data, 'meta.properties'), { version: '1', 'cluster.id': clusterId, 'node.id': String(id) });
  writeProperties(join(dir, 'server.properties'), {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    listeners: [...all.map(([name, [port]]) => `${name}://127.0.0.1:${port}`), `CONTROLLER://127.0.0.1:${controller}`].join(','),
    'advertised.listeners': all.map(([name, [, , advertised]]) => `${name}://${advertised}`).join(','),
    'listener.security.protocol.map': [...all.map(([name, [, protocol]]) => `${name}:${protocol}`), 'CONTROLLER:PLAINTEXT'].join(','),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl.plain.sasl.jaas.config': `${module} ${users.join(' ')};`,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    ...(tls && { 'listener.name.tls.ssl.keystore.type': 'PEM', 'listener.name.tls.ssl.keystore.location': join(dir, 'server.pem') }),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS;User:kpi',
    'log.dirs': data,
    'auto.create.topics.enable': 'true',
    'default.replication.factor': copies,
    'min.insync.replicas': count === 3 ? '2' : '1',
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...properties,
  });
  return {
    dir,
    config: join(dir, 'server.properties'),
    port: plain,
    addresses: { plain: `127.0.0.1:${plain}`, sasl: `127.0.0.1:${sasl}`, tls: `localhost:${secure}`, astray: `127.0.0.1:${astray}` },
  };
}

function writeProperties(file: string, properties: Readonly<Record<string, string>>): void {
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
}

/** Whether it takes connections; it does as soon as it is ready. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
