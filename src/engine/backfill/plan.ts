import type { Measurement } from '../../sdk/measurement.ts';
import type { Window } from '../../sdk/time.ts';
import type { ProviderInstance } from '../config/config.ts';
import { matchesAny } from '../patterns.ts';
import type { InstancePlan } from '../plan.ts';
import { chunksOf, chunkWindow, rangeWindow } from './chunks.ts';
import { leastCalls } from './cost.ts';
import type { BackfillDraft, PastOf } from './draft.ts';
import { fingerprint, sinkFingerprint } from './fingerprint.ts';
import { chunkKey, type FinishedChunk } from './finished.ts';
import type { SinkPart } from './sink-parts.ts';
import { missingIn, type Spans, withoutSpan } from './spans.ts';

/** What a backfill would do. JSON-ready: times are ISO 8601. */
export interface BackfillPlan {
  readonly window: IsoWindow;
  /** How much one chunk holds. */
  readonly chunk: string;
  readonly providers: readonly ProviderPart[];
  /** What is selected and has nothing to give, and why. */
  readonly skipped: BackfillDraft['skipped'];
  readonly sinks: readonly SinkPart[];
}

interface IsoWindow {
  readonly from: string;
  readonly to: string;
}

/** What one instance is asked for. */
interface ProviderPart {
  readonly name: string;
  readonly type: string;
  readonly chunks: number;
  /** Those of them that an earlier backfill has finished. */
  readonly finished: number;
  /** Expected requests for the rest; those for what only the upstream knows of come on top. */
  readonly leastCalls: number;
  readonly quota: QuotaLeft | null;
  readonly measurements: readonly MeasurementPart[];
}

/** What the last run that was told of it could still ask for. */
export interface QuotaLeft {
  readonly remaining: number;
  readonly limit?: number;
  readonly resetAt?: string;
  readonly at: string;
}

/** What will be asked for in all. */
interface MeasurementPart extends IsoWindow {
  readonly name: string;
  readonly time: Measurement['time'];
  /** How far back it can be asked for, where that is not without end. */
  readonly depth?: string;
}

/** A backfill, ready to be run. */
export interface Backfill {
  readonly plan: BackfillPlan;
  readonly instances: readonly InstanceBackfill[];
}

export interface InstanceBackfill {
  /** Without a schedule: a backfill is never late. */
  readonly instance: ProviderInstance;
  readonly declared: readonly Measurement[];
  /** All of it, without windows. */
  readonly whole: InstancePlan;
  /** What is not finished of the chunks, the newest first: of each one piece, or several. */
  readonly pieces: readonly InstancePlan[];
  /** How many there are, finished or not. */
  readonly chunks: number;
  /** Of them, those of which nothing is left. */
  readonly finished: number;
  /** Of them, those of which something is left, and not all. */
  readonly begun: number;
  /** What to forget first. */
  readonly restart: readonly FinishedChunk[];
  /** What is to be remembered of a piece. */
  keys(piece: InstancePlan): readonly FinishedChunk[];
}

export interface Known {
  /** The finished chunks of each instance, by `chunkKey`. */
  readonly finished: ReadonlyMap<string, ReadonlyMap<string, Spans>>;
  readonly quotas: ReadonlyMap<string, QuotaLeft>;
  /** As if nothing of the range were finished. */
  readonly restart: boolean;
}

/** Pure: the chunks of a draft, less those that are finished. */
export function planBackfill(draft: BackfillDraft, known: Known): Backfill {
  const { range, now, asked, skipped, sinks } = draft;
  const cells = chunksOf(range);
  const instances = asked.map((one) => planInstance(one, cells, draft, known));
  const providers = instances.map(({ instance, declared, whole, pieces, chunks, finished }) => ({
    name: instance.name,
    type: instance.type,
    chunks,
    finished,
    leastCalls: leastCalls(instance, declared, pieces),
    quota: known.quotas.get(instance.name) ?? null,
    measurements: whole.measurements.map((one) => ({
      name: one.name,
      time: one.time,
      ...isoWindow(rangeWindow(one, range, now) ?? range),
      ...(one.history?.depth !== undefined && { depth: one.history.depth }),
    })),
  }));
  return { instances, plan: { window: isoWindow(range), chunk: range.chunk.text, providers, skipped, sinks } };
}

function planInstance(
  { instance: { every: _, ...instance }, declared, measurements }: PastOf,
  cells: readonly Window[],
  { config, range, now }: BackfillDraft,
  known: Known,
): InstanceBackfill {
  const at = new Date(Math.floor(now.getTime() / 1000) * 1000);
  const { name } = instance;
  const whole = measurements.map((measurement) => {
    const taking = config.sinks.filter((sink) => sink.selected && matchesAny(sink.only ?? ['*'], measurement.name));
    const key = {
      instance: name,
      measurement: measurement.name,
      fingerprint: fingerprint(instance, measurement, config.sinks),
      sinks: taking.map(sinkFingerprint),
    };
    const window = rangeWindow(measurement, range, now) ?? range;
    const spans = known.finished.get(name)?.get(chunkKey(key)) ?? [];
    return { measurement, key, window, finished: known.restart ? withoutSpan(spans, window) : spans };
  });
  const pieces: InstancePlan[] = [];
  let chunks = 0;
  let finished = 0;
  let begun = 0;
  for (const cell of cells) {
    const asked = whole.flatMap(({ measurement, finished }) => {
      const window = chunkWindow(measurement, cell, range, now);
      return window ? [{ measurement, window, missing: missingIn(finished, window) }] : [];
    });
    if (asked.length === 0) continue;
    chunks++;
    // With other chunks than before, what is finished may lie in the middle of one: what is left of it are several pieces.
    const parts = Math.max(...asked.map(({ missing }) => missing.length));
    if (parts === 0) finished++;
    else if (asked.some(({ window, missing }) => missing.length !== 1 || lengthOf(missing[0]) < lengthOf(window))) begun++;
    for (let part = 0; part < parts; part++) {
      const windows: Record<string, Window> = {};
      for (const { measurement, missing } of asked) {
        const window = missing[part];
        if (window) windows[measurement.name] = window;
      }
      pieces.push({ at, measurements: measurements.filter(({ name }) => windows[name]), windows, givenUp: {}, tooOld: [] });
    }
  }
  return {
    instance,
    declared,
    whole: { at, measurements, windows: {}, givenUp: {}, tooOld: [] },
    pieces,
    chunks,
    finished,
    begun,
    restart: known.restart ? whole.map(({ key, window }) => ({ ...key, window })) : [],
    keys: ({ windows }) =>
      whole.flatMap(({ key }) => {
        const window = windows[key.measurement];
        return window ? [{ ...key, window }] : [];
      }),
  };
}

function lengthOf(window: Window | undefined): number {
  return window ? window.to.getTime() - window.from.getTime() : 0;
}

function isoWindow({ from, to }: Window): IsoWindow {
  return { from: from.toISOString(), to: to.toISOString() };
}
