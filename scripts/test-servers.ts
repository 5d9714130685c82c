import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server, and the tests that need it. */
interface Server {
  /** The program, as its package calls it. */
  readonly program: string;
  readonly install: string;
  /** Where the tests find its address. */
  readonly variable: string;
  readonly tests: string;
  arguments(dir: string, port: number): readonly string[];
  /** Answers 200 when it is ready. */
  readonly ready: string;
}

const servers: readonly Server[] = [
  {
    program: 'victoria-metrics',
    install: 'apt-get install -y victoria-metrics',
    variable: 'KPI_TEST_VICTORIA_METRICS',
    tests: 'test/servers/victoria-metrics.test.ts',
    // By default it drops, without a word, what is older than a month.
    arguments: (dir, port) => [
      `-storageDataPath=${dir}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-loggerLevel=WARN',
    ],
    ready: '/health',
  },
];

let exitCode = 0;
for (const server of servers) {
  const program = find(server.program);
  if (!program) {
    console.log(`SKIPPED ${server.tests}: ${server.program} is not installed here; to install it: ${server.install}`);
    if (process.env.CI) exitCode = 1;
    continue;
  }
  const code = await withServer(server, program, (url) => runTests(server, url));
  if (code !== 0) exitCode = 1;
}
process.exitCode = exitCode;

/** Starts the server on a free port with a folder of its own, and stops it after `work`. */
async function withServer(server: Server, program: string, work: (url: string) => Promise<number>): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), `kpi-${server.program}-`));
  const port = await freePort();
  const child = spawn(program, server.arguments(dir, port), { stdio: ['ignore', 'inherit', 'inherit'] });
  const over = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilReady(child, url + server.ready);
    console.log(`${server.program} (process ${child.pid}) listens at ${url}`);
    return await work(url);
  } finally {
    child.kill('SIGTERM');
    await over;
    await rm(dir, { recursive: true, force: true });
  }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode} before it was ready`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error(`the server was not ready within 10 s: no answer from ${url}`);
}

function runTests(server: Server, url: string): Promise<number> {
  const child = spawn(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), 'run', server.tests], {
    stdio: 'inherit',
    // The first lets vitest find tests that need a server.
    env: { ...process.env, KPI_TEST_SERVERS: '1', [server.variable]: url },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
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
function find(program: string): string | undefined {
  const paths = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, program));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
