import type { Point } from '../../sdk/index.ts';
import { withoutQuery } from './addresses.ts';
import type { ReportMeasurement } from './measurements.ts';
import { isSum } from './metrics.ts';
import type { Dates } from './request.ts';
import type { Report, Row } from './schema.ts';
import type { ReportSettings } from './settings.ts';

/** What a report's rows are read by. */
export interface Shape {
  readonly report: ReportSettings;
  readonly measurement: ReportMeasurement;
  readonly property: string;
  readonly dates: Dates;
}

/** What one page of rows came to. */
export interface Reading {
  readonly points: readonly Point[];
  /** Of rows with an address that lost its query: others may be like them, and they have only what can be added up. */
  readonly cut: readonly Point[];
  /** How many rows these were; of some there may be no point. */
  readonly cutRows: number;
  /** Rows that are not as documented, and what is wrong with the first of them. */
  readonly bad: number;
  readonly why: string | undefined;
  /** Ratios that cannot be one, by their metrics: left out of their points, of which the rest is no less true. */
  readonly odd: OddRatios;
  /** Rows that name no day. */
  readonly dayless: number;
}

/** In how many rows a metric is no ratio, and what it is in the first of them. */
export type OddRatios = ReadonlyMap<string, { readonly rows: number; readonly first: number }>;

/** A placeholder of Google's: nothing is known there, or too much. https://support.google.com/analytics/answer/13504892 */
const placeholders: ReadonlySet<string> = new Set(['(not set)', '(other)']);
/** Amounts that may be negative: refunds, and what the property's owner defines. */
const signed: ReadonlySet<string> = new Set(['TYPE_CURRENCY', 'TYPE_STANDARD', 'TYPE_FLOAT']);

/** Why a report is none to the question, in words; undefined when it is. */
export function mismatch(
  { dimensionHeaders, metricHeaders, rows, rowCount }: Report,
  { report }: Shape,
  offset: number,
): string | undefined {
  const dimensions = ['date', ...report.dimensions.map(({ name }) => name)].join(' ');
  const metrics = report.metrics.map(({ name }) => name).join(' ');
  const told = `${dimensionHeaders.map(({ name }) => name).join(' ')} / ${metricHeaders.map(({ name }) => name).join(' ')}`;
  // A report without rows need not say of what it has none.
  if (rows.length === 0 && told === ' / ') return undefined;
  if (told !== `${dimensions} / ${metrics}`) return `its columns are ${told}, where ${dimensions} / ${metrics} were asked for`;
  if (rows.length > 0 && offset + rows.length > rowCount) return `it says that it has ${rowCount} rows, and brings ${offset + rows.length}`;
  return undefined;
}

/** Metrics that the credentials may not see. https://support.google.com/analytics/answer/10851388 */
export function restrictedMetrics({ metadata }: Report): ReadonlySet<string> {
  const all = metadata?.schemaRestrictionResponse?.activeMetricRestrictions ?? [];
  return new Set(all.flatMap(({ metricName }) => metricName ?? []));
}

/** The points of one page. Values that Google does not tell are absent from them. */
export function readRows(answer: Report, shape: Shape): Reading {
  const restricted = restrictedMetrics(answer);
  const points: Point[] = [];
  const cut: Point[] = [];
  let cutRows = 0;
  let bad = 0;
  let dayless = 0;
  let why: string | undefined;
  const odd = new Map<string, { rows: number; first: number }>();
  for (const row of answer.rows) {
    try {
      const made = pointOf(row as Row, answer, restricted, shape);
      if (made === 'dayless') {
        dayless += 1;
        continue;
      }
      for (const [name, first] of made.odd) odd.set(name, { first, ...odd.get(name), rows: (odd.get(name)?.rows ?? 0) + 1 });
      if (made.isCut) cutRows += 1;
      if (made.point !== undefined) (made.isCut ? cut : points).push(made.point);
    } catch (error) {
      if (!(error instanceof BadRow)) throw error;
      bad += 1;
      why ??= error.message;
    }
  }
  return { points, cut, cutRows, bad, why, odd, dayless };
}

class BadRow extends Error {}

interface Made {
  readonly isCut: boolean;
  /** Metrics that are no ratio, with their values. */
  readonly odd: readonly (readonly [string, number])[];
  /** Absent where nothing of it is known. */
  readonly point?: Point;
}

function pointOf(row: Row, answer: Report, restricted: ReadonlySet<string>, shape: Shape): Made | 'dayless' {
  const { report, measurement, property, dates } = shape;
  const [day, ...values] = row.dimensionValues ?? [];
  if (values.length !== report.dimensions.length) throw new BadRow('it has not one value for each dimension');
  if (row.metricValues?.length !== report.metrics.length) throw new BadRow('it has not one value for each metric');
  const date = wordOf(day?.value);
  if (placeholders.has(date) || date === '') return 'dayless';
  const time = timeOf(date, dates);
  const tags: Record<string, string> = { property };
  let isCut = false;
  for (const [index, { tag }] of report.dimensions.entries()) {
    const told = withoutQuery(wordOf(values[index]?.value));
    isCut ||= told.isCut;
    // A tag is never empty, and this is not the same as "(not set)", which Google tells besides.
    tags[tag] = told.text || '(empty)';
  }
  const fields: Record<string, number | string> = {};
  const odd: [string, number][] = [];
  let isMoney = false;
  for (const [index, { name, field }] of report.metrics.entries()) {
    const type = answer.metricHeaders[index]?.type ?? '';
    const value = restricted.has(name) ? undefined : numberOf(row.metricValues[index]?.value, name, type);
    if (value === undefined) continue;
    if (isCut && !isSum(name)) continue;
    if (measurement.fields[field]?.kind === 'ratio' && (value < 0 || value > 1)) {
      odd.push([name, value]);
      continue;
    }
    fields[field] = value;
    isMoney ||= type === 'TYPE_CURRENCY';
  }
  if (Object.keys(fields).length === 0) return { isCut, odd };
  const currency = answer.metadata?.currencyCode;
  if (isMoney && currency && measurement.fields.currency !== undefined) fields.currency = currency;
  return { isCut, odd, point: measurement.of({ tags, fields, time }) };
}

function wordOf(value: unknown): string {
  if (typeof value !== 'string') throw new BadRow('a dimension has no value');
  return value;
}

/** 00:00Z of `20261121`. */
function timeOf(date: string, dates: Dates): Date {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  const text = `${year}-${month}-${day}`;
  const time = new Date(`${text}T00:00:00.000Z`);
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== text) throw new BadRow(`"${date.slice(0, 20)}" is no date`);
  if (text < dates.from || text > dates.to) throw new BadRow(`${text} was not asked for`);
  return time;
}

/** A number travels as text. undefined: it is not known. */
function numberOf(value: unknown, name: string, type: string): number | undefined {
  if (value === '' || placeholders.has(String(value))) return undefined;
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value)) throw new BadRow(`${name} is no number`);
  const number = Number(value);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number)))
    throw new BadRow(`${name} is too large to be exact`);
  if (number < 0 && !signed.has(type)) throw new BadRow(`${name} is negative`);
  return number;
}
