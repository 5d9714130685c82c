import type { Entry } from '../../sdk/index.ts';
import { compare, type Metadata } from './naming.ts';
import { metadataBytes, varint, varintSize } from './protobuf.ts';
import { infoBytes, type Series, type WireColumn, type WirePlan } from './series.ts';
import { createCompressor } from './snappy.ts';

/** An entry on its way into a request. */
export interface Item {
  /** Its place in the batch. */
  readonly index: number;
  readonly entry: Entry;
  readonly series: Series;
  /** Milliseconds. */
  readonly time: number;
}

/** Makes the bodies of requests: a `WriteRequest` in Snappy's block format. */
export interface Requests {
  /** `items` come by time, the older first. Series are sorted by metric and labels, samples by time. */
  body(items: readonly Item[], metadata: readonly Metadata[]): Uint8Array<ArrayBuffer>;
}

export function createRequests(): Requests {
  const compressor = createCompressor();
  let bytes = new Uint8Array(65_536);
  let view = new DataView(bytes.buffer);
  let at = 0;
  /** The values and times of the samples of one series. */
  let values: number[] = [];
  let stamps: Uint8Array[] = [];
  let stampOf = new Map<number, Uint8Array>();

  function room(length: number): void {
    if (at + length <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, at + length));
    larger.set(bytes.subarray(0, at));
    bytes = larger;
    view = new DataView(bytes.buffer);
  }

  function length(value: number): void {
    let left = value;
    for (; left > 127; left >>>= 7) bytes[at++] = (left & 127) | 128;
    bytes[at++] = left;
  }

  function copy(part: Uint8Array): void {
    bytes.set(part, at);
    at += part.length;
  }

  function stamp(time: number): Uint8Array {
    const known = stampOf.get(time);
    if (known) return known;
    const made = varint(time);
    if (stampOf.size >= 10_000) stampOf = new Map();
    stampOf.set(time, made);
    return made;
  }

  /** Writes a `TimeSeries` of the samples at hand, whose labels `size` bytes will be; `labels` writes them. */
  function timeSeries(size: number, labels: () => void): void {
    let samples = 0;
    for (const one of stamps) samples += 12 + one.length;
    room(size + samples + 12);
    bytes[at++] = (1 << 3) | 2;
    length(size + samples);
    labels();
    for (let index = 0; index < stamps.length; index++) {
      const one = stamps[index] as Uint8Array;
      bytes[at++] = (2 << 3) | 2;
      bytes[at++] = 10 + one.length;
      bytes[at++] = (1 << 3) | 1;
      view.setFloat64(at, values[index] as number, true);
      at += 8;
      bytes[at++] = 2 << 3;
      for (let byte = 0; byte < one.length; byte++) bytes[at++] = one[byte] as number;
    }
    values = [];
    stamps = [];
  }

  function column({ field, name, extra, label, numberOf }: WireColumn, { series, items }: Group): void {
    for (const { entry, time } of items) {
      const value = entry.point.fields[field];
      if (value === undefined) continue;
      values.push(numberOf(value));
      stamps.push(stamp(time));
    }
    if (stamps.length === 0) return;
    timeSeries(name.length + series.bytes.length + (extra?.length ?? 0), () => {
      copy(name);
      if (!extra || !label) return copy(series.bytes);
      copy(series.bytes.subarray(0, series.before[label.name]));
      copy(extra);
      copy(series.bytes.subarray(series.before[label.name]));
    });
  }

  /** One series for each way in which it is said. */
  function info({ series, items }: Group): void {
    const said = new Map<string, { readonly labels: Uint8Array; readonly times: number[] }>();
    for (const { entry, time } of items) {
      const labels = infoBytes(series, entry.point.fields);
      if (!labels) continue;
      const words = series.info?.words ?? '';
      const known = said.get(words);
      if (known) known.times.push(time);
      else said.set(words, { labels, times: [time] });
    }
    for (const { labels, times } of said.values()) {
      values = times.map(() => 1);
      stamps = times.map(stamp);
      timeSeries(labels.length, () => copy(labels));
    }
  }

  return {
    body(items, metadata) {
      at = 0;
      for (const { write, groups } of metricsOf(items, column, info)) for (const group of groups) write(group);
      for (const one of metadata) {
        const part = metadataBytes(one);
        room(part.length + varintSize(part.length));
        copy(part);
      }
      return compressor.compress(bytes, at);
    },
  };
}

/** The items of one series. */
interface Group {
  readonly series: Series;
  readonly items: Item[];
}

/** What is to be written, by metric, and within a metric by series. */
function metricsOf(
  items: readonly Item[],
  column: (column: WireColumn, group: Group) => void,
  info: (group: Group) => void,
): readonly { readonly metric: string; readonly groups: readonly Group[]; write(group: Group): void }[] {
  const groups = new Map<Series, Group>();
  for (const item of items) {
    const group = groups.get(item.series);
    if (group) group.items.push(item);
    else groups.set(item.series, { series: item.series, items: [item] });
  }
  const plans = new Map<WirePlan, Group[]>();
  for (const group of groups.values()) {
    const ofPlan = plans.get(group.series.plan);
    if (ofPlan) ofPlan.push(group);
    else plans.set(group.series.plan, [group]);
  }
  const metrics = [...plans].flatMap(([plan, ofPlan]) => {
    ofPlan.sort((one, other) => compare(one.series.key, other.series.key));
    const all = plan.columns.map((one) => ({ metric: one.metric, groups: ofPlan, write: (group: Group) => column(one, group) }));
    return plan.info ? [...all, { metric: plan.info.metadata.name, groups: ofPlan, write: info }] : all;
  });
  return metrics.sort((one, other) => compare(one.metric, other.metric));
}
