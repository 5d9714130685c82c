import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPlace } from '../e2e/place.ts';
import { gate, startUpstreams, toNuget, type Upstreams } from '../e2e/upstreams.ts';
import { connected, drop } from './postgres/place.ts';
import { startProxy } from './postgres/proxy.ts';

/** Set by `npm run test:servers`, which starts the server. */
const direct = process.env.KPI_TEST_POSTGRESQL ?? '';
const url = direct === '' ? new URL('postgres://nobody@127.0.0.1/none') : new URL(direct);

describe.skipIf(direct === '')('kpi with PostgreSQL (npm run test:servers)', () => {
  let admin: Client;
  let upstreams: Upstreams;
  const schema = `collect_${process.pid}`;
  /** The database is told by the variables of PostgreSQL alone. */
  const env = () => ({
    ...upstreams.env,
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: url.username,
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: url.pathname.slice(1),
    PGSSLMODE: 'disable',
  });
  const config = (own: object = {}) => ({
    providers: { nuget: { ...toNuget, owners: ['petabridge'] } },
    sinks: { postgres: { schema } },
    ...own,
  });

  beforeAll(async () => {
    admin = await connected(direct);
    upstreams = await startUpstreams();
  });
  afterAll(async () => {
    await drop(admin, schema);
    await admin.end();
    await upstreams.close();
  });

  const rows = async (table: string) => (await admin.query(`select * from ${schema}.${table}`)).rows;

  it('keeps points until `kpi db init` was run, delivers them then, and twice is once', async () => {
    await using place = newPlace({ 'kpi.config.json': config() }, env());
    const at = new Date().toISOString();
    const before = await place.kpi(['collect', '--at', at, '--json']);
    expect(before.code).toBe(75);
    const [pending] = JSON.parse(before.stdout).sinks;
    expect(pending).toMatchObject({ status: 'pending', accepted: 0, rejected: 0, lost: 0 });
    expect(pending.problems[0].message).toMatch(/^the schema \w+ has no tables of kpi in the database postgres at .*: run `kpi db init`$/);
    expect(before.stdout + before.stderr).not.toContain(decodeURIComponent(url.password));

    const init = await place.kpi(['db', 'init']);
    expect([init.code, init.stdout.replace(/\s+/g, ' ')]).toEqual([
      0,
      expect.stringContaining(`create role "kpi_collect" login password '…' in role "${schema}_writer"`),
    ]);
    const after = await place.kpi(['collect', '--at', at, '--json']);
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout).sinks[0]).toMatchObject({ status: 'ok', backlog: 0 });
    const stored = await rows('nuget_package');
    expect(stored.map(({ package: id }) => id).sort()).toEqual(['Akka', 'Akka.Hosting']);
    expect((await place.kpi(['db', 'status'])).stdout).toMatch(/nuget_package/);
    expect((await place.kpi(['doctor', '--sinks', 'postgres'])).stdout).toContain('a row was written, read and taken back');
  });

  it('shares its memory: what one machine ran another sees, and what one holds another leaves alone', async () => {
    const files = { 'kpi.config.json': config({ store: 'postgres', run: { state: 'store' } }) };
    await using one = newPlace(files, env());
    await using other = newPlace(files, env());
    expect((await one.kpi(['db', 'init'])).code).toBe(0);
    const stop = gate();
    upstreams.nuget.misbehave(stop);
    const first = one.start(['collect', '--json']);
    await stop.reached;
    const second = await other.kpi(['collect', '--json']);
    upstreams.nuget.misbehave(undefined);
    stop.open();
    const ended = await first.ended;
    const { runId } = JSON.parse(ended.stdout);
    expect(ended.code).toBe(0);
    expect(second.code).toBe(75);
    expect(JSON.parse(second.stdout).providers[0]).toMatchObject({
      status: 'skipped',
      problems: [{ message: expect.stringContaining(runId) }],
    });
    const seen = JSON.parse((await other.kpi(['runs', '--json'])).stdout);
    expect(JSON.stringify(seen)).toContain(runId);
    expect(one.files('.kpi')).not.toContain('state.db');
  });

  it('starts no run where its memory is away, and says so in one sentence', async () => {
    const proxy = await startProxy(url.hostname, Number(url.port));
    const mend = await proxy.cut();
    await using place = newPlace(
      { 'kpi.config.json': config({ store: 'postgres', run: { state: 'store' } }) },
      { ...env(), PGPORT: String(proxy.port) },
    );
    const { code, stderr } = await place.kpi(['collect']);
    const asked = await place.kpi(['runs', '--json']);
    await mend();
    await proxy.close();
    // Nothing is wrong with the config: the same again may do.
    expect([code, stderr]).toEqual([
      75,
      expect.stringMatching(
        /^kpi: run\.state is "store", and the database postgres at 127\.0\.0\.1:\d+ refuses the connection: nothing was started, try again later\n$/,
      ),
    ]);
    expect(asked.code).toBe(75);
    expect(JSON.parse(asked.stdout)).toMatchObject({ exitCode: 75, error: { kind: 'unavailable' } });
  });
});
