import { createHash } from 'node:crypto';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry, Fields, Tags } from '../sdk/point.ts';

/**
 * `outbox.db`. Ids of one sink are one range of the primary key, oldest first and never used twice: reading or deleting a page is a
 * range of the table, without an index, and an id that somebody else has delivered is never another entry. `tally` counts what is
 * there, by what it belongs to (no reason: pending), and between which ids it lies, so that no question has to read all entries.
 */
export const outboxMigrations = [
  `create table sink (id integer primary key, name text not null unique, next integer not null default 0, bytes integer not null default 0) strict;
   create table run (id integer primary key, name text not null unique) strict;
   create table measurement (id integer primary key, hash text not null unique, name text not null, declaration text not null) strict;
   create table tally (sink integer not null, run integer not null, measurement integer not null, reason text not null,
     entries integer not null, bytes integer not null, first integer not null, last integer not null,
     primary key (sink, run, measurement, reason)) strict, without rowid;
   create table pending (id integer primary key, run integer not null, measurement integer not null, time integer not null,
     collected_at integer not null, provisional integer not null, body text not null) strict;
   create table rejected (id integer primary key, run integer not null, measurement integer not null, time integer not null,
     collected_at integer not null, provisional integer not null, body text not null, reason text not null) strict`,
];

/** How many ids each sink has. 2,048 sinks of that many keep every id a safe integer. */
export const idsOfSink = 2 ** 42;

/** What a row takes in the file beside its texts, measured with one and with two sinks. */
export const rowBytes = 48;

/** The tags and fields of a point as JSON text that reads back to the same values. Throws on a number that JSON does not have. */
export function entryBody({ point }: Entry): string {
  const { tags, fields } = point;
  let plain = true;
  for (const name in fields) {
    const value = fields[name];
    if (typeof value !== 'number') continue;
    if (!Number.isFinite(value)) throw new TypeError(`${point.measurement}: ${name} is ${value}, which cannot be kept`);
    if (Object.is(value, -0)) plain = false;
  }
  if (plain) return JSON.stringify({ tags, fields });
  // JSON has a negative zero, which `JSON.parse` reads and `JSON.stringify` does not write.
  const texts = Object.entries(fields).map(
    ([name, value]) => `${JSON.stringify(name)}:${Object.is(value, -0) ? '-0' : JSON.stringify(value)}`,
  );
  return `{"tags":${JSON.stringify(tags)},"fields":{${texts.join(',')}}}`;
}

/** The entry of a row of `pending` that was joined with its run's and measurement's names. */
export function entryOf(row: Readonly<Record<string, unknown>>): Entry {
  const { tags, fields } = JSON.parse(String(row.body)) as { readonly tags: Tags; readonly fields: Fields };
  return {
    point: { measurement: String(row.measurement_name), tags, fields, time: new Date(Number(row.time)) },
    runId: String(row.run_name),
    collectedAt: new Date(Number(row.collected_at)),
    provisional: row.provisional === 1,
  };
}

export interface Declaration {
  readonly hash: string;
  readonly name: string;
  readonly text: string;
}

export function declarationOf(measurement: Measurement): Declaration {
  const text = JSON.stringify(measurement);
  return { hash: createHash('sha256').update(text).digest('base64url'), name: measurement.name, text };
}
