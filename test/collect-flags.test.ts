import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstOnly, transportFault } from '../src/testing/stand-in.ts';
import { pointFormat } from './e2e/formats.ts';
import { newPlace, steady } from './e2e/place.ts';
import { gate, startUpstreams, toGithub, toNuget, type Upstreams } from './e2e/upstreams.ts';

const github = { ...toGithub, orgs: [{ name: 'petabridge' }] };
const nuget = { ...toNuget, owners: ['petabridge'] };
const both = { providers: { github, nuget } };

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());

function placeOf(config: object) {
  return newPlace({ 'kpi.config.json': config }, upstreams.env);
}

describe('kpi collect in a pipe', () => {
  it('tells on stderr of each instance as it ends, and reports on stdout', async () => {
    await using place = placeOf({ providers: { nuget } });
    const { code, stdout, stderr } = await place.kpi(['collect']);
    expect(code).toBe(0);
    expect(stderr).toBe('nuget: ok, 1/1 target, 2 points\n');
    expect(steady(stdout)).toBe(
      [
        'Run RUN  at WHEN  2 points  TOOK',
        'OK, exit 0: all that was required was collected and delivered',
        '',
        'PROVIDER  STATUS  TARGETS  POINTS  PROBLEMS  REQUESTS  RETRIES  TIME',
        'nuget  ok  1  2  0  3  0  TOOK',
        '',
        'SINK  STATUS  OFFERED  ACCEPTED  REJECTED  PENDING  LOST  BACKLOG  TIME',
        'local  ok  2  2  0  0  0  0  TOOK',
        '',
      ].join('\n'),
    );
    expect(place.files()).toEqual(['.kpi', 'kpi.config.json', 'kpi.db']);
  });

  it('--quiet: says nothing when all is well, and all there is to say when it is not', async () => {
    await using place = placeOf({ providers: { nuget: { ...nuget, packages: ['Gone'] } } });
    expect(await place.kpi(['collect', '--quiet', '--fail-on', 'never'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const run = await place.kpi(['collect', '--quiet']);
    expect(run).toMatchObject({ code: 3, stderr: '' });
    expect(run.stdout).toContain('PARTIAL, exit 3: ');
    expect(run.stdout).toContain('Gone');
  });

  it('--verbose: tells what it waits for, as text or as JSON', async () => {
    await using place = placeOf({ providers: { nuget } });
    // The service index is asked first.
    const once = () => firstOnly(transportFault('500-then-well'));
    upstreams.nuget.misbehave(once());
    const text = await place.kpi(['collect', '--verbose']);
    expect(text.code).toBe(0);
    expect(steady(text.stderr)).toMatch(/^WHEN info nuget: waits before another try .*500/m);
    upstreams.nuget.misbehave(once());
    const json = await place.kpi(['collect', '--verbose', '--log-format', 'json']);
    upstreams.nuget.misbehave(undefined);
    expect(json.code).toBe(0);
    const lines = json.stderr.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual({
      time: expect.any(String),
      level: 'info',
      instance: 'nuget',
      message: 'waits before another try',
      facts: expect.objectContaining({ kind: 'server' }),
    });
  });

  it('colours nothing, but for FORCE_COLOR', async () => {
    await using place = placeOf({ providers: { nuget } });
    expect((await place.kpi(['collect'])).stdout).not.toContain('\u001b');
    expect((await place.kpi(['collect'], { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[32mOK');
  });
});

describe('kpi collect --json', () => {
  it('is one document on stdout and nothing else, the same as in --report', async () => {
    await using place = placeOf(both);
    const run = await place.kpi(['collect', '--json', '--report', 'report.json']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(run.stdout);
    expect(report).toMatchObject({ schemaVersion: 1, status: 'ok', providers: [{ name: 'github' }, { name: 'nuget' }] });
    expect(JSON.parse(place.read('report.json'))).toEqual(report);
    expect(place.files()).toEqual(['.kpi', 'kpi.config.json', 'kpi.db', 'report.json']);
  });

  it('says the same of a run that went wrong', async () => {
    await using place = placeOf({ providers: { nuget: { ...toNuget, packages: ['Gone'] } } });
    const run = await place.kpi(['collect', '--json']);
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(run.stdout)).toMatchObject({
      status: 'failed',
      exitCode: 1,
      providers: [{ status: 'failed', problems: [{ severity: 'error', kind: 'not-found', message: expect.stringContaining('Gone') }] }],
    });
  });

  it('is a report too where the file of --report cannot be written in the end', async () => {
    await using place = placeOf({ providers: { nuget } });
    const opened = gate();
    upstreams.nuget.misbehave(opened);
    place.write('reports/old.json', '{}');
    const run = place.start(['collect', '--json', '--report', 'reports/new.json']);
    await opened.reached;
    await place.shell('rm -r reports');
    opened.open();
    upstreams.nuget.misbehave(undefined);
    const { code, stdout } = await run.ended;
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'partial',
      exitCode: 3,
      problems: [{ severity: 'error', message: expect.stringMatching(/^the report could not be written to .*reports\/new\.json: ENOENT/) }],
    });
  });
});

describe('kpi collect --dry-run', () => {
  it('collects for real, and touches nothing', async () => {
    await using place = placeOf({ ...both, sinks: { influxdb: { url: '${NOWHERE}', org: 'a', bucket: 'b', token: '${NOTHING}' } } });
    const asked = upstreams.github.requests.length;
    const { code, stdout } = await place.kpi(['collect', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/dry run {2}6 points/);
    expect(stdout).toContain('OK, exit 0: all that was required was collected; a dry run delivers nothing');
    expect(stdout).not.toContain('SINK');
    expect(upstreams.github.requests.length).toBeGreaterThan(asked);
    expect(place.files()).toEqual(['kpi.config.json']);
  });

  it('--json: has the points in the document, as they come', async () => {
    await using place = placeOf(both);
    const opened = gate();
    upstreams.nuget.misbehave(opened);
    const run = place.start(['collect', '--dry-run', '--json']);
    await opened.reached;
    // The last of GitHub's points: it is here before NuGet has answered at all.
    await run.said('stdout', '"measurement":"github_rate_limit"');
    opened.open();
    upstreams.nuget.misbehave(undefined);
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ dryRun: true, status: 'ok', sinks: [], providers: [{ points: 4 }, { points: 2 }] });
    expect(report.points).toHaveLength(6);
    for (const line of stdout.split('\n').filter((one) => one.includes('"measurement"'))) expect(line.trim()).toMatch(pointFormat);
    expect(Object.keys(report.points[0])).toEqual(['measurement', 'tags', 'fields', 'time']);
    expect(place.files()).toEqual(['kpi.config.json']);
  });

  it('writes the report where it is asked to by name', async () => {
    await using place = placeOf({ providers: { nuget } });
    expect(await place.kpi(['collect', '--dry-run', '--quiet', '--report', 'r.json'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(place.read('r.json'))).toMatchObject({ dryRun: true, providers: [{ points: 2 }] });
    expect(place.files()).toEqual(['kpi.config.json', 'r.json']);
  });
});

describe('kpi collect --dry-run --exit-on-change', () => {
  it('says what a run would change in the store: asks it alone, and writes nothing', async () => {
    const influxdb = { url: '${NOWHERE}', org: 'a', bucket: 'b', token: '${NOTHING}' };
    const sinks = { influxdb, local: { type: 'sqlite', path: 'kpi.db' } };
    await using place = placeOf({ run: { every: '1w' }, providers: { nuget }, sinks });
    const dry = ['collect', '--dry-run', '--exit-on-change'];

    const first = await place.kpi([...dry, '--json']);
    expect(first.code).toBe(4);
    const all = JSON.parse(first.stdout);
    expect(all.points).toHaveLength(2);
    expect(all).toMatchObject({ status: 'ok', exitCode: 4, sinks: [], changes: [{ measurement: 'nuget_package', added: 2 }] });
    expect(place.files()).toEqual(['kpi.config.json']);

    expect((await place.kpi(['collect', '--sinks', 'local'])).code).toBe(0);
    const same = await place.kpi(dry);
    expect(same.code).toBe(0);
    expect(same.stdout).toContain('  nuget_package  +0 ~0 =2\n');

    const db = new DatabaseSync(join(place.dir, 'kpi.db'));
    db.exec("update nuget_package set total_downloads = 7 where package = 'Akka'");
    db.close();
    const before = statSync(join(place.dir, 'kpi.db')).mtimeMs;
    const { code, stdout } = await place.kpi(dry);
    expect(code).toBe(4);
    expect(stdout).toContain('OK, exit 4: the dry run found changes\n');
    expect(stdout).toMatch(/ {2}nuget_package {2}\+0 ~1 =1\n {4}package=Akka \S+ 00:00:00Z total_downloads: 7 → 48000000\n/);
    expect(place.files()).toEqual(['.kpi', 'kpi.config.json', 'kpi.db']);
    expect(statSync(join(place.dir, 'kpi.db')).mtimeMs).toBe(before);
  });
});

describe('a file sink on standard output', () => {
  it('has it for its lines; the report goes to stderr', async () => {
    await using place = placeOf({ providers: { nuget }, sinks: { out: { type: 'file', path: '-' } } });
    const { code, stdout, stderr } = await place.kpi(['collect']);
    expect(code).toBe(0);
    const measurements = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).measurement);
    expect(measurements).toEqual(['nuget_package', 'nuget_package', 'kpi_run', 'kpi_provider_run']);
    expect(stderr).toMatch(/^nuget: ok, 1\/1 target, 2 points\nRun /);
    expect(stderr).toContain('OK, exit 0: ');
  });

  it('that is closed by its reader costs no point: they are pending', async () => {
    await using place = placeOf({ providers: { nuget }, sinks: { out: { type: 'file', path: '-' } } });
    const { stdout, stderr } = await place.shell('$KPI collect | true; $KPI outbox list');
    expect(stderr).toContain('PENDING, exit 75: ');
    expect(stderr).toContain('standard output was closed by its reader');
    expect(stdout).toMatch(/^out +4 +0 /m);
  });
});

describe('what is collected, and where it goes', () => {
  it('--measurements: only these', async () => {
    await using place = placeOf(both);
    const { code, stdout } = await place.kpi(['collect', '--json', '--measurements', 'github_rate_limit,nuget_*']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).providers.map(({ points }: { points: number }) => points)).toEqual([1, 2]);
    expect(place.rows(`select name from kpi_measurement where name not like 'kpi_%' order by name`)).toEqual([
      { name: 'github_rate_limit' },
      { name: 'nuget_package' },
    ]);
    const one = JSON.parse((await place.kpi(['collect', '--json', '--measurements', 'nuget_package'])).stdout);
    expect(one.providers.map(({ name }: { name: string }) => name)).toEqual(['nuget']);
  });

  it('--sinks: only to these', async () => {
    const sinks = {
      sqlite: { path: 'kpi.db' },
      file: { path: 'a.ndjson' },
      influxdb: { url: '${U}', org: 'a', bucket: 'b', token: '${T}' },
    };
    await using place = placeOf({ providers: { nuget }, sinks });
    const { code, stdout } = await place.kpi(['collect', '--json', '--sinks', 'file']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).sinks.map(({ name }: { name: string }) => name)).toEqual(['file']);
    expect(place.files()).toEqual(['.kpi', 'a.ndjson', 'a.ndjson.lock', 'kpi.config.json']);
  });

  it('--env-file: variables that are not set come from it', async () => {
    await using place = placeOf(both);
    place.write('.env', `GITHUB_TOKEN=${upstreams.env.GITHUB_TOKEN}\nNUGET_INDEX=http://127.0.0.1:1\n`);
    const { code } = await place.kpi(['collect', '--env-file', '.env'], { env: { GITHUB_TOKEN: undefined } });
    expect(code).toBe(0);
  });
});

describe('--fail-on', () => {
  const optional = { ...toGithub, repos: ['petabridge/gone'], required: false };
  const required = { ...toNuget, packages: ['Akka', 'Gone'] };
  it.each([
    ['all is well but what is not required', { optional, nuget }, undefined, 0],
    ['all is well but what is not required', { optional, nuget }, 'any', 3],
    ['something that is required fails', { github, required: { ...required, type: 'nuget' } }, undefined, 3],
    ['something that is required fails', { github, required: { ...required, type: 'nuget' } }, 'never', 0],
    ['nothing that is required is there', { nuget: { ...toNuget, packages: ['Gone'] } }, 'never', 1],
  ])('%s (%#): %s ends with %s', async (_, providers, failOn, code) => {
    const given = Object.fromEntries(
      Object.entries(providers).map(([name, one]) => [name, name === 'optional' ? { type: 'github', ...one } : one]),
    );
    await using place = placeOf({ providers: given });
    const run = await place.kpi(['collect', '--json', ...(failOn === undefined ? [] : ['--fail-on', failOn])]);
    expect(run.code).toBe(code);
    // The report keeps the truth.
    expect(JSON.parse(run.stdout)).toMatchObject({ exitCode: code, status: code === 1 ? 'failed' : 'partial' });
  });
});
