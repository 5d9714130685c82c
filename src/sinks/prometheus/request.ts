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
  /** The samples of one series; of the arrays, the first `count`. */
  const values: number[] = [];
  const stamps: Uint8Array[] = [];
  let count = 0;
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

  function add(value: number, time: Uint8Array): void {
    values[count] = value;
    stamps[count++] = time;
  }

  /** Begins a `TimeSeries` of the samples at hand: its length, and `size` bytes of labels that are written next. */
  function begin(size: number): void {
    let samples = 0;
    for (let index = 0; index < count; index++) samples += 12 + (stamps[index] as Uint8Array).length;
    room(size + samples + 12);
    bytes[at++] = (1 << 3) | 2;
    length(size + samples);
  }

  function endWithSamples(): void {
    for (let index = 0; index < count; index++) {
      const time = stamps[index] as Uint8Array;
      bytes[at++] = (2 << 3) | 2;
      bytes[at++] = 10 + time.length;
      bytes[at++] = (1 << 3) | 1;
      view.setFloat64(at, values[index] as number, true);
      at += 8;
      bytes[at++] = 2 << 3;
      for (let byte = 0; byte < time.length; byte++) bytes[at++] = time[byte] as number;
    }
    count = 0;
  }

  function column({ field, name, extra, label, numberOf }: WireColumn, { series, items, times }: Group): void {
    let last: { readonly time: number; readonly value: unknown } | undefined;
    for (let index = 0; index < items.length; index++) {
      const { entry, time } = items[index] as Item;
      const value = entry.point.fields[field];
      // Two points of one time may both say it.
      if (value === undefined || (last?.time === time && last.value === value)) continue;
      add(numberOf(value), times[index] as Uint8Array);
      last = { time, value };
    }
    if (count === 0) return;
    begin(name.length + series.bytes.length + (extra?.length ?? 0));
    copy(name);
    const before = label && series.before[label.name];
    if (extra && before !== undefined) {
      copy(series.bytes.subarray(0, before));
      copy(extra);
      copy(series.bytes.subarray(before));
    } else copy(series.bytes);
    endWithSamples();
  }

  /** One series for each way in which it is said. */
  function info({ series, items, times }: Group): void {
    const said = new Map<string, { readonly labels: Uint8Array; readonly times: Uint8Array[] }>();
    for (const [index, { entry }] of items.entries()) {
      const labels = infoBytes(series, entry.point.fields);
      if (!labels) continue;
      const words = series.info?.words ?? '';
      const known = said.get(words) ?? { labels, times: [] };
      known.times.push(times[index] as Uint8Array);
      said.set(words, known);
    }
    for (const { labels, times: ofThem } of said.values()) {
      for (const time of ofThem) add(1, time);
      begin(labels.length);
      copy(labels);
      endWithSamples();
    }
  }

  return {
    body(items, metadata) {
      at = 0;
      for (const { write, groups } of metricsOf(groupsOf(items, stamp), column, info)) for (const group of groups) write(group);
      for (const one of metadata) {
        const part = metadataBytes(one);
        room(part.length + varintSize(part.length));
        copy(part);
      }
      return compressor.compress(bytes, at);
    },
  };
}

/** The items of one series, and their times as they are written. */
interface Group {
  readonly series: Series;
  readonly items: Item[];
  readonly times: Uint8Array[];
}

function groupsOf(items: readonly Item[], stamp: (time: number) => Uint8Array): Iterable<Group> {
  const groups = new Map<Series, Group>();
  for (const item of items) {
    const { series, time } = item;
    let group = groups.get(series);
    if (!group) {
      group = { series, items: [], times: [] };
      groups.set(series, group);
    }
    group.items.push(item);
    group.times.push(stamp(time));
  }
  return groups.values();
}

/** What is to be written, by metric, and within a metric by series. */
function metricsOf(
  groups: Iterable<Group>,
  column: (column: WireColumn, group: Group) => void,
  info: (group: Group) => void,
): readonly { readonly metric: string; readonly groups: readonly Group[]; write(group: Group): void }[] {
  const plans = new Map<WirePlan, Group[]>();
  for (const group of groups) {
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
