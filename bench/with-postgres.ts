import { execFileSync, spawn } from 'node:child_process';
import { chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const password = 'a-token-for-the-benchmark';

/** Runs `work` beside a PostgreSQL of its own, as Debian installs it, with its settings as they come: an acknowledged row is on disk. */
export async function withPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const [bin] = globSync('/usr/lib/postgresql/*/bin').sort().reverse();
  if (bin === undefined) throw new Error('there is no PostgreSQL here: apt-get install -y postgresql');
  const dir = mkdtempSync(join(tmpdir(), 'kpi-bench-postgres-'));
  const owner = ownerOf();
  if (owner) chownSync(dir, owner.uid, owner.gid);
  writeFileSync(join(dir, 'password'), password);
  const options = ['--pgdata', join(dir, 'data'), '--username=kpi', '--auth=scram-sha-256', '--encoding=UTF8'];
  execFileSync(join(bin, 'initdb'), [...options, `--pwfile=${join(dir, 'password')}`], { ...owner, cwd: dir, stdio: 'ignore' });
  const port = await freePort();
  const child = spawn(join(bin, 'postgres'), ['-D', join(dir, 'data'), '-h', '127.0.0.1', '-p', String(port), '-k', dir], {
    ...owner,
    cwd: dir,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const url = `postgres://kpi:${password}@127.0.0.1:${port}/postgres`;
    await untilReady(url);
    return await work(url);
  } finally {
    child.kill('SIGINT');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
}

/** It does not run as root. */
function ownerOf(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('PostgreSQL was not ready within 10 s');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
