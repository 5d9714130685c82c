import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as github from '../../../src/providers/github/measurements.ts';
import type { Measurement } from '../../../src/sdk/measurement.ts';
import { planOf } from '../../../src/sinks/prometheus/naming.ts';
import { identityOf, type Kind } from '../store.ts';
import { numbers } from '../world.ts';
import { findProgram, freePort, startServer } from './server.ts';

const window = '90d';
/** What is collected here. */
const declared: readonly Measurement[] = [numbers, github.repository, github.rateLimit];

/** Prometheus as Debian installs it, with a window. Its log is on the disk when it answers. */
export const prometheus: Kind = {
  rerun: 'keepsFirst',
  missing: () => (findProgram('prometheus') ? undefined : 'prometheus is not installed here; to install it: apt-get install -y prometheus'),
  async start(parent) {
    const dir = join(parent, 'prometheus');
    mkdirSync(dir);
    const file = join(dir, 'prometheus.yml');
    writeFileSync(file, `storage: { tsdb: { out_of_order_time_window: ${window} } }\n`);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await startServer({
      path: findProgram('prometheus') ?? '',
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        '--log.level=error',
      ],
      dir,
      isReady: async () => (await fetch(`${url}/-/ready`)).ok,
    });
    return {
      port,
      entry: (at) => ({ type: 'prometheus', url: `http://127.0.0.1:${at}/api/v1/write`, outOfOrderWindow: window }),
      identities: () => identitiesIn(url),
      stop: server.stop,
      start: server.start,
      close: server.close,
    };
  },
};

/** A point is as many samples as it has fields: one that lacks some of those that others have is no point. */
async function identitiesIn(url: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (const measurement of declared) {
    const { columns, info } = planOf(measurement);
    const metrics = [...columns.map(({ metric }) => metric), ...(info ? [info.metadata.name] : [])];
    const found = new Map<string, number>();
    for (const metric of metrics) {
      for (const identity of new Set(await samplesOf(url, metric, measurement))) found.set(identity, (found.get(identity) ?? 0) + 1);
    }
    const whole = Math.max(...found.values());
    for (const [identity, count] of found) all.push(count === whole ? identity : `${identity}, ${count} of ${whole} samples`);
  }
  return all;
}

interface Answer {
  readonly data: { readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[] };
}

async function samplesOf(url: string, metric: string, { name, tags }: Measurement): Promise<readonly string[]> {
  const body = new URLSearchParams({ query: `${metric}[2d]`, time: String(Date.now() / 1000 + 1) });
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} to a question: ${await answer.text()}`);
  const { data } = (await answer.json()) as Answer;
  return data.result.flatMap(({ metric: labels, values }) => {
    // Of `_info` the others are words.
    const own = Object.fromEntries(Object.entries(labels).filter(([label]) => label in tags));
    return values.map(([seconds]) => identityOf(name, own, new Date(Math.round(seconds * 1000))));
  });
}
