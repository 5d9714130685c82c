import type { Entry, Fields, Rejection, SinkContext } from '../../sdk/index.ts';
import type { Connection } from './connection.ts';
import { createDelivery } from './delivery.ts';
import { createRequests, type Item } from './request.ts';
import { createSeries } from './series.ts';
import type { Settings } from './settings.ts';

/** Writes batches of entries. */
export interface Writer {
  write(batch: readonly Entry[]): Promise<readonly Rejection[]>;
}

export function createWriter(settings: Settings, connection: Connection, context: SinkContext): Writer {
  const series = createSeries((name) => context.measurement(name));
  const delivery = createDelivery(connection, createRequests());
  const keepsAll = settings.server === 'victoriametrics';

  return {
    async write(batch) {
      if (batch.length === 0) return [];
      series.trim();
      const items = batch.map((entry, index): Item => ({ index, entry, series: series.of(entry.point), time: entry.point.time.getTime() }));
      items.sort((one, other) => one.time - other.time);
      const { sent, again } = keepsAll ? { sent: items, again: [] } : apart(items);
      const settled = await delivery.deliver(sent);
      const rejected: Rejection[] = [];
      for (const [{ index }, { refused }] of settled) if (refused !== undefined) rejected.push({ index, reason: refused });
      for (const { index } of again) rejected.push({ index, reason: twice });
      return rejected.sort((one, other) => one.index - other.index);
    },
  };
}

const twice = 'duplicate sample for timestamp: another point of this series and time came before it in the same batch';

/** Points that say nothing otherwise of one series and time; and those that do, of which Prometheus would drop the samples in silence. */
function apart(items: readonly Item[]): { readonly sent: readonly Item[]; readonly again: readonly Item[] } {
  const sent: Item[] = [];
  const again: Item[] = [];
  const seen = new Map<Item['series'], { readonly time: number; readonly fields: Fields }>();
  for (const item of items) {
    const { fields } = item.entry.point;
    const last = seen.get(item.series);
    const before = last?.time === item.time ? last.fields : {};
    const names = Object.keys(fields);
    if (names.some((field) => before[field] !== undefined && before[field] !== fields[field])) again.push(item);
    // One that adds nothing is stored with the first.
    else if (names.some((field) => before[field] === undefined)) {
      seen.set(item.series, { time: item.time, fields: { ...before, ...fields } });
      sent.push(item);
    }
  }
  return { sent, again };
}
