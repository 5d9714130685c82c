import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunReport, SinkReport } from '../src/sdk/report.ts';
import { type Fault, firstOnly, transportFault } from '../src/testing/stand-in.ts';
import { manyRepositories } from '../src/testing/stand-ins/github/index.ts';
import {
  type PrometheusOptions,
  type PrometheusStandIn,
  resetAfterCommit,
  startPrometheus,
} from '../src/testing/stand-ins/prometheus/index.ts';
import { newPlace, type Place } from './e2e/place.ts';
import { startUpstreams, toGithub, token, toNuget, type Upstreams } from './e2e/upstreams.ts';

// A sink that is dead is tried for 8 s, and of these tests five run at a time.
vi.setConfig({ testTimeout: 60_000 });

const repositories = 250;
const offered = repositories + 2;
/** What is left of a quota is another number each time, of which Prometheus keeps the first. */
const only = ['github_repository', 'nuget_package', 'kpi_*'];
/** `kpi_run`, and `kpi_provider_run` of two providers. */
const own = 3;
const at = new Date(Math.floor(Date.now() / 1000) * 1000);
const collect = ['collect', '--at', at.toISOString(), '--json'];

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await startUpstreams({ repositories: manyRepositories('acme', repositories) });
});
afterAll(() => upstreams.close());

interface Trial {
  readonly place: Place;
  readonly server: PrometheusStandIn;
  /** Runs `kpi collect` and checks what must be so in any case. */
  collect(): Promise<{ readonly code: number | null; readonly bad: SinkReport }>;
  /** The server is well again, and `outbox send` delivers all that waits. */
  mended(): Promise<void>;
  /** Both stores hold the same stars, each once. */
  same(): void;
}

/** Prometheus, which fails, beside a good sink (SQLite). */
async function trial(options: { readonly sink?: object; readonly server?: PrometheusOptions }, test: (trial: Trial) => Promise<void>) {
  const server = await startPrometheus({ newest: at, authorization: `Bearer ${token}`, ...options.server });
  const config = {
    providers: { github: { ...toGithub, orgs: [{ name: 'acme' }] }, nuget: { ...toNuget, owners: ['petabridge'] } },
    sinks: {
      good: { type: 'sqlite', path: 'kpi.db' },
      bad: { type: 'prometheus', url: `${server.url}/api/v1/write`, token: '${GITHUB_TOKEN}', only, ...options.sink },
    },
  };
  await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
  try {
    await test({
      place,
      server,
      async collect() {
        const { code, stdout, stderr } = await place.kpi(collect);
        expect(stderr).toBe('');
        const report = JSON.parse(stdout) as RunReport;
        expect(code).toBe(report.exitCode);
        for (const sink of report.sinks) {
          expect(sink.offered).toBe(sink.accepted + sink.rejected + sink.pending + sink.lost);
          expect(sink).toMatchObject({ lost: 0, skipped: 0 });
        }
        const [good, bad] = report.sinks;
        expect(good).toMatchObject({ name: 'good', status: 'ok', accepted: offered + 1, backlog: 0, problemCount: 0 });
        expect(bad).toMatchObject({ offered });
        return { code, bad: bad as SinkReport };
      },
      async mended() {
        server.misbehave(undefined);
        const { code, stdout } = await place.kpi(['outbox', 'send', '--json']);
        expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0, sinks: [{ backlog: 0 }, { name: 'bad', backlog: 0, replayRejected: 0 }] });
        expect(code).toBe(0);
      },
      same() {
        const stars = server
          .samples()
          .filter(({ metric }) => metric === 'github_repository_stars')
          .map(({ labels, value, time }) => ({ repo: labels.repo, stars: value, time: time.toISOString() }));
        expect(stars.sort((a, b) => (String(a.repo) < String(b.repo) ? -1 : 1))).toEqual(
          place.rows('select repo, stars, time from github_repository order by repo'),
        );
        const downloads = server.samples().filter(({ metric }) => metric === 'nuget_package_total_downloads_total');
        expect(downloads).toHaveLength(2);
      },
    });
    expect(server.unexpected).toEqual([]);
  } finally {
    await server.close();
  }
}

describe.concurrent('prometheus beside a good sink', () => {
  it('a dead one: all of it waits, and the next run delivers it', () =>
    trial({}, async ({ server, collect, same }) => {
      server.misbehave(transportFault('refuse'));
      const first = await collect();
      expect(first.code).toBe(75);
      expect(first.bad).toMatchObject({ status: 'pending', accepted: 0, pending: offered, backlog: offered + own });
      server.misbehave(undefined);
      const { code, bad } = await collect();
      // The same run again: what it says is what is there.
      expect(code).toBe(0);
      expect(bad).toMatchObject({ status: 'ok', accepted: offered, rejected: 0, replayed: offered + own, backlog: 0 });
      same();
    }));

  const lies: readonly (readonly [string, (server: PrometheusStandIn) => Fault])[] = [
    ['one that stores, and drops the connection', () => resetAfterCommit],
    ['one that stores half a request, and drops the connection', (server) => server.halfTaken],
  ];
  describe.each(lies)('%s', (_, lie) => {
    it.each([true, false])('once: the batch is sent again, and stored once (it may be asked: %s)', (answers) =>
      trial({ server: { answers } }, async ({ server, collect, same }) => {
        server.misbehave(firstOnly(lie(server)));
        const { code, bad } = await collect();
        expect([code, server.bites]).toEqual([0, 1]);
        expect(bad).toMatchObject({ status: 'ok', accepted: offered, rejected: 0, pending: 0 });
        same();
      }),
    );

    it('always: what it did not acknowledge waits, and is stored once in the end', () =>
      trial({}, async ({ server, collect, mended, same }) => {
        server.misbehave(lie(server));
        const { code, bad } = await collect();
        expect(code).toBe(75);
        expect(bad).toMatchObject({ status: 'pending', accepted: 0, pending: offered });
        expect(server.samples().length).toBeGreaterThan(0);
        await mended();
        same();
      }));
  });

  it('one that refuses some points: they are kept with its words, and sent again when asked to', async () => {
    let refusing = true;
    const refuses: PrometheusOptions['refuses'] = ({ repo }) => (refusing && repo?.endsWith('17') ? 'label value too long' : undefined);
    await trial({ server: { refuses } }, async ({ place, collect, mended, same }) => {
      const { code, bad } = await collect();
      expect(code).toBe(3);
      expect(bad).toMatchObject({ status: 'partial', accepted: offered - 3, rejected: 3, pending: 0, backlog: 0, problemCount: 3 });
      expect(bad.problems[0]).toMatchObject({
        kind: 'rejected',
        item: expect.stringMatching(/^github_repository acme\/repository-\d+17$/),
        message: 'label value too long',
      });
      refusing = false;
      const sent = await place.kpi(['outbox', 'send', '--rejected', '--json']);
      expect(JSON.parse(sent.stdout)).toMatchObject({ exitCode: 0, sinks: [{}, { name: 'bad', replayed: 3, replayRejected: 0 }] });
      await mended();
      same();
    });
  });

  it('tells of its runs in a textfile, also of one that failed', () =>
    trial({ sink: { runHealth: { textfile: 'kpi.prom' } } }, async ({ place, collect }) => {
      await collect();
      const after = place.read('kpi.prom');
      expect(after).toMatch(/^kpi_run_last_success_timestamp_seconds\{shard="1\/1"\} [\d.]+$/m);
      expect(after).toMatch(/^kpi_provider_run_points\{provider="nuget",shard="1\/1"\} 2$/m);
    }));
});
