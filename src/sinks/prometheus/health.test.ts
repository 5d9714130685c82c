import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownEntries, ownMeasurements } from '../../engine/own-points.ts';
import type { Entry } from '../../sdk/index.ts';
import { createSinkContext } from '../../testing/contract/sink.ts';
import { providerReport, runReport } from '../../testing/report.ts';
import { startStandIn, transportFault } from '../../testing/stand-in.ts';
import { startPrometheus } from '../../testing/stand-ins/prometheus/index.ts';
import { exposition } from './exposition.ts';
import { prometheus } from './index.ts';
import { groupingPart } from './pushgateway.ts';
import { writeTextfile } from './textfile.ts';

const now = new Date('2026-11-21T20:10:00.000Z');
const secret = 'a-secret-of-the-tests==';

async function sinkTo(runHealth: object, dir = '.') {
  const server = await startPrometheus({ newest: now });
  onTestFinished(() => server.close());
  const warnings: string[] = [];
  const context = createSinkContext({
    measurements: ownMeasurements,
    now,
    dir,
    log: (level, message, facts) => void (level === 'warn' && warnings.push(`${message} ${JSON.stringify(facts)}`)),
  });
  const sink = await prometheus.open(prometheus.settings.parse({ url: `${server.url}/api/v1/write`, runHealth }), context);
  return { server, sink, warnings };
}

async function pushgateway() {
  const standIn = await startStandIn(({ method, headers }) => {
    if (!['PUT', 'POST'].includes(method)) throw new Error(`no such method: ${method}`);
    if (!headers['content-type']?.startsWith('text/plain')) throw new Error('no text format');
    return { status: 200 };
  });
  onTestFinished(() => standIn.close());
  return standIn;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-prom-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Run {
  readonly minute: number;
  readonly exitCode?: number;
  readonly github?: 'ok' | 'failed';
  readonly only?: readonly string[];
}

function ownRun({ minute, exitCode = 0, github = 'ok', only = ['github', 'nuget'] }: Run): readonly Entry[] {
  const [startedAt, finishedAt] = [0, 2].map((second) => `2026-11-21T20:0${minute}:0${second}.000Z`) as [string, string];
  const providers = only.map((name) =>
    providerReport(name, { points: 412, ms: 1500, status: name === 'github' ? github : 'ok', problemCount: 1 }),
  );
  return ownEntries(runReport({ exitCode, startedAt, finishedAt, providers }), { team: 'a "b"' }, now);
}

const seconds = (time: string) => Date.parse(time) / 1000;

describe('prometheus: the health of runs in a textfile', () => {
  it('is all of it, by the names that it has in Prometheus', async () => {
    const dir = folder();
    const { sink } = await sinkTo({ textfile: 'kpi.prom' }, dir);
    expect(await sink.write(ownRun({ minute: 1 }))).toEqual([]);
    const text = readFileSync(join(dir, 'kpi.prom'), 'utf8');
    const labels = String.raw`shard="1/1",team="a \"b\""`;
    expect(text).toContain(
      `# TYPE kpi_run_last_success_timestamp_seconds gauge\nkpi_run_last_success_timestamp_seconds{${labels}} ${seconds('2026-11-21T20:01:02Z')}\n`,
    );
    expect(text).toContain(`kpi_run_duration_seconds{${labels}} 2\n`);
    expect(text).toContain(
      `kpi_provider_run_points{provider="github",${labels}} 412\nkpi_provider_run_points{provider="nuget",${labels}} 412\n`,
    );
    expect(text).toContain(`kpi_provider_run_problems{provider="github",${labels}} 1\n`);
    expect(text).toContain(`kpi_provider_run_duration_seconds{provider="nuget",${labels}} 1.5\n`);
    // One block a metric, and no timestamps, which the exporter would refuse.
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(types).size).toBe(types.length);
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ \S.*|\w+\{.*\} [\d.]+)$/);
  });

  it('keeps the last success of what failed, and of what was not asked', async () => {
    const dir = folder();
    const { sink } = await sinkTo({ textfile: 'kpi.prom' }, dir);
    const success = (name: RegExp) => new RegExp(`^kpi_${name.source}_last_success\\S* .*$`, 'gm');
    const lines = (name: RegExp) =>
      [...readFileSync(join(dir, 'kpi.prom'), 'utf8').matchAll(success(name))].map(([line]) => line.replace(/^.* /, ''));
    await sink.write(ownRun({ minute: 1 }));
    await sink.write(ownRun({ minute: 2, exitCode: 3, github: 'failed' }));
    const [first, second] = [seconds('2026-11-21T20:01:02Z'), seconds('2026-11-21T20:02:00Z') + 1.5].map(String);
    expect([lines(/run/), lines(/provider_run/)]).toEqual([[first], [second, String(seconds('2026-11-21T20:01:00Z') + 1.5)]]);
    expect(readFileSync(join(dir, 'kpi.prom'), 'utf8')).toMatch(/^kpi_run_exit_code\{.*\} 3$/m);
    await sink.write(ownRun({ minute: 3, only: ['github'] }));
    expect(lines(/provider_run/)).toHaveLength(2);
    expect(lines(/run/)).toEqual([String(seconds('2026-11-21T20:03:02Z'))]);
  });

  it('is readable by others, replaces what is there, and leaves nothing beside it', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'kpi.prom'), 'rubbish\n', { mode: 0o600 });
    const { sink } = await sinkTo({ textfile: 'kpi.prom' }, dir);
    const before = statSync(join(dir, 'kpi.prom')).ino;
    await sink.write(ownRun({ minute: 1 }));
    const after = statSync(join(dir, 'kpi.prom'));
    expect([after.mode & 0o777, after.ino === before]).toEqual([0o644, false]);
    expect(readdirSync(dir)).toEqual(['kpi.prom']);
    expect(readFileSync(join(dir, 'kpi.prom'), 'utf8')).not.toContain('rubbish');
  });

  it('is whole, whoever writes it at the same moment', async () => {
    const dir = folder();
    const path = join(dir, 'kpi.prom');
    // Each is longer than what a disk takes at once, and no two are of one length.
    const groups = Array.from({ length: 12 }, (_, writer) => [
      {
        labels: [],
        isSuccess: false,
        metrics: Array.from({ length: 2000 + 700 * writer }, (_, index) => ({
          name: `kpi_of_${writer}_${index}`,
          type: 'gauge' as const,
          help: 'x',
          value: index,
        })),
      },
    ]);
    await Promise.all(groups.map((group) => writeTextfile(path, group)));
    const texts = groups.map((group) => exposition(group, { labelled: true }));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(dir)).toEqual(['kpi.prom']);
  });

  it('is of the newest run, whatever comes after from the outbox', async () => {
    const dir = folder();
    const { sink, server } = await sinkTo({ textfile: 'kpi.prom' }, dir);
    await sink.write([...ownRun({ minute: 5, exitCode: 3 }), ...ownRun({ minute: 4 })]);
    await sink.write(ownRun({ minute: 2 }));
    expect(readFileSync(join(dir, 'kpi.prom'), 'utf8')).toMatch(/^kpi_run_exit_code\{.*\} 3$/m);
    expect(server.samples().length).toBeGreaterThan(0);
  });

  it('that cannot be written is a warning, and loses nothing', async () => {
    const { sink, warnings, server } = await sinkTo({ textfile: 'nowhere/kpi.prom' }, folder());
    expect(await sink.write(ownRun({ minute: 1 }))).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^the health of the run was not published.*runHealth\.textfile.*ENOENT/)]);
    expect(server.samples().length).toBeGreaterThan(0);
  });

  it('is declared as a file of the sink', () => {
    const parse = (runHealth?: object) => prometheus.settings.parse({ url: 'http://x/api/v1/write', ...(runHealth && { runHealth }) });
    expect(prometheus.files?.(parse({ textfile: 'a/kpi.prom' }))).toEqual([{ setting: 'runHealth.textfile', path: 'a/kpi.prom' }]);
    expect([prometheus.files?.(parse()), prometheus.files?.(parse({ pushgateway: 'http://x' }))]).toEqual([[], []]);
  });
});

describe('prometheus: the health of runs at a Pushgateway', () => {
  it('replaces each group after a success, and leaves the time of the last one after a failure', async () => {
    const gateway = await pushgateway();
    const { sink, warnings } = await sinkTo({ pushgateway: `${gateway.url}/push/`, job: 'kpi' });
    await sink.write(ownRun({ minute: 1 }));
    const groups = ['', '/provider/github', '/provider/nuget'].map(
      (provider) => `/push/metrics/job/kpi${provider}/shard@base64/MS8x/team@base64/${Buffer.from('a "b"').toString('base64url')}`,
    );
    expect(gateway.requests.map(({ method, path }) => [method, path])).toEqual(groups.map((path) => ['PUT', path]));
    expect(gateway.requests[0]?.body).toContain(`\nkpi_run_last_success_timestamp_seconds ${seconds('2026-11-21T20:01:02Z')}\n`);
    expect(gateway.requests[1]?.body).toContain('\nkpi_provider_run_points 412\n');
    await sink.write(ownRun({ minute: 2, exitCode: 3, github: 'failed' }));
    expect(gateway.requests.slice(3).map(({ method }) => method)).toEqual(['POST', 'POST', 'PUT']);
    expect(gateway.requests[3]?.body).not.toContain('last_success');
    expect(warnings).toEqual([]);
  });

  it('is asked with the user of its own address alone', async () => {
    const gateway = await pushgateway();
    const { sink } = await sinkTo({ pushgateway: gateway.url.replace('//', `//ada:${secret.replaceAll('=', '%3D')}@`) });
    await sink.write(ownRun({ minute: 1 }));
    expect(gateway.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`);
  });

  it.each(['refuse', 'html-200', '401', '502-html', 'redirect-other-origin'] as const)('that fails (%s) is a warning', async (name) => {
    const gateway = await pushgateway();
    gateway.misbehave(transportFault(name));
    const { server, sink, warnings } = await sinkTo({ pushgateway: gateway.url });
    const settled = await sink.write(ownRun({ minute: 1 }));
    expect(settled).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^the health of the run was not published; its points are stored .*runHealth\.pushgateway/),
    ]);
    expect(gateway.other.requests).toEqual([]);
    expect(server.samples().length).toBeGreaterThan(0);
  });

  it.each([
    ['job', 'kpi', 'job/kpi'],
    ['shard', '1/1', 'shard@base64/MS8x'],
    ['team', '', 'team@base64/='],
    ['team', 'a b', 'team@base64/YSBi'],
    ['team', 'ü', 'team@base64/w7w'],
    ['team', '..', 'team@base64/Li4'],
  ])('has the label %s "%s" in its path as %s', (label, value, expected) => {
    expect(groupingPart(label, value)).toBe(expected);
  });
});

it('prometheus: only a run tells of its health', async () => {
  const gateway = await pushgateway();
  const { sink } = await sinkTo({ pushgateway: gateway.url });
  await sink.write([]);
  expect(gateway.requests).toEqual([]);
});
