import * as github from '../../../src/providers/github/measurements.ts';
import type { Measurement } from '../../../src/sdk/measurement.ts';
import { planOf } from '../../../src/sinks/prometheus/naming.ts';
import { identityOf } from '../store.ts';
import { numbers } from '../world.ts';

/** What is collected here. */
const declared: readonly Measurement[] = [numbers, github.repository, github.rateLimit];

/** Of what answers as Prometheus does. A point is as many samples as it has fields: one that lacks some of those that others have is no point. */
export async function identitiesInSeries(url: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (const measurement of declared) {
    const { columns, info } = planOf(measurement);
    const metrics = [...columns.map(({ metric }) => metric), ...(info ? [info.metadata.name] : [])];
    const found = new Map<string, { metrics: number; copies: number }>();
    for (const metric of metrics) {
      for (const [identity, copies] of await samplesOf(url, metric, measurement)) {
        const before = found.get(identity) ?? { metrics: 0, copies: 0 };
        found.set(identity, { metrics: before.metrics + 1, copies: Math.max(before.copies, copies) });
      }
    }
    let whole = 0;
    for (const { metrics: count } of found.values()) whole = Math.max(whole, count);
    for (const [identity, { metrics: count, copies }] of found) {
      for (let copy = 0; copy < copies; copy++) all.push(count === whole ? identity : `${identity}, ${count} of ${whole} samples`);
    }
  }
  return all;
}

interface Answer {
  readonly data: { readonly result: readonly { readonly metric: Record<string, string>; readonly values: readonly [number, string][] }[] };
}

/** How often the metric has a sample of each identity. */
async function samplesOf(url: string, metric: string, { name, tags }: Measurement): Promise<ReadonlyMap<string, number>> {
  const body = new URLSearchParams({ query: `${metric}[2d]`, time: String(Date.now() / 1000 + 1) });
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`a question was answered with ${answer.status}: ${await answer.text()}`);
  const { data } = (await answer.json()) as Answer;
  const found = new Map<string, number>();
  for (const { metric: labels, values } of data.result) {
    // Of `_info` the others are words.
    const own = Object.fromEntries(Object.entries(labels).filter(([label]) => label in tags));
    for (const [seconds] of values) {
      const identity = identityOf(name, own, new Date(Math.round(seconds * 1000)));
      found.set(identity, (found.get(identity) ?? 0) + 1);
    }
  }
  return found;
}
