import { setImmediate as macrotask } from 'node:timers/promises';
import type { Measurement } from '../../sdk/measurement.ts';
import { type Entry, seriesKey, seriesText } from '../../sdk/point.ts';
import type { Capabilities, Store } from '../../sdk/sink.ts';
import type { OfMeasurement } from './buffer.ts';
import { createFound, type Found } from './found.ts';
import { differences, type Row, written } from './rule.ts';

export interface AskOptions {
  readonly measurement: Measurement;
  readonly rerun: Capabilities['rerun'];
  readonly signal: AbortSignal;
  redact(text: string): string;
}

/** After so many rows of the store, signals and timers have their turn: a store may answer all of them at once. */
const rowsABreath = 1000;

/** Compares entries of one measurement with what the store has of their series between the first and the last of them. */
export async function compareWith(store: Store, entries: OfMeasurement, options: AskOptions): Promise<Found> {
  const { measurement, rerun } = options;
  const rows = await rowsOf(store, entries, options);
  const found = createFound(measurement.name, options.redact);
  for (const ofSeries of entries.series.values()) {
    for (const ofIdentity of ofSeries.values()) {
      const row = rows.get(ofIdentity);
      if (row === undefined) {
        found.add();
        continue;
      }
      let after: Row = row;
      for (const entry of ofIdentity) after = written(rerun, after, entry);
      const changed = differences(measurement.fields, row.fields, after.fields);
      if (changed.length === 0) found.leave();
      else found.change((ofIdentity[0] as Entry).point, changed);
    }
  }
  return found;
}

/** The rows of the store, each by the entries that have its identity. */
async function rowsOf(
  store: Store,
  entries: OfMeasurement,
  { measurement, signal }: AskOptions,
): Promise<ReadonlyMap<readonly Entry[], Row>> {
  const rows = new Map<readonly Entry[], Row>();
  const series: string[] = [];
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const ofSeries of entries.series.values()) {
    let tags: Entry['point']['tags'] | undefined;
    for (const [time, [first]] of ofSeries) {
      tags ??= first?.point.tags;
      from = Math.min(from, time);
      to = Math.max(to, time);
    }
    if (tags) series.push(seriesKey(measurement.name, tags));
  }
  const window = { from: new Date(from), to: new Date(to + 1) };
  let seen = 0;
  for await (const { point, collectedAt } of store.history({ measurement: measurement.name, series, window })) {
    if (++seen % rowsABreath === 0) {
      await macrotask();
      signal.throwIfAborted();
    }
    const ofIdentity = entries.series.get(seriesText(measurement.name, point.tags))?.get(point.time.getTime());
    if (ofIdentity === undefined) continue;
    // Of a store that keeps copies, the newest counts.
    const other = rows.get(ofIdentity);
    if (other === undefined || collectedAt >= other.collectedAt) rows.set(ofIdentity, { fields: point.fields, collectedAt });
  }
  return rows;
}
