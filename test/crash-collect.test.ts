import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../src/testing/program.ts';
import { seededRandom } from '../src/testing/random.ts';
import { type GithubStandIn, manyRepositories, startGithub } from '../src/testing/stand-ins/github/index.ts';
import { type InfluxStandIn, startInflux } from '../src/testing/stand-ins/influxdb/index.ts';
import { type NugetStandIn, startNuget } from '../src/testing/stand-ins/nuget/index.ts';

const moments = 50;
const token = 'a-token-of-the-crash-test';
const tables = ['github_repository', 'nuget_package'];
// A time that has passed: the same for every run, so that each is the same run again.
const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000).toISOString();

let github: GithubStandIn;
let nuget: NugetStandIn;
let reference: readonly string[];
let cleanMs: number;
const folders: string[] = [];

beforeAll(async () => {
  github = await startGithub({ repositories: manyRepositories('acme', 350), token, latencyMs: 40 });
  nuget = await startNuget({
    packages: Array.from({ length: 60 }, (_, index) => ({
      id: `Acme.Part${index}`,
      owners: 'acme',
      versions: [{ version: '1.0.0', downloads: index * 7 }],
    })),
    latencyMs: 40,
  });
  const place = await newPlace();
  const clean = await collect(place);
  expect(clean).toMatchObject({ code: 0, signal: null });
  reference = fromSqlite(place.dir);
  expect(reference).toHaveLength(410);
  expect([...fromFile(place.dir).latest.keys()]).toHaveLength(410);
  // The second time everything is warm, as it is for the runs that are killed.
  cleanMs = (await collect(place)).ms;
  await place.influx.close();
}, 60_000);

afterAll(async () => {
  await Promise.all([github.close(), nuget.close()]);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Place {
  readonly dir: string;
  readonly influx: InfluxStandIn;
}

async function newPlace(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-crash-'));
  folders.push(dir);
  const influx = await startInflux({ server: 'influxdb2', token, org: 'acme', bucket: 'kpi' });
  const config = {
    providers: {
      github: { token: `\${TOKEN}`, orgs: [{ name: 'acme' }], baseUrl: github.url },
      nuget: { owners: ['acme'], serviceIndex: nuget.serviceIndex },
    },
    sinks: {
      sqlite: { path: 'kpi.db' },
      file: { path: 'points.ndjson' },
      influxdb: { url: influx.url, org: 'acme', bucket: 'kpi', token: `\${TOKEN}` },
    },
  };
  writeFileSync(join(dir, 'kpi.config.json'), JSON.stringify(config));
  return { dir, influx };
}

function collect({ dir }: Place, killAfterMs?: number) {
  return runProgram(['collect', '--at', at, '--json'], {
    cwd: dir,
    env: { TOKEN: token },
    started: (child) => {
      if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    },
  });
}

/** Every row of the providers' tables, without what tells of the run; sorted. */
function fromSqlite(dir: string): readonly string[] {
  const db = new DatabaseSync(join(dir, 'kpi.db'), { readOnly: true });
  try {
    expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    return tables
      .flatMap((table) =>
        db
          .prepare(`select * from ${table}`)
          .all()
          .map(({ run_id: _, collected_at: __, ...row }) => JSON.stringify([table, row])),
      )
      .sort();
  } finally {
    db.close();
  }
}

interface Line {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: object;
  readonly time: string;
  readonly collectedAt: string;
}

/** The lines of the file: each whole; of those of one identity the last by `collectedAt`. */
function fromFile(dir: string): { readonly latest: ReadonlyMap<string, Line> } {
  const text = readFileSync(join(dir, 'points.ndjson'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  const latest = new Map<string, Line>();
  for (const line of text.trimEnd().split('\n')) {
    const point = JSON.parse(line) as Line;
    if (!tables.includes(point.measurement)) continue;
    const identity = JSON.stringify([point.measurement, point.tags, point.time]);
    const before = latest.get(identity);
    if (!before || before.collectedAt <= point.collectedAt) latest.set(identity, point);
  }
  return { latest };
}

it(`kill -9 at ${moments} seeded moments, each followed by the same run, loses nothing and doubles nothing`, {
  timeout: 600_000,
}, async () => {
  const random = seededRandom(20261121);
  let killed = 0;
  let told = 0;
  // A moment that lies behind the end of its run does not count; on a busy machine there are some.
  for (let moment = 0; killed < moments && moment < moments * 3; moment++) {
    const place = await newPlace();
    const afterMs = Math.round(cleanMs * (0.1 + 0.85 * random()));
    const first = await collect(place, afterMs);
    if (first.signal !== 'SIGKILL') {
      await place.influx.close();
      continue;
    }
    killed++;

    const second = await collect(place);
    expect(second, `killed after ${afterMs} ms\n${second.stderr}`).toMatchObject({ code: 0, signal: null });
    const report = JSON.parse(second.stdout);
    if (report.problems.length > 0) {
      told++;
      expect(report.problems).toMatchObject([
        { severity: 'notice', message: expect.stringContaining('did not finish; this run completes it') },
      ]);
    }
    for (const sink of report.sinks) {
      expect(sink).toMatchObject({ status: 'ok', offered: 411, accepted: 411, rejected: 0, pending: 0, lost: 0, backlog: 0 });
    }

    // merges: the same rows, no more.
    expect(fromSqlite(place.dir)).toEqual(reference);
    // appends: copies carry the same identity, and readers keep the last.
    const { latest } = fromFile(place.dir);
    expect(latest.size).toBe(reference.length);
    // overwrites: one row for each identity, with the values of the file's.
    const rows = place.influx.rows().filter((row) => tables.includes(row.measurement));
    expect(rows).toHaveLength(reference.length);
    const stars = new Map(
      [...latest.values()]
        .filter((line) => 'stars' in line.fields)
        .map((line) => [line.tags.repo, (line.fields as { stars: number }).stars]),
    );
    for (const row of rows) if ('stars' in row.fields) expect(row.fields.stars).toBe(stars.get(row.tags.repo));
    await place.influx.close();
  }
  // The test must bite: the next run knows of those that had begun.
  expect(killed).toBe(moments);
  expect(told).toBeGreaterThanOrEqual(moments * 0.3);
});
