import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunReport, SinkReport } from '../src/sdk/report.ts';
import { type Fault, firstOnly, transportFault } from '../src/testing/stand-in.ts';
import { manyRepositories } from '../src/testing/stand-ins/github/index.ts';
import { busy, type InfluxOptions, type InfluxStandIn, resetAfterCommit, startInflux } from '../src/testing/stand-ins/influxdb/index.ts';
import { flat, newPlace, type Place } from './e2e/place.ts';
import { gate, startUpstreams, toGithub, token, toNuget, type Upstreams } from './e2e/upstreams.ts';

// A sink that is dead is tried for 8 s, and of these tests five run at a time.
vi.setConfig({ testTimeout: 60_000 });

const repositories = 250;
const offered = repositories + 1 + 2;
/** The run tells of itself as well, outside its counts: `kpi_run`, and `kpi_provider_run` of two providers. */
const own = 3;
const at = new Date().toISOString();
const collect = ['collect', '--at', at, '--json'];

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await startUpstreams({ repositories: manyRepositories('acme', repositories) });
});
afterAll(() => upstreams.close());

interface Trial {
  readonly place: Place;
  readonly influx: InfluxStandIn;
  /** Runs `kpi collect` and checks what must be so in any case. */
  collect(more?: readonly string[]): Promise<{ readonly code: number | null; readonly report: RunReport; readonly bad: SinkReport }>;
  /** The bad sink is well again, `outbox send` delivers all that waits, and both stores hold the same. */
  mended(): Promise<void>;
}

/** A bad sink (InfluxDB) beside a good one (SQLite). */
async function trial(options: { readonly sink?: object; readonly influx?: Partial<InfluxOptions> }, test: (trial: Trial) => Promise<void>) {
  const influx = await startInflux({ server: 'influxdb2', token, org: 'acme', bucket: 'kpi', ...options.influx });
  const config = {
    providers: { github: { ...toGithub, orgs: [{ name: 'acme' }] }, nuget: { ...toNuget, owners: ['petabridge'] } },
    sinks: {
      good: { type: 'sqlite', path: 'kpi.db' },
      bad: { type: 'influxdb', url: influx.url, org: 'acme', bucket: 'kpi', token: '${GITHUB_TOKEN}', ...options.sink },
    },
  };
  await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
  try {
    await test({
      place,
      influx,
      async collect(more = []) {
        const { code, stdout, stderr } = await place.kpi([...collect, ...more]);
        expect(stderr).toBe('');
        const report = JSON.parse(stdout) as RunReport;
        expect(code).toBe(report.exitCode);
        for (const sink of report.sinks) {
          expect(sink.offered).toBe(sink.accepted + sink.rejected + sink.pending + sink.lost);
          expect(sink).toMatchObject({ offered, lost: 0 });
        }
        const [good, bad] = report.sinks;
        expect(good).toMatchObject({ name: 'good', status: 'ok', accepted: offered, backlog: 0, problemCount: 0 });
        expect(place.rows('select count(*) as n from github_repository')).toEqual([{ n: repositories }]);
        expect(place.rows('select count(*) as n from nuget_package')).toEqual([{ n: 2 }]);
        return { code, report, bad: bad as SinkReport };
      },
      async mended() {
        influx.misbehave(undefined);
        const { code, stdout } = await place.kpi(['outbox', 'send', '--json']);
        expect(JSON.parse(stdout)).toMatchObject({
          exitCode: 0,
          sinks: [
            { name: 'good', backlog: 0 },
            { name: 'bad', backlog: 0 },
          ],
        });
        expect(code).toBe(0);
        expect((await place.kpi(['outbox', 'list'])).stdout).toBe('The outbox is empty.\n');
        expect(identities(influx.rows())).toEqual(identitiesIn(place));
        const stars = influx
          .rows()
          .filter(({ tags }) => tags.repo !== undefined)
          .map(({ tags, fields }) => ({ repo: tags.repo, stars: fields.stars }));
        expect(stars.sort((a, b) => (String(a.repo) < String(b.repo) ? -1 : 1))).toEqual(
          place.rows('select repo, stars from github_repository order by repo'),
        );
      },
    });
    expect(influx.unexpected).toEqual([]);
  } finally {
    await influx.close();
  }
}

/** Each row's measurement, tags and time, sorted. */
function identities(rows: ReturnType<InfluxStandIn['rows']>): readonly string[] {
  return rows.map(({ measurement, tags, time }) => [measurement, ...Object.values(tags), time.toISOString()].join(' ')).sort();
}

function identitiesIn(place: Place): readonly string[] {
  const asked = [
    ['github_repository', 'repo'],
    ['github_rate_limit', 'provider'],
    ['nuget_package', 'package'],
    ['kpi_run', 'shard'],
    ['kpi_provider_run', `provider || ' ' || shard`],
  ].map(([table, tags]) => `select '${table}' || ' ' || ${tags} || ' ' || time as identity from ${table}`);
  return place
    .rows(asked.join(' union all '))
    .map(({ identity }) => String(identity))
    .sort();
}

describe.concurrent('beside a good sink', () => {
  it('a dead one: all of it waits, and the next run delivers it', () =>
    trial({}, async ({ place, influx, collect }) => {
      influx.misbehave(transportFault('refuse'));
      const first = await collect();
      expect(first.code).toBe(75);
      expect(first.bad).toMatchObject({ status: 'pending', accepted: 0, pending: offered, backlog: offered + own });
      expect(first.bad.problems).toEqual([
        {
          severity: 'error',
          kind: 'network',
          message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/),
        },
      ]);
      expect(place.rows('select status, exit_code, pending from kpi_run')).toEqual([
        { status: 'pending', exit_code: 75, pending: offered },
      ]);
      const { stdout } = await place.kpi(['outbox', 'list']);
      expect(stdout).toMatch(/^SINK +PENDING +REJECTED +SIZE +SINCE\nbad +256 +0 +[\d.]+ KiB +\d{4}-\S+ \S+Z\n\nPending because\n/);
      expect(flat(stdout)).toMatch(/Pending because bad: http:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);

      influx.misbehave(undefined);
      const { code, bad } = await collect();
      expect(code).toBe(0);
      expect(bad).toMatchObject({ status: 'ok', accepted: offered, pending: 0, replayed: offered + own, backlog: 0 });
      expect(identities(influx.rows())).toEqual(identitiesIn(place));
    }));

  it('one that dies half-way: the rest waits', () =>
    trial({}, async ({ place, influx, collect, mended }) => {
      // NuGet does not answer before GitHub's points are stored.
      const opened = gate();
      const slow = await startUpstreams();
      slow.nuget.misbehave(opened);
      influx.misbehave({
        name: 'refuse',
        async act({ usual, send, stopListening }) {
          send(await usual());
          stopListening();
          opened.open();
        },
      });
      place.write('kpi.config.json', place.read('kpi.config.json').replace('${NUGET_INDEX}', slow.nuget.serviceIndex));
      const { code, bad } = await collect();
      await slow.close();
      expect(code).toBe(75);
      expect(bad.accepted).toBeGreaterThan(0);
      expect(bad.pending).toBeGreaterThanOrEqual(2);
      expect(influx.rows()).toHaveLength(bad.accepted);
      await mended();
    }));

  it('one that is not required: exit code 0, and the report keeps the truth', () =>
    trial({ sink: { required: false } }, async ({ influx, collect, mended }) => {
      influx.misbehave(busy(503, '3600'));
      const { code, report, bad } = await collect();
      expect(code).toBe(0);
      expect(report.status).toBe('pending');
      expect(bad).toMatchObject({ required: false, status: 'pending', pending: offered });
      await mended();
    }));

  it('a slow one: it is waited for', () =>
    trial({}, async ({ influx, place, collect }) => {
      influx.misbehave({
        name: 'drip',
        async act({ usual, send }) {
          const answer = await usual();
          setTimeout(() => send(answer), 700);
        },
      });
      const { code, bad } = await collect();
      expect(code).toBe(0);
      expect(bad).toMatchObject({ status: 'ok', accepted: offered, pending: 0, backlog: 0 });
      expect(bad.ms).toBeGreaterThan(700);
      expect(identities(influx.rows())).toEqual(identitiesIn(place));
    }));

  it('a busy one: it is given the time it asks for, unless that is absurd', () =>
    trial({}, async ({ influx, place, collect, mended }) => {
      influx.misbehave(firstOnly(busy(503, '1')));
      expect(await collect()).toMatchObject({ code: 0, bad: { status: 'ok', accepted: offered } });
      influx.misbehave(busy(429, '86400'));
      const asked = influx.requests.length;
      const { code, bad } = await collect();
      expect(code).toBe(75);
      expect(bad).toMatchObject({ pending: offered, problems: [{ kind: 'rate-limited' }] });
      expect(influx.requests.length - asked).toBe(1);
      expect(place.files('.kpi')).toContain('outbox.db');
      await mended();
    }));

  it('a stuck one: the run ends in its time, and it has nothing of the others', () =>
    trial({}, async ({ influx, collect, mended }) => {
      influx.misbehave(transportFault('hang'));
      const begun = performance.now();
      const { code, bad } = await collect(['--timeout', '4s']);
      expect(performance.now() - begun).toBeLessThan(4000 + 5000 + 3000);
      expect(code).toBe(75);
      expect(bad).toMatchObject({ status: 'pending', accepted: 0, pending: offered, backlog: offered + own });
      expect(influx.bites).toBeGreaterThan(0);
      await mended();
    }));

  const lies: readonly (readonly [string, (influx: InfluxStandIn) => Fault])[] = [
    ['one that stores, and drops the connection', () => resetAfterCommit],
    ['one that takes half a batch, and drops the connection', (influx) => influx.halfTaken],
  ];
  describe.each(lies)('%s', (_, lie) => {
    it('once: the batch is sent again, and stored once', () =>
      trial({}, async ({ place, influx, collect }) => {
        influx.misbehave(firstOnly(lie(influx)));
        const { code, bad } = await collect();
        expect(code).toBe(0);
        expect(bad).toMatchObject({ status: 'ok', accepted: offered, pending: 0 });
        expect(influx.bites).toBe(1);
        expect(identities(influx.rows())).toEqual(identitiesIn(place));
      }));

    it('always: what it did not acknowledge waits, and is stored once in the end', () =>
      trial({}, async ({ influx, collect, mended }) => {
        influx.misbehave(lie(influx));
        const { code, bad } = await collect();
        expect(code).toBe(75);
        expect(bad).toMatchObject({ status: 'pending', accepted: 0, pending: offered });
        expect(influx.rows().length).toBeGreaterThan(0);
        await mended();
      }));

    it('where the store appends: the copies carry the same identity', () =>
      trial({ sink: { server: 'victoriametrics' }, influx: { server: 'victoriametrics' } }, async ({ place, influx, collect }) => {
        influx.misbehave(firstOnly(lie(influx)));
        const { code, bad } = await collect();
        expect(code).toBe(0);
        expect(bad).toMatchObject({ status: 'ok', accepted: offered });
        const all = identities(influx.rows());
        expect(all.length).toBeGreaterThan(offered + own);
        expect([...new Set(all)]).toEqual(identitiesIn(place));
      }));
  });

  it('one that refuses some lines: they are kept with its words, and sent again when asked to', async () => {
    let refusing = true;
    const refuses: InfluxOptions['refuses'] = ({ tags }) =>
      refusing && tags.repo?.endsWith('7') ? 'points beyond retention policy' : undefined;
    await trial({ influx: { refuses } }, async ({ place, influx, collect, mended }) => {
      const { code, bad } = await collect();
      expect(code).toBe(3);
      expect(bad).toMatchObject({ status: 'partial', accepted: offered - 25, rejected: 25, pending: 0, backlog: 0, problemCount: 25 });
      expect(bad.problems[0]).toMatchObject({
        kind: 'rejected',
        item: expect.stringMatching(/^github_repository acme\/repository-\d+7$/),
        message: expect.stringContaining('points beyond retention policy'),
      });
      const { stdout } = await place.kpi(['outbox', 'list']);
      expect(stdout).toMatch(/^bad +0 +25 +/m);
      expect(flat(stdout)).toMatch(/Rejected because bad: .*points beyond retention policy.* \(25 points\)/);
      // They are not sent by themselves, and do not make the next run wait.
      expect((await place.kpi(['outbox', 'send'])).code).toBe(0);
      expect(influx.rows()).toHaveLength(offered - 25 + own);

      refusing = false;
      const sent = await place.kpi(['outbox', 'send', '--rejected', '--json']);
      expect(JSON.parse(sent.stdout)).toMatchObject({ exitCode: 0, sinks: [{}, { name: 'bad', replayed: 25, replayRejected: 0 }] });
      await mended();
    });
  });

  it('what waits can be given up', () =>
    trial({}, async ({ place, influx, collect }) => {
      influx.misbehave(busy(503, '3600'));
      expect((await collect()).bad).toMatchObject({ pending: offered });
      const unasked = await place.kpi(['outbox', 'drop', '--sink', 'bad']);
      expect(unasked).toMatchObject({ code: 64, stdout: '' });
      expect(unasked.stderr).toBe('kpi: kpi outbox drop asks before it drops, and nobody is there to answer; add --yes\n');
      expect((await place.kpi(['outbox', 'drop', '--sink', 'good', '--yes'])).stdout).toBe('There was nothing to drop.\n');
      expect((await place.kpi(['outbox', 'drop', '--sink', 'bad', '--yes'])).stdout).toBe(`bad: ${offered + own} points dropped\n`);
      influx.misbehave(undefined);
      expect((await place.kpi(['outbox', 'send'])).code).toBe(0);
      expect(influx.rows()).toEqual([]);
      expect(await collect()).toMatchObject({ code: 0, bad: { accepted: offered, replayed: 0 } });
    }));
});
