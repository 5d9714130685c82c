/** A base unit of the Prometheus conventions, and how a declared unit becomes one. https://prometheus.io/docs/practices/naming/#base-units */
export interface BaseUnit {
  /** The end of the metric's name. */
  readonly name: string;
  /** A value is multiplied by `times` and divided by `per`: 250 ms are 0.25 seconds, which 250 × 0.001 are not quite. */
  readonly times: number;
  readonly per: number;
}

const table: Readonly<Record<string, readonly [name: string, times: number, per?: number]>> = {
  ns: ['seconds', 1, 1e9],
  us: ['seconds', 1, 1e6],
  ms: ['seconds', 1, 1000],
  s: ['seconds', 1],
  min: ['seconds', 60],
  h: ['seconds', 3600],
  d: ['seconds', 86_400],
  wk: ['seconds', 604_800],
  By: ['bytes', 1],
  kBy: ['bytes', 1e3],
  MBy: ['bytes', 1e6],
  GBy: ['bytes', 1e9],
  KiBy: ['bytes', 2 ** 10],
  MiBy: ['bytes', 2 ** 20],
  GiBy: ['bytes', 2 ** 30],
  '%': ['ratio', 1, 100],
  Cel: ['celsius', 1],
  m: ['meters', 1],
  g: ['grams', 1],
  J: ['joules', 1],
  V: ['volts', 1],
  A: ['amperes', 1],
};

/** Ends of field names that say a unit, which the base unit's name takes the place of. */
const spelt: Readonly<Record<string, RegExp>> = {
  seconds: /^(ns|us|ms|s|sec|secs|seconds?|min|mins|minutes?|h|hours?|d|days?|wk|weeks?)$/,
  bytes: /^(by|bytes?|kb|kib|mb|mib|gb|gib)$/,
  ratio: /^(ratio|percent|pct)$/,
};

/** The base unit of a unit in UCUM; undefined for one that stands for what is counted (`{star}`), or is not known. */
export function baseUnit(unit: string | undefined): BaseUnit | undefined {
  const found = unit === undefined || !Object.hasOwn(table, unit) ? undefined : table[unit];
  return found && { name: found[0], times: found[1], per: found[2] ?? 1 };
}

/** A field's name without the unit that it ends in: `duration_ms` is `duration`, `ms` is nothing. A part of a word is no unit. */
export function withoutUnit(field: string, unit: string): string {
  const words = field.split('_');
  const last = words.at(-1) ?? '';
  const isUnit = spelt[unit]?.test(last) ?? last === unit;
  return isUnit ? words.slice(0, -1).join('_') : field;
}
