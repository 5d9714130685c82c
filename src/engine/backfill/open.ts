import type { Disk } from '../disk.ts';
import type { Memory } from '../memory.ts';
import type { BackfillDraft } from './draft.ts';
import { type Backfill, planBackfill, type QuotaLeft } from './plan.ts';
import type { Spans } from './spans.ts';

/** So many of the last runs are looked at for what an upstream said is left. */
const runsAsked = 10;

/** A draft with what the state knows; without one, as in a dry run, nothing is finished. */
export async function openBackfill(
  draft: BackfillDraft,
  restart: boolean,
  disk: Pick<Disk, 'chunks' | 'memory'> | undefined,
): Promise<Backfill> {
  const names = draft.asked.map(({ instance }) => instance.name);
  const finished = new Map<string, ReadonlyMap<string, Spans>>();
  if (disk) for (const name of names) finished.set(name, await disk.chunks.of(name));
  return planBackfill(draft, { finished, restart, quotas: disk ? await lastQuotas(names, disk.memory) : new Map() });
}

async function lastQuotas(names: readonly string[], memory: Memory): Promise<ReadonlyMap<string, QuotaLeft>> {
  const quotas = new Map<string, QuotaLeft>();
  for (const { id } of await memory.runs(runsAsked)) {
    const report = await memory.report(id);
    for (const { name, quota } of report?.providers ?? []) {
      if (report && quota && names.includes(name) && !quotas.has(name)) quotas.set(name, { ...quota, at: report.finishedAt });
    }
    if (quotas.size === names.length) break;
  }
  return quotas;
}
