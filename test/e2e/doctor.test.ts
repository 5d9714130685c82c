import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/app.ts';
import { type InfluxStandIn, startInflux } from '../../src/testing/stand-ins/influxdb/index.ts';
import { newPlace } from './place.ts';
import { bare, isStyled, onTerminal } from './terminal.ts';
import { startUpstreams, toGithub, token, toNuget, type Upstreams } from './upstreams.ts';

const influxToken = 'an-influx-token-of-tests';
let upstreams: Upstreams;
let influx: InfluxStandIn;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  upstreams = await startUpstreams();
  influx = await startInflux({ server: 'influxdb2', token: influxToken, org: 'acme', bucket: 'kpi' });
  env = { ...upstreams.env, INFLUX_TOKEN: influxToken, INFLUX_URL: influx.url };
});
afterAll(() => Promise.all([upstreams.close(), influx.close()]));

const config = {
  providers: {
    github: { ...toGithub, orgs: [{ name: 'petabridge' }], repos: ['akkadotnet/akka.net'] },
    nuget: { ...toNuget, packages: ['Akka'] },
  },
  sinks: {
    local: { type: 'sqlite', path: 'kpi.db' },
    archive: { type: 'file', path: 'points.ndjson' },
    influxdb: { url: '${INFLUX_URL}', org: 'acme', bucket: 'kpi', token: '${INFLUX_TOKEN}' },
  },
};
const files = { 'kpi.config.json': config };

function diagnosisOf({ stdout }: { readonly stdout: string }): Diagnosis {
  return JSON.parse(stdout) as Diagnosis;
}

const wrong = ({ findings }: Diagnosis) =>
  findings
    .filter(({ status }) => status === 'error' || status === 'warning')
    .map(({ name, check, status }) => `${name} ${check} ${status}`);

describe.concurrent('kpi doctor', () => {
  it('finds all well before the first run, and leaves the folder and the store as they are', async ({ onTestFinished }) => {
    // One of its own: the checks of the tests beside this one leave a row in theirs for a moment.
    const untouched = await startInflux({ server: 'influxdb2', token: influxToken, org: 'acme', bucket: 'kpi' });
    onTestFinished(() => untouched.close());
    await using place = newPlace(files, { ...env, INFLUX_URL: untouched.url });
    const run = await place.kpi(['doctor']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/, 0 warnings, 0 errors, 0 skipped\nExit code 0: nothing stands in the way of a run\n$/);
    expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(place.files()).toEqual(['kpi.config.json']);
    expect(untouched.rows()).toEqual([]);
    expect([...upstreams.github.unexpected, ...upstreams.nuget.unexpected, ...untouched.unexpected]).toEqual([]);
  });

  it('says of what a run left behind how it is delivered, and finds nothing after that', async () => {
    await using place = newPlace({ 'kpi.config.json': { ...config, sinks: { later: { type: 'file', path: 'no/points.ndjson' } } } }, env);
    expect((await place.kpi(['collect', '--quiet'])).code).toBe(75);
    const first = await place.kpi(['doctor', '--json']);
    expect(first.code).toBe(1);
    const { findings } = diagnosisOf(first);
    const mends = findings.flatMap(({ mend }) => mend ?? []);
    expect(mends).toEqual([`mkdir -p ${join(place.dir, 'no')}`, 'kpi outbox send --sink later']);
    for (const mend of mends) expect(await place.shell(mend.replace(/^kpi /, '$KPI '))).toMatchObject({ code: 0 });
    expect(await place.kpi(['doctor'])).toMatchObject({ code: 0 });
  });

  it('goes on past what is wrong: a token, a variable that is not set, a store that is away', async () => {
    await using place = newPlace(files, { ...env, GITHUB_TOKEN: 'ghp_not0the0right0token', INFLUX_TOKEN: '' });
    const run = await place.kpi(['doctor', '--json']);
    expect(run).toMatchObject({ code: 3, stderr: '' });
    expect(wrong(diagnosisOf(run))).toEqual(['kpi.config.json variables error', 'github credential error']);
    const away = await place.kpi(['doctor', '--json', '--sinks', 'influxdb', '--providers', 'nuget'], {
      env: { INFLUX_TOKEN: influxToken, INFLUX_URL: 'http://127.0.0.1:1' },
    });
    expect(away.code).toBe(1);
    expect(wrong(diagnosisOf(away))).toEqual(['influxdb access error']);
  });

  it('shows no secret, in no form of output', async () => {
    await using place = newPlace(files, { ...env, GITHUB_TOKEN: 'ghp_not0the0right0token' });
    for (const args of [['doctor'], ['doctor', '--json'], ['doctor', '--verbose']]) {
      const { stdout, stderr } = await place.kpi(args);
      for (const secret of ['ghp_not0the0right0token', influxToken, token]) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('needs no variable offline, and asks nobody', async () => {
    await using place = newPlace(files);
    const run = await place.kpi(['doctor', '--offline', '--json']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { findings, status } = diagnosisOf(run);
    expect(status).toBe('ok');
    expect(findings.filter((one) => one.status === 'skipped').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['github', 'nuget', 'local', 'archive', 'influxdb']),
    );
  });

  it('lists all problems of a config that is wrong, and ends with 1', async () => {
    const bad = { ...config, run: { every: '7h' }, providers: { ...config.providers, foo: {} } };
    await using place = newPlace({ 'kpi.config.json': bad }, env);
    const run = await place.kpi(['doctor']);
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(run.stdout).toContain('run.every');
    expect(run.stdout).toContain('providers.foo');
    place.write('kpi.config.json', '{ "providers": ');
    expect(diagnosisOf(await place.kpi(['doctor', '--json']))).toMatchObject({ exitCode: 1, status: 'error' });
    place.write('kpi.config.json', config);
    chmodSync(join(place.dir, 'kpi.config.json'), 0o000);
    mkdirSync(join(place.dir, 'other.json'));
    expect(diagnosisOf(await place.kpi(['doctor', '--json', '--config', 'other.json']))).toMatchObject({ exitCode: 1 });
  });

  it('says that there is no config', async () => {
    await using place = newPlace({});
    const run = await place.kpi(['doctor']);
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(run.stdout).toContain('there is no config');
  });

  it('refuses what it has not with 64', async () => {
    await using place = newPlace(files, env);
    expect(await place.kpi(['doctor', '--providers', 'gthub'])).toMatchObject({ code: 64, stdout: '' });
    expect(await place.kpi(['doctor', 'now'])).toMatchObject({ code: 64, stdout: '' });
  });

  it('takes no lease from a run, and tells who has it', async () => {
    await using place = newPlace(files, env);
    const slow = await startUpstreams();
    slow.github.misbehave({ name: 'hang', act: () => undefined });
    try {
      const run = place.start(['collect', '--providers', 'github', '--sinks', 'local'], { env: { GITHUB_URL: slow.github.url } });
      await run.said('stderr', '').catch(() => undefined);
      while (slow.github.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const { findings } = diagnosisOf(await place.kpi(['doctor', '--json', '--providers', 'nuget', '--sinks', 'archive']));
      const leases = findings.filter(({ check }) => check === 'lease').map(({ message }) => message);
      expect(leases).toContainEqual(expect.stringMatching(/^instance\/github: held by run \S+, which is at work on /));
      run.child.kill('SIGKILL');
      await run.ended;
      const after = diagnosisOf(await place.kpi(['doctor', '--json', '--providers', 'nuget', '--sinks', 'archive'])).findings;
      expect(after).toContainEqual(
        expect.objectContaining({ check: 'runs', status: 'warning', mend: expect.stringContaining('kpi collect --at ') }),
      );
      expect(after).toContainEqual(
        expect.objectContaining({ check: 'lease', message: expect.stringContaining('whose process has ended') }),
      );
    } finally {
      await slow.close();
    }
  });
});

it('is coloured on a terminal', async () => {
  await using place = newPlace(files, env);
  const { code, sent } = await onTerminal(['doctor'], { cwd: place.dir, env }).ended;
  expect(code).toBe(0);
  expect(isStyled(sent)).toBe(true);
  expect(bare(sent)).toContain('✔  github');
});
