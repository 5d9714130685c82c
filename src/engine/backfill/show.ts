import { type CollectFlags, checkMeasurements } from '../collect.ts';
import type { Config } from '../config/config.ts';
import { checkProviders } from '../startable.ts';
import { openStateToAsk } from '../state-reading.ts';
import type { StoreParts } from '../stores.ts';
import { UsageError } from '../usage-error.ts';
import { draftBackfill } from './draft.ts';
import { createFinishedChunks } from './finished.ts';
import { openBackfill } from './open.ts';
import type { BackfillPlan } from './plan.ts';
import { rangeOf } from './range.ts';

/** `kpi collect --from … --plan`: what would be done. Asks no upstream, takes no lease, writes nothing. */
export async function showBackfill(config: Config, flags: CollectFlags, parts: StoreParts): Promise<BackfillPlan> {
  const now = parts.outside.clock.now();
  const range = rangeOf(flags, now);
  if (!range) throw new UsageError('--plan needs --from, which says where a backfill begins');
  checkProviders(config);
  checkMeasurements(config, flags.measurements);
  const draft = draftBackfill(config, range, { now, measurements: flags.measurements });
  if (flags.dryRun) return (await openBackfill(draft, flags.restart === true, undefined)).plan;
  const kept = await openStateToAsk(config, parts);
  try {
    return (await openBackfill(draft, flags.restart === true, { chunks: createFinishedChunks(kept.state), memory: kept.memory })).plan;
  } finally {
    await kept.close();
  }
}
