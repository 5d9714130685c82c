import type { BackfillPlan, InstanceBackfill } from './plan.ts';

/** What a backfill leaves out, and why: a sentence each. */
export function leftOut({ skipped, sinks }: BackfillPlan): readonly string[] {
  return [...skipped.map(({ provider, reason }) => `${provider} ${reason}: skipped`), ...sinks.flatMap(({ message = [] }) => message)];
}

/** What an earlier backfill has done of it; undefined where that is nothing. */
export function finishedText({ chunks, finished }: InstanceBackfill): string | undefined {
  return finished > 0 ? `${finished} of ${chunks} chunks were finished before` : undefined;
}
