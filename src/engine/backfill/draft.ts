import type { Measurement } from '../../sdk/measurement.ts';
import type { Config, ProviderInstance } from '../config/config.ts';
import { measurementsOf } from '../measurements-of.ts';
import { matchesAny } from '../patterns.ts';
import { UsageError } from '../usage-error.ts';
import { rangeWindow } from './chunks.ts';
import type { Range } from './range.ts';
import { keepsTimes, type SinkPart, sinkParts } from './sink-parts.ts';

/** What of a config a range of the past can be asked of. */
export interface BackfillDraft {
  /** Without the sinks that keep no times: what is of the past would be of now in them. */
  readonly config: Config;
  readonly range: Range;
  readonly now: Date;
  readonly asked: readonly PastOf[];
  /** What is selected and has nothing to give, and why. */
  readonly skipped: readonly { readonly provider: string; readonly reason: string }[];
  readonly sinks: readonly SinkPart[];
}

export interface PastOf {
  readonly instance: ProviderInstance;
  readonly declared: readonly Measurement[];
  /** Those that are asked for, of which something lies in the range. */
  readonly measurements: readonly Measurement[];
}

/** Pure. Throws `UsageError` where the range has nothing for anybody, or no sink takes it. */
export function draftBackfill(
  config: Config,
  range: Range,
  { now, measurements: patterns }: { readonly now: Date; readonly measurements?: readonly string[] | undefined },
): BackfillDraft {
  const asked: PastOf[] = [];
  const skipped: { provider: string; reason: string }[] = [];
  const depths: string[] = [];
  for (const instance of config.providers) {
    if (!instance.selected) continue;
    const declared = measurementsOf(instance);
    const wanted = declared.filter(({ name }) => matchesAny(instance.only ?? ['*'], name) && matchesAny(patterns ?? ['*'], name));
    const past = wanted.filter((measurement) => measurement.history);
    const measurements = past.filter((measurement) => rangeWindow(measurement, range, now));
    if (measurements.length > 0) asked.push({ instance, declared, measurements });
    else if (past.length > 0) {
      const own = past.map(({ name, history }) => `${name} goes back ${history?.depth ?? 'to 1970'}`);
      depths.push(...own);
      skipped.push({ provider: instance.name, reason: `has nothing so old (${own.join(', ')})` });
    } else if (wanted.length > 0) skipped.push({ provider: instance.name, reason: 'has no history' });
  }
  if (asked.length === 0) throw nothingToDo(range, skipped, depths);
  const names = asked.flatMap(({ measurements }) => measurements.map((one) => one.name));
  const sinks = config.sinks.map((sink) => (sink.selected && !keepsTimes(sink) ? { ...sink, selected: false } : sink));
  return { config: { ...config, sinks }, range, now, asked, skipped, sinks: sinkParts(config.sinks, names, range, now) };
}

function nothingToDo({ to }: Range, skipped: BackfillDraft['skipped'], depths: readonly string[]): UsageError {
  if (depths.length > 0) return new UsageError(`there is nothing to ask for before ${to.toISOString()}: ${depths.join(', ')}`);
  const names = skipped.map((one) => one.provider);
  const has = names.length > 1 ? 'have' : 'has';
  return new UsageError(`there is nothing to backfill: ${names.join(', ') || 'what is selected'} ${has} no history`);
}
