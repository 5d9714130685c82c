import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SinkReport } from '../src/sdk/report.ts';
import { manyRepositories } from '../src/testing/stand-ins/github/index.ts';
import { newPlace } from './e2e/place.ts';
import { startUpstreams, toGithub } from './e2e/upstreams.ts';

const repositories = 400;
/** And the rate limit. */
const offered = repositories + 1;
const store = join(import.meta.dirname, 'children/exec-store.js');
const shell = (script: string, more: object = {}) => ({ type: 'exec', command: ['sh', '-c', script], ...more });

it('ten sinks at once: what is well has everything, what hangs, dies or is slow keeps nobody else from it', {
  timeout: 60_000,
}, async () => {
  const upstreams = await startUpstreams({ repositories: manyRepositories('acme', repositories) });
  const config = {
    providers: { github: { ...toGithub, orgs: [{ name: 'acme' }] } },
    sinks: {
      first: { type: 'sqlite', path: 'first.db' },
      second: { type: 'sqlite', path: 'second.db' },
      third: { type: 'file', path: 'third.ndjson' },
      fourth: { type: 'file', path: 'fourth.csv', format: 'csv' },
      fifth: { type: 'exec', command: [process.execPath, store, 'fifth.ndjson'] },
      slow: shell('cat >> slow.ndjson; sleep 0.4', { batch: 100 }),
      stuck: shell('sleep 600', { batch: 100 }),
      mute: shell('cat >/dev/null; sleep 600 &'),
      dead: shell('echo "out of order" >&2; exit 1'),
      picky: { type: 'exec', command: [process.execPath, store, 'picky.ndjson'], only: ['github_repository'] },
    },
  };
  await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
  try {
    const { code, stdout, ms } = await place.kpi(['collect', '--json', '--timeout', '8s']);
    expect(code).toBe(75);
    expect(ms).toBeLessThan(8000 + 5000 + 3000);
    const report = JSON.parse(stdout);
    // The stuck ones hold up what is collected until it shows that they are, after 5 s, and never again.
    expect(report.providers).toMatchObject([{ name: 'github', status: 'ok', points: offered }]);
    expect(report.providers[0].ms).toBeLessThan(7500);
    const sinks = new Map<string, SinkReport>(report.sinks.map((sink: SinkReport) => [sink.name, sink]));
    expect(sinks.size).toBe(10);
    for (const [name, sink] of sinks) {
      expect(sink.offered, name).toBe(name === 'picky' ? repositories : offered);
      expect(sink.accepted + sink.rejected + sink.pending + sink.lost, name).toBe(sink.offered);
      expect(sink, name).toMatchObject({ rejected: 0, lost: 0 });
    }
    for (const name of ['first', 'second', 'third', 'fourth', 'fifth', 'slow', 'picky']) {
      expect(sinks.get(name), name).toMatchObject({ accepted: sinks.get(name)?.offered, pending: 0 });
    }
    // A program may not have the time for the points of the run itself, which come last.
    for (const name of ['first', 'second', 'third', 'fourth']) expect(sinks.get(name), name).toMatchObject({ status: 'ok', backlog: 0 });
    for (const name of ['stuck', 'mute', 'dead'])
      expect(sinks.get(name), name).toMatchObject({ status: 'pending', accepted: 0, pending: offered });
    for (const file of ['first.db', 'second.db'])
      expect(place.rows('select count(*) as n from github_repository', file)).toEqual([{ n: repositories }]);
    for (const [file, lines] of [
      ['third.ndjson', offered],
      ['fifth.ndjson', offered],
      ['slow.ndjson', offered],
      ['picky.ndjson', repositories],
    ] as const) {
      const identities = place
        .read(file)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ measurement }) => !measurement.startsWith('kpi_'))
        .map(({ measurement, tags, time }) => JSON.stringify([measurement, tags, time]));
      expect([identities.length, new Set(identities).size], file).toEqual([lines, lines]);
    }
  } finally {
    await upstreams.close();
  }
});
