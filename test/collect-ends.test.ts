import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, transportFault } from '../src/testing/stand-in.ts';
import { startInflux } from '../src/testing/stand-ins/influxdb/index.ts';
import { flat, newPlace, type Place } from './e2e/place.ts';
import { gate, startUpstreams, toGithub, token, toNuget, type Upstreams } from './e2e/upstreams.ts';

const config = {
  providers: { github: { ...toGithub, orgs: [{ name: 'petabridge' }] }, nuget: { ...toNuget, owners: ['petabridge'] } },
};
const at = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());
beforeEach(() => upstreams.nuget.misbehave(undefined));

/** Does not answer, and tells when it is asked. */
function silence(): Fault & { readonly reached: Promise<void> } {
  const reached = Promise.withResolvers<void>();
  return { name: 'hang', act: () => reached.resolve(), reached: reached.promise };
}

/** Keeps the database from being written until the result is called. */
function locked({ dir }: Place): () => void {
  const other = new DatabaseSync(join(dir, 'kpi.db'));
  other.exec('begin immediate');
  return () => other.close();
}

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s in the middle of a run', (signal, exitCode) => {
  it(`ends it with ${exitCode} within 5 s; what was collected is delivered, and the same run again completes it`, async () => {
    await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
    const silent = silence();
    upstreams.nuget.misbehave(silent);
    const run = place.start(['collect', '--at', at]);
    await Promise.all([silent.reached, run.said('stderr', 'github: ok')]);
    const sent = performance.now();
    run.child.kill(signal);
    const { code, stdout } = await run.ended;
    expect(performance.now() - sent).toBeLessThan(5000);
    expect(code).toBe(exitCode);
    expect(flat(stdout)).toContain(
      `INTERRUPTED, exit ${exitCode}: stopped by ${signal}; what was collected was delivered or kept in the outbox`,
    );
    expect(flat(stdout)).toContain(`✖ interrupted by ${signal} (cancelled)`);
    expect(place.rows('select repo from github_repository')).toHaveLength(3);
    expect(place.rows('select status, exit_code from kpi_run')).toEqual([{ status: 'interrupted', exit_code: exitCode }]);

    upstreams.nuget.misbehave(undefined);
    expect(await place.kpi(['collect', '--at', at, '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(place.rows('select distinct time from github_repository union select time from nuget_package')).toEqual([{ time: at }]);
    expect(place.rows('select (select count(*) from github_repository) repos, (select count(*) from nuget_package) packages')).toEqual([
      { repos: 3, packages: 2 },
    ]);
  });
});

describe('a signal while a sink does not answer', () => {
  it('spools what it has not taken, within 5 s', async () => {
    const influx = await startInflux({ server: 'influxdb2', token, org: 'acme', bucket: 'kpi' });
    const silent = silence();
    influx.misbehave(silent);
    const sinks = {
      local: { type: 'sqlite', path: 'kpi.db' },
      influxdb: { url: influx.url, org: 'acme', bucket: 'kpi', token: '${GITHUB_TOKEN}' },
    };
    await using place = newPlace({ 'kpi.config.json': { ...config, sinks } }, upstreams.env);
    const run = place.start(['collect', '--json']);
    await silent.reached;
    const sent = performance.now();
    run.child.kill('SIGTERM');
    const { code, stdout } = await run.ended;
    await influx.close();
    expect(performance.now() - sent).toBeLessThan(5000);
    expect(code).toBe(143);
    const { sinks: told } = JSON.parse(stdout);
    expect(told).toMatchObject([
      { name: 'local', status: 'ok', accepted: 6, pending: 0, lost: 0 },
      { name: 'influxdb', status: 'pending', offered: 6, accepted: 0, rejected: 0, pending: 6, lost: 0 },
    ]);
    expect(JSON.parse((await place.kpi(['outbox', 'list', '--json'])).stdout)).toMatchObject([
      { sink: 'influxdb', pending: told[1].backlog },
    ]);
  });

  it('spools what a sink that hears of nothing has not taken, within 5 s', async () => {
    await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
    expect((await place.kpi(['collect', '--quiet', '--at', at])).code).toBe(0);
    const silent = silence();
    upstreams.nuget.misbehave(silent);
    const unlock = locked(place);
    const run = place.start(['collect', '--json']);
    await silent.reached;
    const sent = performance.now();
    run.child.kill('SIGTERM');
    const { code, stdout } = await run.ended;
    expect(performance.now() - sent).toBeLessThan(5000);
    unlock();
    expect(code).toBe(143);
    const { sinks } = JSON.parse(stdout);
    expect(sinks).toMatchObject([{ status: 'pending', accepted: 0, lost: 0 }]);
    expect(sinks[0].pending).toBe(sinks[0].offered);
    expect((await place.kpi(['outbox', 'send'])).code).toBe(0);
    expect(place.rows('select status from kpi_run order by time')).toEqual([{ status: 'ok' }, { status: 'interrupted' }]);
  });

  it('ends the run at once when it is the second', async () => {
    await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
    expect((await place.kpi(['collect', '--quiet'])).code).toBe(0);
    const silent = silence();
    upstreams.nuget.misbehave(silent);
    const run = place.start(['collect']);
    await silent.reached;
    const unlock = locked(place);
    run.child.kill('SIGINT');
    await run.said('stderr', 'nuget: failed');
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended;
    unlock();
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });

    upstreams.nuget.misbehave(undefined);
    const next = await place.kpi(['collect']);
    expect(next.code).toBe(0);
    expect(flat(next.stdout)).toMatch(/⚠ run \S+ did not finish; (?:kpi collect --at \S+|this run) completes it/);
    const again = await place.kpi(['collect']);
    expect(again.stdout).not.toContain('did not finish');
  });
});

describe('--timeout', () => {
  it('ends what does not end, keeps what there is, and says so', async () => {
    await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
    upstreams.nuget.misbehave(transportFault('hang'));
    const { code, stdout, ms } = await place.kpi(['collect', '--json', '--timeout', '3s']);
    expect(code).toBe(3);
    expect(ms).toBeLessThan(8000);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      status: 'partial',
      providers: [
        { name: 'github', status: 'ok', points: 4 },
        { name: 'nuget', status: 'failed', points: 0 },
      ],
      sinks: [{ offered: 4, accepted: 4 }],
    });
    expect(report.providers[1].problems).toEqual([{ severity: 'error', kind: 'timeout', message: 'not finished within 3s' }]);
  });
});

describe('two runs at once', () => {
  it('leave each other what they hold: 75 when it is all, 3 when it is some', async () => {
    await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
    const opened = gate();
    upstreams.nuget.misbehave(opened);
    const first = place.start(['collect', '--providers', 'nuget', '--json']);
    await opened.reached;

    const all = await place.kpi(['collect', '--providers', 'nuget']);
    expect(all.code).toBe(75);
    expect(all.stderr).toBe('nuget: skipped, 1 problem\n');
    expect(flat(all.stdout)).toContain('SKIPPED, exit 75: another run holds every selected provider: nothing was collected');
    const some = await place.kpi(['collect', '--json']);
    expect(some.code).toBe(3);
    const report = JSON.parse(some.stdout);
    expect(report).toMatchObject({
      status: 'partial',
      providers: [
        { name: 'github', status: 'ok' },
        { name: 'nuget', status: 'skipped' },
      ],
    });

    opened.open();
    upstreams.nuget.misbehave(undefined);
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    const holder = JSON.parse(stdout).runId;
    expect(report.providers[1].problems).toEqual([{ severity: 'error', kind: 'held', message: `held by run ${holder}` }]);
    expect(all.stdout).toContain(`✖ held by run ${holder} (held)`);
    expect(place.rows('select run_id from nuget_package')).toEqual([{ run_id: holder }, { run_id: holder }]);
    expect(place.rows('select repo from github_repository')).toHaveLength(3);
  });
});
