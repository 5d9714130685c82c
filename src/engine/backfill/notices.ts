import type { BackfillPlan, InstanceBackfill } from './plan.ts';

/** What a backfill leaves out, and why: a sentence each. */
export function leftOut({ skipped, sinks }: BackfillPlan): readonly string[] {
  return [...skipped.map(({ provider, reason }) => `${provider} ${reason}: skipped`), ...sinks.flatMap(({ message = [] }) => message)];
}

/** What an earlier backfill has done of it; undefined where that is nothing. */
export function finishedText({ chunks, finished, begun }: InstanceBackfill): string | undefined {
  if (finished + begun === 0) return undefined;
  const inPart = begun > 0 ? `, and ${begun} in part` : '';
  return `${finished} of ${chunks} chunks were finished before${inPart}; --restart asks for them again`;
}
