import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, globSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaJars } from './kafka/jars.ts';

/** Tests, and the real servers that run beside them: each is started for all of these, and skipped where it is not installed. */
interface Suite {
  readonly tests: readonly string[];
  readonly servers: readonly Server[];
}

interface Server {
  /** The program, as its package calls it. */
  readonly program: string;
  readonly install: string;
  /** Where the tests find its address. */
  readonly variable: string;
  /** What ends it at once; `SIGINT` where it does not say. */
  readonly stop?: NodeJS.Signals;
  /** Where packages put the program besides the PATH. */
  readonly places?: string;
  /** Whose process it must be, where the script is root's. */
  readonly user?: string;
  /** Makes the folder ready, as that user; `found` are the addresses of the servers before it, by their variables. */
  prepare?(program: string, dir: string, owner: Owner, port: number, found: Addresses): void;
  arguments(dir: string, port: number): readonly string[];
  /** What the tests are told. */
  address(port: number, dir: string): string;
  isReady(port: number, program: string): Promise<boolean>;
}

type Addresses = Readonly<Record<string, string>>;
type Owner = { readonly uid: number; readonly gid: number } | undefined;

const postgresPassword = 'pass-of-kpi-0123456789';

const victoriaMetrics: Server = {
  program: 'victoria-metrics',
  install: 'apt-get install -y victoria-metrics',
  variable: 'KPI_TEST_VICTORIA_METRICS',
  // By default it drops, without a word, what is older than a month.
  arguments: (dir, port) => [`-storageDataPath=${dir}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y', '-loggerLevel=WARN'],
  address: (port) => `http://127.0.0.1:${port}`,
  isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
};

/** Prometheus, as a user would start it to be written to; `window` is its `out_of_order_time_window`. */
function prometheus(variable: string, window?: string): Server {
  return {
    program: 'prometheus',
    install: 'apt-get install -y prometheus',
    variable,
    prepare(_program, dir) {
      writeFileSync(
        join(dir, 'prometheus.yml'),
        window === undefined ? '' : `storage: { tsdb: { out_of_order_time_window: ${window} } }\n`,
      );
    },
    arguments: (dir, port) => [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      // It tells of each refused sample in an error.
      '--log.level=error',
    ],
    address: (port) => `http://127.0.0.1:${port}`,
    isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
  };
}

const pushgateway: Server = {
  program: 'prometheus-pushgateway',
  install: 'apt-get install -y prometheus-pushgateway',
  variable: 'KPI_TEST_PUSHGATEWAY',
  arguments: (_dir, port) => [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
  address: (port) => `http://127.0.0.1:${port}`,
  isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok,
};

const nodeExporter: Server = {
  program: 'prometheus-node-exporter',
  install: 'apt-get install -y prometheus-node-exporter',
  variable: 'KPI_TEST_NODE_EXPORTER',
  arguments: (dir, port) => [
    `--web.listen-address=127.0.0.1:${port}`,
    '--collector.disable-defaults',
    '--collector.textfile',
    `--collector.textfile.directory=${dir}`,
    '--log.level=error',
  ],
  // The folder that it reads is the fragment.
  address: (port, dir) => `http://127.0.0.1:${port}/metrics#${dir}`,
  isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).ok,
};

const postgres: Server = {
  program: 'postgres',
  install: 'apt-get install -y postgresql',
  variable: 'KPI_TEST_POSTGRESQL',
  places: '/usr/lib/postgresql/*/bin',
  // It does not run as root.
  user: 'postgres',
  prepare(program, dir, owner) {
    writeFileSync(join(dir, 'password'), postgresPassword);
    const options = ['--pgdata', join(dir, 'data'), '--username=kpi', '--auth=scram-sha-256', '--encoding=UTF8', '--no-sync'];
    execFileSync(join(dirname(program), 'initdb'), [...options, `--pwfile=${join(dir, 'password')}`], {
      ...owner,
      stdio: 'ignore',
      cwd: dir,
    });
  },
  arguments: (dir, port) => [
    '-D',
    join(dir, 'data'),
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-k',
    dir,
    '-c',
    'fsync=off',
    '-c',
    'log_min_messages=fatal',
  ],
  address: (port) => `postgres://kpi:${postgresPassword}@127.0.0.1:${port}/postgres`,
  isReady: async (port, program) => spawnSync(join(dirname(program), 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)]).status === 0,
};

/** Gives each transaction another connection, as it is often run before PostgreSQL. */
const pgbouncer: Server = {
  program: 'pgbouncer',
  install: 'apt-get install -y pgbouncer',
  variable: 'KPI_TEST_PGBOUNCER',
  places: '/usr/sbin',
  stop: 'SIGTERM',
  // It does not run as root.
  user: 'postgres',
  prepare(_program, dir, _owner, port, { [postgres.variable]: behind = '' }) {
    const { hostname, port: serverPort } = new URL(behind);
    writeFileSync(join(dir, 'users'), `"kpi" "${postgresPassword}"\n`);
    const lines = [
      '[databases]',
      `* = host=${hostname} port=${serverPort}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${join(dir, 'users')}`,
      'pool_mode = transaction',
      'default_pool_size = 4',
      'log_connections = 0',
      'log_disconnections = 0',
      'log_pooler_errors = 0',
      'log_stats = 0',
    ];
    writeFileSync(join(dir, 'pgbouncer.ini'), `${lines.join('\n')}\n`);
  },
  arguments: (dir) => ['--quiet', join(dir, 'pgbouncer.ini')],
  address: (port) => `postgres://kpi:${postgresPassword}@127.0.0.1:${port}/postgres`,
  isReady: (port) => isListening(port),
};

const suites: readonly Suite[] = [
  {
    tests: ['test/servers/victoria-metrics.test.ts', 'test/servers/prometheus.test.ts'],
    servers: [
      victoriaMetrics,
      prometheus('KPI_TEST_PROMETHEUS'),
      prometheus('KPI_TEST_PROMETHEUS_WINDOW', '90d'),
      pushgateway,
      nodeExporter,
    ],
  },
  {
    tests: [
      'test/servers/postgres-sink.test.ts',
      'test/servers/postgres-collect.test.ts',
      'test/servers/postgres-compare.test.ts',
      'test/servers/postgresql.test.ts',
    ],
    servers: [postgres, pgbouncer],
  },
];

let exitCode = 0;
for (const { tests, servers } of suites) {
  const code = await withServers(servers, tests, {});
  if (code !== 0) exitCode = 1;
}
exitCode = Math.max(exitCode, await runKafkaTests());
process.exitCode = exitCode;

/** Starts the servers one after the other, runs the tests with the addresses of all, and stops them again. */
async function withServers(servers: readonly Server[], tests: readonly string[], found: Addresses): Promise<number> {
  const [server, ...others] = servers;
  if (!server) return Object.keys(found).length === 0 ? 0 : await runTests(tests, found, ['--no-file-parallelism']);
  const program = find(server);
  if (program)
    return await withServer(server, program, found, (address) => withServers(others, tests, { ...found, [server.variable]: address }));
  console.log(`SKIPPED in ${tests.join(' and ')}: ${server.program} is not installed here; to install it: ${server.install}`);
  if (process.env.CI) exitCode = 1;
  return await withServers(others, tests, found);
}

/** Kafka's tests start and stop their brokers themselves: they kill some in the middle. Here the program is brought. */
async function runKafkaTests(): Promise<number> {
  const tests = 'test/servers/kafka*.test.ts';
  const found = kafkaJars();
  if ('jars' in found) return await runTests(['test/servers/kafka'], { KPI_TEST_KAFKA: found.jars });
  console.log(`SKIPPED ${tests}: ${found.missing}`);
  return process.env.CI ? 1 : 0;
}

/** Starts the server on a free port with a folder of its own, and stops it after `work`. */
async function withServer(server: Server, program: string, found: Addresses, work: (address: string) => Promise<number>): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), `kpi-${server.program}-`));
  const owner = ownerOf(server);
  if (owner) chownSync(dir, owner.uid, owner.gid);
  const port = await freePort();
  server.prepare?.(program, dir, owner, port, found);
  const child = spawn(program, server.arguments(dir, port), { ...owner, cwd: dir, stdio: ['ignore', 'inherit', 'inherit'] });
  const over = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    await untilReady(child, server, port, program);
    console.log(`${server.program} (process ${child.pid}) listens at 127.0.0.1:${port}`);
    return await work(server.address(port, dir));
  } finally {
    // PostgreSQL then ends without waiting for those who are connected.
    child.kill(server.stop ?? 'SIGINT');
    await over;
    await rm(dir, { recursive: true, force: true });
  }
}

function ownerOf({ user }: Server): Owner {
  if (user === undefined || process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function untilReady(child: ChildProcess, server: Server, port: number, program: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${server.program} ended with code ${child.exitCode} before it was ready`);
    if (await server.isReady(port, program).catch(() => false)) return;
    await sleep(50);
  }
  throw new Error(`${server.program} was not ready within 10 s at port ${port}`);
}

/** Files that share a server come one after the other: some of them change its settings. */
function runTests(tests: readonly string[], addresses: Addresses, flags: readonly string[] = []): Promise<number> {
  const child = spawn(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...flags, ...tests], {
    stdio: 'inherit',
    // The first lets vitest find tests that need a server.
    env: { ...process.env, KPI_TEST_SERVERS: '1', ...addresses },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The program's path; undefined when it is not installed. */
function find({ program, places }: Server): string | undefined {
  const folders = [...(places ? globSync(places).sort().reverse() : []), ...(process.env.PATH ?? '').split(delimiter)];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
