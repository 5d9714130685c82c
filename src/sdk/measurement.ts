import type { FieldValue, Point } from './point.ts';
import { durationMs, isMoment } from './time.ts';

/**
 * What a field's numbers mean. `gauge`: a level. `counter`: a total that only grows at its source. `ratio`: 0 to 1. `flag`: true or
 * false. `moment`: ISO 8601. `text`: a value in words. `name`: words that describe the series. `summary` and `histogram`: one number
 * of a list of observations.
 */
export type FieldKind = 'gauge' | 'counter' | 'ratio' | 'flag' | 'moment' | 'text' | 'name' | 'summary' | 'histogram';

/** So much, or a part of the last reading: `5%`. */
export type GuardLimit = number | string;

/** What a reading of a counter may do against the last one before its time. Plain JSON. */
export interface Guard {
  /** How far it may fall. */
  readonly maxDrop?: GuardLimit | undefined;
  /** How far it may rise. */
  readonly maxJump?: GuardLimit | undefined;
  /** What it may not be under, once it was not. */
  readonly min?: number | undefined;
  /** What becomes of a value that breaks it: nothing, a notice, or (the default) it is held back until later ones agree with it. */
  readonly then?: 'accept' | 'flag' | 'hold' | undefined;
}

export interface Field<Kind extends FieldKind = FieldKind> {
  readonly kind: Kind;
  /** UCUM, e.g. `{star}`, `ms`, `By`. Absent where the kind says it all. */
  readonly unit?: string;
  readonly help?: string;
  /** Of a summary or histogram: the name of the observed quantity, and which number of it this is: `count`, `sum`, `p50`, `le_0_5`. */
  readonly of?: string;
  readonly part?: string;
  /** Of a snapshot's counter: how its readings are guarded where the config does not say otherwise. */
  readonly guard?: Guard;
}

/** How far back a measurement can be asked for, and for how long its numbers are revised. Durations: `90s`, `4h`, `14d`. */
export interface History {
  /** How long ago the upstream still tells of, by the clock; absent: all of it. */
  readonly depth?: string;
  /** How far back it tells where no duration says it, in words: `from 2015-08-14`. Nothing acts on it. */
  readonly reach?: string;
  /** What the first run asks for; default: `settle`. */
  readonly first?: string;
  /** For how long after its period a number may still change; default `0s`. */
  readonly settle?: string;
  /** Whose calendar ends a period: `UTC`, an IANA zone, or `account`: the session says. Default `UTC`. */
  readonly zone?: string;
}

/** A declared kind of record. Plain JSON. */
export interface Measurement {
  readonly name: string;
  readonly help: string;
  /** What a point's time is: the run's `at`, its own instant, or 00:00Z of the date that the upstream names. */
  readonly time: 'snapshot' | 'event' | 'day' | 'month';
  /** Tag name → what it holds. */
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Field>>;
  /** Absent: it has no past, and is only ever collected as it stands. */
  readonly history?: History;
}

type ValueOf<Kind extends FieldKind> = Kind extends 'flag'
  ? boolean
  : Kind extends 'text' | 'name'
    ? string
    : Kind extends 'moment'
      ? string | Date
      : number;

interface Shape {
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Field>>;
}

/** What `of()` takes: every tag, and of the fields those that were measured. */
export interface PointOf<S extends Shape> {
  readonly tags: { readonly [Tag in keyof S['tags']]: string };
  readonly fields: { readonly [Name in keyof S['fields']]?: ValueOf<S['fields'][Name]['kind']> | null | undefined };
  readonly time: Date;
}

/** A declaration that makes points whose tags and fields the compiler checks. */
export type Declared<S extends Shape> = Measurement & S & { of(point: PointOf<S>): Point };

export const namePattern = /^[a-z][a-z0-9_]{0,62}$/;
/** A part of the last reading, as a guard's limit. */
export const percentPattern = /^\d+(\.\d+)?%$/;
export const reservedNames: ReadonlySet<string> = new Set([
  'series',
  'time',
  'run_id',
  'collected_at',
  'provisional',
  'measurement',
  'value',
  'field',
  'tags',
]);

export function gauge(unit?: string, help?: string): Field<'gauge'> {
  return field('gauge', unit, help);
}
export function counter(unit?: string, help?: string, { guard }: Pick<Field, 'guard'> = {}): Field<'counter'> {
  return { ...field('counter', unit, help), ...(guard && { guard }) };
}
export function ratio(help?: string): Field<'ratio'> {
  return field('ratio', '1', help);
}
export function flag(help?: string): Field<'flag'> {
  return field('flag', undefined, help);
}
export function moment(help?: string): Field<'moment'> {
  return field('moment', undefined, help);
}
export function text(help?: string): Field<'text'> {
  return field('text', undefined, help);
}
export function name(help?: string): Field<'name'> {
  return field('name', undefined, help);
}

/** Fields `x_count`, `x_sum` and a `x_p50` for each quantile (0–1), to be spread into a measurement's fields. */
export function summary(of: string, quantiles: readonly number[], unit?: string): Readonly<Record<string, Field<'summary'>>> {
  const parts = ['count', 'sum', ...quantiles.map((quantile) => `p${number(quantile * 100)}`)];
  return observed('summary', of, parts, unit);
}

/** Fields `x_count`, `x_sum` and a cumulative `x_le_0_5` for each upper bound, to be spread into a measurement's fields. */
export function histogram(of: string, bounds: readonly number[], unit?: string): Readonly<Record<string, Field<'histogram'>>> {
  const parts = ['count', 'sum', ...bounds.map((bound) => `le_${number(bound)}`)];
  return observed('histogram', of, parts, unit);
}

/**
 * Declares a measurement. Throws `TypeError` on a name that the stores could not hold: a mistake in the code, seen by its first test.
 * The result is plain JSON; `of` does not show in it.
 */
export function measurement<const S extends Shape>(
  measurementName: string,
  declaration: S & Omit<Measurement, 'name' | 'tags' | 'fields'>,
): Declared<S> {
  const declared: Measurement = { name: measurementName, ...declaration };
  const wrong = declarationProblem(declared);
  if (wrong) throw new TypeError(`measurement ${measurementName}: ${wrong}`);
  Object.defineProperty(declared, 'of', { enumerable: false, value: (point: PointOf<S>) => pointOf(declared, point) });
  return declared as Declared<S>;
}

/** What is wrong with a declaration, in words; undefined when nothing is. */
export function declarationProblem(declared: Measurement): string | undefined {
  const names = [...Object.keys(declared.tags), ...Object.keys(declared.fields)];
  if (!namePattern.test(declared.name)) return `the name must match ${namePattern.source}`;
  if (names.length !== new Set(names).size) return 'a tag and a field share a name';
  for (const one of names) {
    if (!namePattern.test(one)) return `the name ${one} must match ${namePattern.source}`;
    if (reservedNames.has(one)) return `the name ${one} is reserved`;
  }
  if (Object.keys(declared.fields).length === 0) return 'it has no field';
  if (declared.time === 'snapshot' && declared.history) return 'a snapshot has no history';
  return guardsProblem(declared) ?? historyProblem(declared);
}

function guardsProblem({ fields, time }: Measurement): string | undefined {
  for (const [name, { guard, kind }] of Object.entries(fields)) {
    if (!guard) continue;
    if (kind !== 'counter' || time !== 'snapshot') return `the field ${name} has a guard, and is no counter of a snapshot`;
    for (const limit of [guard.maxDrop, guard.maxJump]) {
      if (typeof limit === 'string' ? !percentPattern.test(limit) : limit !== undefined && !(limit >= 0))
        return `the guard of ${name} has the limit "${limit}": neither a number from 0 on, nor a part such as 5%`;
    }
  }
  return undefined;
}

function historyProblem({ history = {}, time }: Measurement): string | undefined {
  for (const key of ['depth', 'first', 'settle'] as const) {
    const text = history[key];
    if (text !== undefined && durationMs(text) === undefined) return `its ${key} "${text}" is no duration, such as 90s, 4h, 14d or 1w`;
  }
  // An upstream that tells of less never tells of a whole period.
  const least = time === 'month' ? '31d' : time === 'day' ? '1d' : '0s';
  const { depth = least } = history;
  return (durationMs(depth) ?? 0) < (durationMs(least) ?? 0)
    ? `its depth ${depth} is shorter than a ${time}: at least ${least}`
    : undefined;
}

function pointOf<S extends Shape>(declared: Measurement, point: PointOf<S>): Point {
  const fields: Record<string, FieldValue> = {};
  const given: Readonly<Record<string, FieldValue | Date | null | undefined>> = point.fields;
  for (const key in given) {
    const value = given[key];
    if (value === undefined || value === null) continue;
    fields[key] = declared.fields[key]?.kind === 'moment' ? momentText(value) : (value as FieldValue);
  }
  // Objects of its own: a provider may use its tags and its Date again for the next point.
  const time = point.time instanceof Date ? new Date(point.time.getTime()) : point.time;
  return { measurement: declared.name, tags: { ...point.tags }, fields, time };
}

/**
 * A date, or a time that says its offset. `Date.parse` takes much more: it reads `12` as December 2001, and a time without an offset in the
 * machine's zone. https://tc39.es/ecma262/#sec-date-time-string-format
 */
const readableMoment = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;

/** The one form of a moment; what is no moment stays as it is, for the engine to refuse. */
function momentText(value: FieldValue | Date): FieldValue {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (typeof value !== 'string' || isMoment(value)) return value;
  const [, year, month, day] = readableMoment.exec(value) ?? [];
  if (year === undefined || !isDate(Number(year), Number(month), Number(day))) return value;
  const time = Date.parse(value);
  return Number.isNaN(time) ? value : new Date(time).toISOString();
}

/** `Date.parse` makes 3 March of 31 February. */
function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function field<Kind extends FieldKind>(kind: Kind, unit?: string, help?: string): Field<Kind> {
  return { kind, ...(unit !== undefined && { unit }), ...(help !== undefined && { help }) };
}

function observed<Kind extends 'summary' | 'histogram'>(kind: Kind, of: string, parts: readonly string[], unit?: string) {
  const fields: Record<string, Field<Kind>> = {};
  for (const part of parts) {
    fields[`${of}_${part}`] = { ...field(kind, part === 'count' ? '{observation}' : unit), of, part };
  }
  return fields;
}

function number(value: number): string {
  return String(Number(value.toPrecision(12))).replace('.', '_');
}
