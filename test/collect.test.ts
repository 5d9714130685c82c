import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointFormat } from './e2e/formats.ts';
import { newPlace, type Place, type Row } from './e2e/place.ts';
import { readmeConfig, startUpstreams, type Upstreams } from './e2e/upstreams.ts';

const at = new Date().toISOString();
/** The start of the four hours that hold it. */
const time = new Date(Math.floor(Date.parse(at) / 14_400_000) * 14_400_000).toISOString();
const collect = ['collect', '--providers', 'nuget,github', '--at', at];
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let upstreams: Upstreams;
let place: Place;
let report: Record<string, unknown>;

beforeAll(async () => {
  upstreams = await startUpstreams();
  place = newPlace({ 'kpi.config.json': readmeConfig() }, upstreams.env);
  const run = await place.kpi([...collect, '--json']);
  expect(run).toMatchObject({ code: 0, signal: null, stderr: '' });
  report = JSON.parse(run.stdout);
});

afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await upstreams.close();
});

function seriesOf(measurement: string, tags: Readonly<Record<string, string>>): string {
  const text = JSON.stringify([measurement, ...Object.entries(tags).sort()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

describe("the README's config, collected", () => {
  it('needs no site for two other providers, and no stand-in was asked what it does not understand', () => {
    expect(upstreams.github.unexpected).toEqual([]);
    expect(upstreams.nuget.unexpected).toEqual([]);
  });

  it('ends with one document that says so', () => {
    expect(report).toMatchObject({
      schemaVersion: 1,
      status: 'ok',
      exitCode: 0,
      dryRun: false,
      at: time,
      window: null,
      problems: [],
      providers: [
        { name: 'github', type: 'github', status: 'ok', at: time, targets: 2, points: 4, requests: 2, retries: 0, problemCount: 0 },
        { name: 'nuget', type: 'nuget', status: 'ok', at: time, targets: 2, points: 2, retries: 0, quota: null, problemCount: 0 },
      ],
      sinks: [
        { name: 'local', type: 'sqlite', status: 'ok', offered: 6, accepted: 6, rejected: 0, pending: 0, lost: 0, backlog: 0 },
        { name: 'archive', type: 'file', status: 'ok', offered: 4, accepted: 4, rejected: 0, pending: 0, lost: 0, backlog: 0 },
      ],
    });
  });

  it('makes a table of each measurement, and what is to be asked across them', () => {
    const objects = place.rows(`select type, name from sqlite_schema where name not like 'sqlite_%' order by type, name`);
    expect(objects.map(({ type, name }) => `${type} ${name}`)).toEqual([
      'table github_rate_limit',
      'table github_repository',
      'table kpi_measurement',
      'table kpi_provider_run',
      'table kpi_run',
      'table nuget_package',
      'view kpi_series',
    ]);
  });

  it('has a row of each repository: times as text, flags as 0 and 1, numbers as numbers', () => {
    const rows = place.rows('select * from github_repository order by repo');
    expect(rows.map(({ repo }) => repo)).toEqual(['akkadotnet/akka.net', 'petabridge/Phobos', 'petabridge/TurboMqtt']);
    expect(rows[0]).toEqual({
      series: seriesOf('github_repository', { repo: 'akkadotnet/akka.net' }),
      time,
      repo: 'akkadotnet/akka.net',
      stars: 4700,
      forks: expect.any(Number),
      watchers: expect.any(Number),
      open_issues: expect.any(Number),
      closed_issues: expect.any(Number),
      total_issues: expect.any(Number),
      open_prs: expect.any(Number),
      closed_prs: expect.any(Number),
      merged_prs: expect.any(Number),
      total_prs: expect.any(Number),
      is_archived: 0,
      is_template: 1,
      is_fork: 0,
      disk_usage_kb: expect.any(Number),
      repo_id: expect.any(String),
      created_at: '2019-01-01T00:00:00.000Z',
      updated_at: '2026-11-20T10:00:00.000Z',
      pushed_at: '2026-11-20T09:59:59.000Z',
      run_id: report.runId,
      collected_at: expect.stringMatching(moment),
      provisional: 0,
    });
    const types = place.rows(
      'select distinct typeof(time) a, typeof(stars) b, typeof(is_fork) c, typeof(collected_at) d from github_repository',
    );
    expect(types).toEqual([{ a: 'text', b: 'real', c: 'integer', d: 'text' }]);
  });

  it('has a row of each package, and of the rate limit', () => {
    expect(
      place.rows('select series, time, package, total_downloads, version_count, latest_version from nuget_package order by package'),
    ).toEqual([
      {
        series: seriesOf('nuget_package', { package: 'Akka' }),
        time,
        package: 'Akka',
        total_downloads: 48_000_000,
        version_count: 1,
        latest_version: '1.5.50',
      },
      {
        series: seriesOf('nuget_package', { package: 'Akka.Hosting' }),
        time,
        package: 'Akka.Hosting',
        total_downloads: 2_100_000,
        version_count: 1,
        latest_version: '1.5.50',
      },
    ]);
    expect(place.rows('select time, provider, "limit", remaining, used from github_rate_limit')).toEqual([
      { time, provider: 'github', limit: 5000, remaining: 4998, used: 2 },
    ]);
  });

  it('tells of itself', () => {
    const { startedAt } = report;
    expect(
      place.rows('select time, shard, status, exit_code, scheduled_at, points, problems, rejected, pending, lost from kpi_run'),
    ).toEqual([
      {
        time: startedAt,
        shard: '1/1',
        status: 'ok',
        exit_code: 0,
        scheduled_at: time,
        points: 6,
        problems: 0,
        rejected: 0,
        pending: 0,
        lost: 0,
      },
    ]);
    expect(place.rows('select time, provider, shard, status, points, problems, retries from kpi_provider_run order by provider')).toEqual([
      { time: startedAt, provider: 'github', shard: '1/1', status: 'ok', points: 4, problems: 0, retries: 0 },
      { time: startedAt, provider: 'nuget', shard: '1/1', status: 'ok', points: 2, problems: 0, retries: 0 },
    ]);
  });

  it('keeps the declarations, and shows all numbers side by side', () => {
    const declared = place.rows('select name, declaration from kpi_measurement order by name');
    expect(declared.map(({ name }) => name)).toEqual([
      'github_rate_limit',
      'github_repository',
      'kpi_provider_run',
      'kpi_run',
      'nuget_package',
    ]);
    expect(JSON.parse(String(declared[4]?.declaration))).toMatchObject({ name: 'nuget_package', time: 'snapshot' });
    const asked = `select * from kpi_series where field in ('stars', 'total_downloads') order by value`;
    expect(place.rows(asked)).toEqual(
      [
        ['github_repository', 'stars', { repo: 'petabridge/Phobos' }, 31],
        ['github_repository', 'stars', { repo: 'petabridge/TurboMqtt' }, 90],
        ['github_repository', 'stars', { repo: 'akkadotnet/akka.net' }, 4700],
        ['nuget_package', 'total_downloads', { package: 'Akka.Hosting' }, 2_100_000],
        ['nuget_package', 'total_downloads', { package: 'Akka' }, 48_000_000],
      ].map(([measurement, field, tags, value]) => ({
        measurement,
        field,
        series: seriesOf(String(measurement), tags as Record<string, string>),
        tags: JSON.stringify(tags),
        time,
        value,
      })),
    );
  });

  it('has in its file the points that are wanted there, one a line', () => {
    const lines = place.read('points.ndjson').split('\n');
    expect(lines.pop()).toBe('');
    const points = lines.map((line) => JSON.parse(line));
    expect(points.map(({ measurement }) => measurement).sort()).toEqual(['github_rate_limit', ...Array(3).fill('github_repository')]);
    const point = points.find(({ tags }) => tags.repo === 'akkadotnet/akka.net');
    expect(Object.keys(point)).toEqual(['measurement', 'tags', 'fields', 'time', 'runId', 'collectedAt', 'provisional']);
    expect(point).toMatchObject({
      fields: { stars: 4700, is_archived: false, is_template: true },
      time,
      runId: report.runId,
      provisional: false,
    });
    expect(lines.every((line) => pointFormat.test(line))).toBe(true);
  });

  it('adds no row and changes no value when the same run is done again', async () => {
    const before = contents();
    const again = await place.kpi([...collect, '--json']);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(contents()).toEqual(before);
    const { runId } = JSON.parse(again.stdout);
    expect(runId).not.toBe(report.runId);
    expect(place.rows('select distinct run_id from github_repository union select run_id from nuget_package')).toEqual([{ run_id: runId }]);
    expect(place.rows('select count(*) as runs from kpi_run')).toEqual([{ runs: 2 }]);
    // The file appends: each identity twice.
    const identities = place
      .read('points.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf('"fields"')));
    expect(identities).toHaveLength(8);
    expect(new Set(identities).size).toBe(4);
  });

  function contents(): readonly Row[] {
    return ['github_repository', 'nuget_package'].flatMap((table) =>
      place.rows(`select * from ${table} order by series, time`).map(({ run_id: _, collected_at: __, ...row }) => row),
    );
  }
});
