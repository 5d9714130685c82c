import type { Entry, Fields, Measurement, Point, Tags } from '../../sdk/index.ts';
import { type Column, compare, type Plan, planOf } from './naming.ts';
import { joined, labelBytes } from './protobuf.ts';

/** A column with what the wire format says of it. */
export interface WireColumn extends Column {
  readonly name: Uint8Array;
  readonly extra?: Uint8Array;
}

export interface WirePlan extends Omit<Plan, 'columns'> {
  readonly columns: readonly WireColumn[];
}

/** The points of one series, which are as many series of Prometheus as they have numbers. */
export interface Series {
  readonly plan: WirePlan;
  /** As labels: names that Prometheus keeps for itself stand as `exported_le`, empty values are left out, sorted by name. */
  readonly labels: readonly Label[];
  /** Orders series of a measurement. */
  readonly key: string;
  readonly bytes: Uint8Array;
  /** How many of `bytes` come before the label of a bucket or a quantile. */
  readonly before: { readonly le: number; readonly quantile: number };
  /** The labels of the last `_info`: most series say the same for long. */
  info?: { readonly words: string; readonly bytes: Uint8Array };
}

export type Label = readonly [name: string, value: string];

export interface AllSeries {
  of(point: Point): Series;
  /** Forgets them where they have become many; not within a batch, in which a series must stay one. */
  trim(): void;
}

/** Series whose spelling is kept from batch to batch; with more, it starts anew. */
const mostSeries = 50_000;

export function createSeries(measurement: (name: string) => Measurement): AllSeries {
  const plans = new Map<string, WirePlan>();
  let known = new Map<string, Series>();

  function planFor(name: string): WirePlan {
    const found = plans.get(name);
    if (found) return found;
    const plan = planOf(measurement(name));
    const columns = plan.columns.map((column) => ({
      ...column,
      name: labelBytes('__name__', column.metric),
      ...(column.label && { extra: labelBytes(column.label.name, column.label.value) }),
    }));
    const wired = { ...plan, columns };
    plans.set(name, wired);
    return wired;
  }

  return {
    of({ measurement: name, tags }) {
      let key = name;
      // With its length, no value can be taken for another tag.
      for (const tag in tags) key += `\0${tag}\0${tags[tag]?.length}\0${tags[tag]}`;
      const found = known.get(key);
      if (found) return found;
      const series = seriesOf(planFor(name), tags);
      known.set(key, series);
      return series;
    },
    trim() {
      if (known.size > mostSeries) known = new Map();
    },
  };
}

function seriesOf(plan: WirePlan, tags: Tags): Series {
  const labels = Object.entries(tags)
    .filter(([, value]) => value !== '')
    .map(([tag, value]): Label => [labelName(tag), value])
    .sort(([one], [other]) => compare(one, other));
  const parts = labels.map(([name, value]) => labelBytes(name, value));
  const before = (extra: string) => labels.reduce((sum, [name], index) => (name < extra ? sum + (parts[index]?.length ?? 0) : sum), 0);
  return {
    plan,
    labels,
    key: labels.map((label) => label.join('\0')).join('\0\0'),
    bytes: joined(parts),
    before: { le: before('le'), quantile: before('quantile') },
  };
}

/** `le` and `quantile` belong to histograms and summaries; `exported_` is how Prometheus itself renames what is in its way. */
export function labelName(tag: string): string {
  return tag === 'le' || tag === 'quantile' ? `exported_${tag}` : tag;
}

/** The labels of `_info`: those of the series, and what the point says in words. Undefined where it says nothing. */
function infoLabels({ plan, labels }: Series, fields: Fields): readonly Label[] | undefined {
  const said = (plan.info?.fields ?? []).filter((field) => fields[field] !== undefined);
  if (said.length === 0) return undefined;
  // A label that is empty is none. https://prometheus.io/docs/specs/prw/remote_write_spec/#labels
  const words = said.map((field): Label => [labelName(field), String(fields[field])]).filter(([, value]) => value !== '');
  return [...labels, ...words].sort(([one], [other]) => compare(one, other));
}

/** The same as bytes, metric's name included. */
export function infoBytes(series: Series, fields: Fields): Uint8Array | undefined {
  const { info } = series.plan;
  if (!info) return undefined;
  let words = '';
  let some = false;
  for (const field of info.fields) {
    const value = fields[field];
    if (value === undefined) continue;
    some = true;
    words += `${field}\0${String(value).length}\0${value}\0`;
  }
  if (!some) return undefined;
  if (series.info?.words === words) return series.info.bytes;
  const parts = (infoLabels(series, fields) ?? []).map(([name, value]) => labelBytes(name, value));
  const bytes = joined([labelBytes('__name__', info.metadata.name), ...parts]);
  series.info = { words, bytes };
  return bytes;
}

/** One sample in full, as the server tells it when it is asked. */
export interface Sample {
  readonly labels: readonly Label[];
  readonly value: number;
}

/** All samples of an entry. */
export function samplesOf(series: Series, { point }: Entry): readonly Sample[] {
  const samples: Sample[] = [];
  for (const { field, metric, label, numberOf } of series.plan.columns) {
    const value = point.fields[field];
    if (value === undefined) continue;
    const extra: readonly Label[] = label ? [[label.name, label.value]] : [];
    samples.push({ labels: named(metric, [...series.labels, ...extra]), value: numberOf(value) });
  }
  const info = infoLabels(series, point.fields);
  if (info && series.plan.info) samples.push({ labels: named(series.plan.info.metadata.name, info), value: 1 });
  return samples;
}

function named(metric: string, labels: readonly Label[]): readonly Label[] {
  return [['__name__', metric], ...labels.toSorted(([one], [other]) => compare(one, other))];
}
