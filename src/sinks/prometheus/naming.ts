import type { Field, FieldValue, Measurement } from '../../sdk/index.ts';
import { type BaseUnit, baseUnit, withoutUnit } from './units.ts';

/** A metric's type as it is declared to the server. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info';

/** What a server and its users are told of a metric. */
export interface Metadata {
  /** Of a histogram or summary: what its series have in common. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** The base unit that the name ends in; empty where there is none. */
  readonly unit: string;
}

/** A field as samples: a metric, and of a bucket or quantile the label that tells which. A field may be two of them. */
export interface Column {
  readonly field: string;
  readonly metric: string;
  readonly label?: { readonly name: 'le' | 'quantile'; readonly value: string };
  readonly metadata: Metadata;
  numberOf(value: FieldValue): number;
}

/** How the points of a measurement are spelt in Prometheus. */
export interface Plan {
  readonly measurement: string;
  /** By metric, then by label. */
  readonly columns: readonly Column[];
  /** The metric whose labels hold what is said in words; its value is 1. */
  readonly info?: { readonly metadata: Metadata; readonly fields: readonly string[] };
}

/** Names by the conventions: base units, `_total`, `_ratio`, `_info`, `_bucket`, `_sum`, `_count`. https://prometheus.io/docs/practices/naming/ */
export function planOf(declared: Measurement): Plan {
  const { name: measurement, fields } = declared;
  const taken = new Map<string, string>();

  /** The metric of a field, or of an observed quantity; spelt out where another has this name already. */
  function metricOf(short: string, long: string, suffix: string, owner: string): string {
    const full = (stem: string) => [measurement, stem, suffix].filter((part) => part !== '').join('_');
    const metric = [full(short), full(long)].find((name) => (taken.get(name) ?? owner) === owner) ?? `${full(long)}_value`;
    taken.set(metric, owner);
    return metric;
  }

  function plain(field: string, { kind, unit, help }: Field): Column {
    const base = kind === 'gauge' || kind === 'counter' ? baseUnit(unit) : undefined;
    const words: string[] = [];
    let stem = kind === 'counter' ? field.replace(/_total$/, '') : field;
    if (kind === 'moment') words.push('timestamp', 'seconds');
    else if (kind === 'ratio') words.push('ratio');
    else if (base) words.push(base.name);
    stem = kind === 'moment' ? stem.replace(/_(at|timestamp)$/, '') : words[0] === undefined ? stem : withoutUnit(stem, words[0]);
    if (kind === 'counter') words.push('total');
    const metric = metricOf(stem, field, words.join('_'), field);
    const metadata: Metadata = {
      name: metric,
      type: kind === 'counter' ? 'counter' : 'gauge',
      help: helpOf(declared, field, help),
      unit: kind === 'moment' ? 'seconds' : (base?.name ?? (kind === 'ratio' ? 'ratio' : '')),
    };
    return { field, metric, metadata, numberOf: base ? scaled(base) : numberOf };
  }

  const columns: Column[] = [];
  const words: string[] = [];
  for (const [field, declaration] of Object.entries(fields)) {
    const { kind, of } = declaration;
    if (kind === 'text' || kind === 'name') words.push(field);
    else if ((kind === 'summary' || kind === 'histogram') && of !== undefined) {
      const base = baseUnit(fields[`${of}_sum`]?.unit);
      const family = metricOf(base ? withoutUnit(of, base.name) : of, of, base?.name ?? '', `of ${of}`);
      const metadata = { name: family, type: kind, help: helpOf(declared, of, undefined), unit: base?.name ?? '' };
      columns.push(...observed(field, declaration, metadata, base));
    } else columns.push(plain(field, declaration));
  }
  columns.sort((one, other) => compare(one.metric, other.metric) || compare(one.label?.value ?? '', other.label?.value ?? ''));
  if (words.length === 0) return { measurement, columns };
  const help = `${sentence(declared.help)}: what is said of it in words.`;
  const info: Metadata = { name: metricOf('info', 'info', '', 'words of it'), type: 'info', help, unit: '' };
  return { measurement, columns, info: { metadata: info, fields: words.sort() } };
}

/** The samples of one number of a list of observations. */
function observed(field: string, { part = '' }: Field, metadata: Metadata, base: BaseUnit | undefined): readonly Column[] {
  const { name, type } = metadata;
  const column = (metric: string, converts: boolean, label?: Column['label']): Column => ({
    field,
    metric,
    metadata,
    numberOf: converts && base ? scaled(base) : numberOf,
    ...(label && { label }),
  });
  if (part === 'count' && type === 'histogram')
    return [column(`${name}_count`, false), column(`${name}_bucket`, false, { name: 'le', value: '+Inf' })];
  if (part === 'count') return [column(`${name}_count`, false)];
  if (part === 'sum') return [column(`${name}_sum`, true)];
  const number = Number(part.replace(/^(p|le_)/, '').replace('_', '.'));
  if (type === 'summary') return [column(name, true, { name: 'quantile', value: String(Number((number / 100).toPrecision(12))) })];
  const bound = base ? Number(((number * base.times) / base.per).toPrecision(12)) : number;
  return [column(`${name}_bucket`, false, { name: 'le', value: String(bound) })];
}

/** Flags are 0 and 1, moments are Unix seconds. */
function numberOf(value: FieldValue): number {
  return typeof value === 'string' ? Date.parse(value) / 1000 : Number(value);
}

function scaled({ times, per }: BaseUnit): Column['numberOf'] {
  return (value) => ((value as number) * times) / per;
}

/** Mimir cuts, and older ones refuse, what is longer than this. https://grafana.com/docs/mimir/latest/configure/configuration-parameters/ */
const longestHelp = 1000;

function helpOf(declared: Measurement, field: string, help: string | undefined): string {
  const text = `${sentence(declared.help)}: ${field.replaceAll('_', ' ')}.${help === undefined ? '' : ` ${help}`}`;
  return text.length > longestHelp ? `${text.slice(0, longestHelp)}…` : text;
}

function sentence(text: string): string {
  return text.replace(/\.$/, '');
}

/** By code unit, as labels are compared. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
