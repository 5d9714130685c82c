import { BlockedError, ConfigError, PermanentError } from '../../sdk/errors.ts';
import { exitCodes } from '../../sdk/exit-codes.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Tags } from '../../sdk/point.ts';
import type { Store } from '../../sdk/sink.ts';
import { sinkFingerprint } from '../backfill/fingerprint.ts';
import { finishedFor } from '../backfill/finished.ts';
import { chosenProviders } from '../chosen.ts';
import type { Config, ProviderInstance } from '../config/config.ts';
import { createDoor } from '../http.ts';
import { createLog } from '../log.ts';
import { didYouMean } from '../nearest.ts';
import { sinkContext } from '../outlets.ts';
import { ownMeasurements } from '../own-points.ts';
import { matchesAny } from '../patterns.ts';
import { type Period, periodMs } from '../period.ts';
import { type Ranges, without, withRange } from '../ranges.ts';
import { type KeptState, openStateForReading } from '../state-reading.ts';
import type { StoreParts } from '../stores.ts';
import { parseTime } from '../time-flag.ts';
import { UsageError } from '../usage-error.ts';
import { type Covered, coveredBy, coveredPeriods } from './covered.ts';
import { createFound, type Found, type FoundGaps } from './found.ts';
import { expectedUntil, type Grid, gridOf, gridOfMeasurement } from './grid.ts';
import { judge } from './judge.ts';
import { type Expected, findMissing } from './missing.ts';

export interface GapsFlags {
  readonly providers?: readonly string[] | undefined;
  readonly measurements?: readonly string[] | undefined;
  /** Nothing before it is told of. */
  readonly from?: string | undefined;
}

export interface GapsReport extends FoundGaps {
  readonly schemaVersion: 1;
  /** 3 where there are gaps. */
  readonly exitCode: number;
  readonly now: string;
  /** The sink that was asked. */
  readonly store: string;
  readonly judged: readonly { readonly measurement: string; readonly series: number }[];
  readonly notJudged: readonly { readonly measurement: string; readonly reason: string }[];
}

interface Declared {
  readonly measurement: Measurement;
  readonly instances: readonly ProviderInstance[];
}

/** `kpi gaps`: asks the store for all series, and says in which periods they have no point. Writes nothing, and asks no upstream. */
export async function gapsOf(config: Config, flags: GapsFlags, parts: StoreParts): Promise<GapsReport> {
  const { outside, redactor, userAgent } = parts;
  const now = outside.clock.now();
  const from = fromOf(flags.from, now);
  const declared = declaredBy(chosenProviders(config, flags.providers), flags.measurements);
  const sink = config.sinks.find((one) => one.name === config.store);
  if (!sink?.sink.ask) throw new ConfigError('no sink of the config can be asked for what it holds: name one as the store, such as sqlite');
  const write = (line: string) => outside.stderr.write(`${line}\n`);
  const log = createLog({ write, level: 'warn', format: 'text', redactor, clock: outside.clock });
  const door = createDoor({ env: outside.env, userAgent, redactor });
  try {
    const kept = await openStateForReading(config, { outside, log, door });
    const measurements = [...declared.map((one) => one.measurement), ...ownMeasurements];
    const { signal } = new AbortController();
    const context = sinkContext(sink, { config, clock: outside.clock, env: outside.env, log, door, signal, measurements });
    const store = await sink.sink.ask(sink.settings, context).catch(async (error) => {
      await kept.close();
      throw unusable(error, sink.name);
    });
    try {
      const around = { store, storeId: sinkFingerprint(sink), state: kept.state, now, from };
      const looked = await lookAt(declared, around).catch((error) => {
        throw unusable(error, sink.name);
      });
      const exitCode = looked.gaps.length > 0 ? exitCodes.partial : exitCodes.ok;
      return { schemaVersion: 1, exitCode, now: now.toISOString(), store: sink.name, ...looked };
    } finally {
      await store.close();
      await kept.close();
    }
  } finally {
    await door.close();
  }
}

/** What a store says for good of its settings, or of what they name, is for the config's owner. */
function unusable(error: unknown, name: string): unknown {
  const isItsOwn = error instanceof PermanentError || error instanceof BlockedError;
  return isItsOwn ? new ConfigError(`the store ${name} cannot be asked: ${error.message}`) : error;
}

interface Surroundings extends Pick<KeptState, 'state'> {
  readonly store: Store;
  /** By which the finished chunks know it. */
  readonly storeId: string;
  readonly now: Date;
  readonly from: number;
}

async function lookAt(declared: readonly Declared[], around: Surroundings) {
  const found = createFound();
  const judged: { measurement: string; series: number }[] = [];
  const notJudged: { measurement: string; reason: string }[] = [];
  const covered = new Map<string, Covered>();
  for (const one of declared) {
    const { measurement, instances } = one;
    const reason = whyNotJudged(one);
    if (reason !== undefined) {
      notJudged.push({ measurement: measurement.name, reason });
      continue;
    }
    for (const instance of instances) {
      if (!covered.has(instance.name)) covered.set(instance.name, await coveredIn(instance, around));
    }
    judged.push({ measurement: measurement.name, series: await lookAtOne(one, covered, found, around) });
  }
  return { ...found.end(), judged, notJudged };
}

function coveredIn(instance: ProviderInstance, { store, now }: Surroundings): Promise<Covered> {
  const window = { from: new Date(0), to: now };
  const rows = store.history({ measurement: 'kpi_provider_run', tags: { provider: instance.name }, window });
  return coveredBy(rows, instance, instance.every && gridOf(instance.every));
}

/** Of one measurement, all series in one stream. Resolves to how many there are. */
async function lookAtOne(
  { measurement, instances }: Declared,
  covered: ReadonlyMap<string, Covered>,
  found: Found,
  { store, storeId, state, now, from }: Surroundings,
): Promise<number> {
  const known = new Map<string, { readonly expected: Expected; readonly explained: readonly Ranges[] } | undefined>();
  const finished = new Map<string, Ranges>();
  for (const { name } of instances)
    finished.set(name, await finishedFor(storeId, state, { instance: name, measurement: measurement.name }));
  const starts = new Set<number>();

  /** Those whose series it may be. */
  function owners(tags: Tags): readonly ProviderInstance[] {
    return instances.filter((one) => Object.entries(one.tags).every(([name, value]) => tags[name] === value));
  }

  function about(who: readonly ProviderInstance[]) {
    const key = who.map((one) => one.name).join();
    if (known.has(key)) return known.get(key);
    const every = longest(who.map((one) => one.every));
    const grid = gridOfMeasurement(measurement, every);
    const until = grid && expectedUntil(grid, measurement, every, now.getTime());
    const explained = (of: ProviderInstance, by: Grid) =>
      coveredPeriods(covered.get(of.name) ?? { chains: [], periods: [] }, finished.get(of.name) ?? [], measurement, by, of.settleMs);
    const answer =
      grid && until !== undefined ? { expected: { grid, until }, explained: who.map((one) => explained(one, grid)) } : undefined;
    known.set(key, answer);
    return answer;
  }

  const entries = store.history({ measurement: measurement.name, window: { from: new Date(0), to: now } });
  const series = await findMissing(entries, {
    expected: (tags) => about(owners(tags))?.expected,
    has: (start) => starts.add(start),
    found(tags, range) {
      const who = owners(tags);
      const known = about(who);
      if (!known || who.length === 0) return;
      const { grid } = known.expected;
      // Which of several it belongs to is not known: only what all of them were asked for in full is explained.
      let missing: Ranges = [];
      for (const ranges of known.explained) for (const left of without(range, ranges)) missing = withRange(missing, left);
      for (const [begin, end] of missing) {
        const clipped = from <= begin ? begin : nextFrom(grid, from);
        if (clipped >= end) continue;
        for (const part of judge([clipped, end], measurement, grid, now.getTime())) {
          found.add(
            measurement.name,
            who.map((one) => one.name),
            tags,
            part,
          );
        }
      }
    },
  });
  found.compare(measurement.name, starts);
  return series;
}

/** The first period that begins at a time, or after it. */
function nextFrom(grid: Grid, time: number): number {
  const start = grid.start(time);
  return start >= time ? start : grid.next(start);
}

function longest(periods: readonly (Period | undefined)[]): Period | undefined {
  const known = periods.filter((one) => one !== undefined);
  if (known.length < periods.length) return undefined;
  return known.toSorted((one, other) => periodMs(other, new Date(0)) - periodMs(one, new Date(0)))[0];
}

function whyNotJudged({ measurement, instances }: Declared): string | undefined {
  if (measurement.time === 'event') return 'its points come as they come';
  if (measurement.time === 'snapshot' && instances.every((one) => !one.every)) {
    return `${instances.map((one) => one.name).join(', ')} has no every: nothing says when a point should be there`;
  }
  return undefined;
}

/** The measurements of some instances, each with those that declare and collect it. Throws `UsageError` for a name that is none. */
function declaredBy(instances: readonly ProviderInstance[], wanted: readonly string[] | undefined): readonly Declared[] {
  const byName = new Map<string, { measurement: Measurement; instances: ProviderInstance[] }>();
  for (const instance of instances) {
    if (instance.settings === undefined) continue;
    for (const measurement of instance.provider.measurements(instance.settings)) {
      if (instance.only && !matchesAny(instance.only, measurement.name)) continue;
      const one = byName.get(measurement.name) ?? { measurement, instances: [] };
      one.instances.push(instance);
      byName.set(measurement.name, one);
    }
  }
  const names = [...byName.keys()];
  for (const pattern of wanted ?? []) {
    if (names.some((name) => matchesAny([pattern], name))) continue;
    throw new UsageError(`--measurement ${pattern} is none of what is collected${didYouMean(pattern, names) || ` (${names.join(', ')})`}`);
  }
  return [...byName.values()].filter((one) => !wanted || matchesAny(wanted, one.measurement.name));
}

function fromOf(text: string | undefined, now: Date): number {
  if (text === undefined) return 0;
  const time = parseTime(text, now);
  if (!time) throw new UsageError(`--from ${text} is not a time: write 2026-11-21, -90d or yesterday`);
  if (time > now) throw new UsageError(`--from ${text} is ahead of the clock, which shows ${now.toISOString()}`);
  return time.getTime();
}
