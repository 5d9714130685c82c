import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { identityOf, isCollected, type Kind } from '../store.ts';
import { findProgram, freePort, ownerNamed, startServer } from './server.ts';

const password = 'a-password-of-the-torture';
const places = '/usr/lib/postgresql/*/bin';

/** PostgreSQL as Debian installs it, with its settings as they come: an acknowledged row is on disk. */
export const postgres: Kind = {
  rerun: 'merges',
  missing: () =>
    findProgram('postgres', places) ? undefined : 'postgres is not installed here; to install it: apt-get install -y postgresql',
  async start() {
    const path = findProgram('postgres', places) ?? '';
    // Not in the folder of the trial, which is its user's alone.
    const dir = mkdtempSync(join(tmpdir(), 'kpi-torture-postgres-'));
    const owner = ownerNamed('postgres');
    if (owner) chownSync(dir, owner.uid, owner.gid);
    writeFileSync(join(dir, 'password'), password);
    const options = ['--pgdata', join(dir, 'data'), '--username=kpi', '--auth=scram-sha-256', '--encoding=UTF8'];
    execFileSync(join(dirname(path), 'initdb'), [...options, `--pwfile=${join(dir, 'password')}`], { ...owner, cwd: dir, stdio: 'ignore' });
    const port = await freePort();
    const url = (at: number) => `postgres://kpi:${password}@127.0.0.1:${at}/postgres`;
    const server = await startServer({
      path,
      args: ['-D', join(dir, 'data'), '-h', '127.0.0.1', '-p', String(port), '-k', dir],
      dir,
      owner,
      isReady: () => connected(url(port), async () => true),
    });
    return {
      port,
      entry: (at) => ({ type: 'postgres', url: url(at).replace(password, '${TORTURE_PASSWORD}'), autoInit: true }),
      env: { TORTURE_PASSWORD: password },
      identities: () => connected(url(port), identitiesIn),
      count: () => connected(url(port), countIn),
      stop: server.stop,
      start: server.start,
      async close() {
        await server.close();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  },
};

async function connected<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  // It may be stopped meanwhile.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function collectedIn(client: Client): Promise<readonly { readonly name: string; readonly tags: readonly string[] }[]> {
  const { rows } = await client.query(`select to_regclass('kpi.kpi_measurement') is not null as there`);
  if (!rows[0].there) return [];
  const declared = await client.query('select name, tags from kpi.kpi_measurement');
  return declared.rows.filter(({ name }) => isCollected(name));
}

async function identitiesIn(client: Client): Promise<readonly string[]> {
  const all: string[] = [];
  for (const { name, tags } of await collectedIn(client)) {
    const { rows } = await client.query(`select * from kpi."${name}"`);
    for (const row of rows) {
      const own = tags.filter((tag) => row[tag] !== '').map((tag) => [tag, row[tag]]);
      all.push(identityOf(name, Object.fromEntries(own), row.time));
    }
  }
  return all;
}

async function countIn(client: Client): Promise<number> {
  let all = 0;
  for (const { name } of await collectedIn(client))
    all += Number((await client.query(`select count(*) as n from kpi."${name}"`)).rows[0].n);
  return all;
}
