import type { Capabilities } from '../../sdk/sink.ts';
import { formatDuration, type Window } from '../../sdk/time.ts';
import type { SinkInstance } from '../config/config.ts';
import { matchesAny } from '../patterns.ts';
import { UsageError } from '../usage-error.ts';

/** What one sink takes of a backfill. */
export interface SinkPart {
  readonly name: string;
  readonly type: string;
  /** Days of the range that it does not take, of all of them. */
  readonly skippedDays: number;
  readonly days: number;
  /** What it does not take, in words; absent where it takes all. */
  readonly message?: string;
}

const dayMs = 86_400_000;

/** What each selected sink takes of these measurements. Throws `UsageError` where there are some, and none takes anything. */
export function sinkParts(sinks: readonly SinkInstance[], names: readonly string[], range: Window, now: Date): readonly SinkPart[] {
  const parts = sinks.filter((sink) => sink.selected).map((sink) => partOf(sink, names, range, now));
  if (parts.length > 0 && parts.every((part) => part.skippedDays === part.days)) {
    throw new UsageError(`no selected sink takes what a backfill of this range brings: ${parts.map((part) => part.message).join('; ')}`);
  }
  return parts;
}

/** Whether a sink keeps the times of points at all. */
export function keepsTimes(sink: SinkInstance): boolean {
  return timestampsOf(sink) !== 'none';
}

function partOf(sink: SinkInstance, measurements: readonly string[], range: Window, now: Date): SinkPart {
  const { name, type, only } = sink;
  const days = Math.ceil((range.to.getTime() - range.from.getTime()) / dayMs);
  const all = { name, type, days, skippedDays: days };
  if (only && !measurements.some((one) => matchesAny(only, one))) {
    return { ...all, message: `${name} takes none of these measurements, by its setting only` };
  }
  const timestamps = timestampsOf(sink);
  if (timestamps === 'none') return { ...all, message: `${name} keeps no times, and gets nothing of a backfill` };
  const pastMs = timestamps === 'any' ? undefined : timestamps.pastMs;
  if (pastMs === undefined) return { ...all, skippedDays: 0 };
  const skippedDays = Math.min(days, Math.max(0, Math.ceil((now.getTime() - pastMs - range.from.getTime()) / dayMs)));
  if (skippedDays === 0) return { ...all, skippedDays };
  const message = `${name} takes nothing older than ${formatDuration(pastMs)}: ${skippedDays} of ${days} days are skipped by it`;
  return { ...all, skippedDays, message };
}

/** A sink that cannot say what it takes is one that cannot be opened: what it is offered waits in the outbox. */
function timestampsOf({ sink, settings }: SinkInstance): Capabilities['timestamps'] {
  try {
    return sink.accepts(settings).timestamps;
  } catch {
    return 'any';
  }
}
