import type { InstancePlan } from '../plan.ts';
import { finalUntil } from '../plan.ts';
import type { FinishedChunks } from './finished.ts';
import type { InstanceBackfill } from './plan.ts';

/** Keeps what will not change any more of a piece whose collection began then: what is provisional is asked for again. */
export async function remember(one: InstanceBackfill, piece: InstancePlan, begunAt: Date, chunks: FinishedChunks): Promise<void> {
  const declared = new Map(piece.measurements.map((measurement) => [measurement.name, measurement]));
  const done = one.keys(piece).flatMap((chunk) => {
    const measurement = declared.get(chunk.measurement);
    if (!measurement) return [];
    const { from, to } = chunk.window;
    const end = new Date(Math.min(to.getTime(), finalUntil(measurement, begunAt, one.instance.settleMs).getTime()));
    return from < end ? [{ ...chunk, window: { from, to: end } }] : [];
  });
  await chunks.add(done);
}
