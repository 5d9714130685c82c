import { expect } from 'vitest';
import type { StandInRequest } from '../../src/testing/stand-in.ts';
import { type ExpectedRow, measured } from './cells.ts';
import type { Seen } from './run-cell.ts';
import type { Row, Upstream } from './upstreams.ts';

/** Each of these rows once, with these fields and no others. */
export function expectRows(rows: readonly Row[], expected: readonly ExpectedRow[]): void {
  const wanted = new Map(expected.map((row) => [identity(row), row]));
  const seen = rows.map((row) => {
    const fields = wanted.get(identity(row))?.fields ?? {};
    const spelt = Object.entries(row.fields).map(([name, value]) => [
      name,
      fields[name] === measured && isMeasured(value) ? measured : value,
    ]);
    return { ...row, fields: Object.fromEntries(spelt) };
  });
  expect(inOrder(seen)).toEqual(inOrder(expected));
}

function isMeasured(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** Which measurements have a past: their rows in a truth have a time. */
export function datedIn(truth: readonly Row[]): (measurement: string) => boolean {
  const dated = new Set(truth.filter(({ time }) => time !== undefined).map(({ measurement }) => measurement));
  return (measurement) => dated.has(measurement);
}

export function identity({ measurement, tags, time }: Pick<Row, 'measurement' | 'tags' | 'time'>): string {
  return JSON.stringify([measurement, tags, time]);
}

export function inOrder<T extends object>(all: readonly T[]): readonly T[] {
  const keyed = all.map((one) => ({ one, key: JSON.stringify(one) }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ one }) => one);
}

/** The upstream was told its own secret; the origin to which it may have led was not. */
export function checkArrived({ standIn, secret }: Upstream, arrived: readonly StandInRequest[]): void {
  expect(arrived.map(spoken).filter((text) => !(secret.shownAs?.test(text) ?? holds(text, secret.value)))).toEqual([]);
  expect(standIn.other.requests.map(spoken).filter((text) => holds(text, secret.value))).toEqual([]);
}

/** Nobody's secret was written anywhere. */
export function checkWritten(seen: Seen, upstreams: readonly Upstream[]): void {
  for (const [where, text] of seen.written) {
    const secrets = upstreams.filter(({ secret }) => holds(text, secret.value)).map(({ secret }) => secret);
    expect({ where, secrets }).toEqual({ where, secrets: [] });
  }
  expect([...seen.written.keys()]).toEqual(expect.arrayContaining(['the report', 'stderr', 'kpi.db', '.kpi/state.db', '.kpi/outbox.db']));
}

export function spoken({ method, path, query, headers, body }: StandInRequest): string {
  return JSON.stringify([method, path, String(query), headers, body]);
}

/** Plain, or in base64, alone or behind the user's name. */
export function holds(text: string, secret: string): boolean {
  return [secret, `ada:${secret}`, `user:${secret}`].some(
    (one) => text.includes(one) || text.includes(Buffer.from(one).toString('base64').replace(/=+$/, '')),
  );
}
