import { z } from 'zod';
import { jsonOf } from './answer.ts';
import type { Connection } from './connection.ts';
import type { Item } from './request.ts';
import { type Label, samplesOf } from './series.ts';

/** What the server holds of an item: all of it already, another value than one of it, or not all of it. */
export type Held = 'same' | 'other' | 'not';

/**
 * Asks the server for all samples of these items' metrics in their range of time, in one question. Undefined where it cannot be asked: a
 * credential that may only write, an address that is not known. https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 */
export async function askHeld(items: readonly Item[], connection: Connection): Promise<((item: Item) => Held) | undefined> {
  const times = items.map(({ time }) => time);
  const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  const metrics = new Set(items.flatMap(({ series, entry }) => samplesOf(series, entry).map(({ labels }) => labels[0]?.[1] ?? '')));
  const answer = await connection.ask('query', {
    query: `{__name__=~"${[...metrics].sort().join('|')}"}[${last - first + 1}ms]`,
    time: String(last / 1000),
  });
  const found = answer?.status === 200 ? samplesIn(answer.body) : undefined;
  if (!found) return undefined;
  return ({ series, entry, time }) => {
    let isWhole = true;
    for (const { labels, value } of samplesOf(series, entry)) {
      const held = found.get(keyOf(labels, time));
      if (held === undefined) isWhole = false;
      else if (held !== value) return 'other';
    }
    return isWhole ? 'same' : 'not';
  };
}

/** Where anything of it is otherwise, all of it is no answer to that question. */
const Matrix = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) })),
});

/** Series and time → value. Undefined where the answer is none to that question. */
function samplesIn(body: string): ReadonlyMap<string, number> | undefined {
  const { data } = Matrix.safeParse(jsonOf(body)?.data);
  if (!data) return undefined;
  const found = new Map<string, number>();
  for (const { metric, values } of data.result) {
    const labels = Object.entries(metric).sort(([one], [other]) => (one < other ? -1 : 1));
    for (const [seconds, value] of values) found.set(keyOf(labels, Math.round(seconds * 1000)), Number(value));
  }
  return found;
}

function keyOf(labels: readonly Label[], time: number): string {
  return JSON.stringify([labels, time]);
}
