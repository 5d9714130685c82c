import { createHash } from 'node:crypto';

export type FieldValue = number | boolean | string;
export type Tags = Readonly<Record<string, string>>;
export type Fields = Readonly<Record<string, FieldValue>>;

/** One record. Measurement, tags and time are its identity; fields are its values. */
export interface Point {
  /** The name of a declared measurement. */
  readonly measurement: string;
  /** Exactly the declared tags, and the config's; never empty strings. */
  readonly tags: Tags;
  /** Measured values only: what is unknown is absent. Numbers are finite float64; moments are ISO 8601 with milliseconds. */
  readonly fields: Fields;
  /** UTC, to the millisecond. */
  readonly time: Date;
}

/** A point on its way to the sinks. What it adds to the point is never identity. */
export interface Entry {
  readonly point: Point;
  readonly runId: string;
  /** When the engine took the point from its provider. */
  readonly collectedAt: Date;
  /** True until the point's period is over and its numbers have settled. */
  readonly provisional: boolean;
}

/** Tag names by code unit: the order in which a series is spelt everywhere. */
export function tagNames(tags: Tags): string[] {
  return Object.keys(tags).sort();
}

/** The series in full: JSON `[measurement, [name, value], …]`, tag names by code unit. */
export function seriesText(measurement: string, tags: Tags): string {
  return JSON.stringify([measurement, ...tagNames(tags).map((name) => [name, tags[name]])]);
}

/** The key of a series in stores: the first 16 hex digits of SHA-256 over `seriesText`. */
export function seriesKey(measurement: string, tags: Tags): string {
  return createHash('sha256').update(seriesText(measurement, tags)).digest('hex').slice(0, 16);
}

/** A point as others read it (NDJSON, `--json`, Kafka's values). */
export function pointJson(point: Point): string {
  return JSON.stringify(point);
}
