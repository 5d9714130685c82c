import {
  counter,
  type FieldKind,
  flag,
  gauge,
  histogram,
  type Measurement,
  measurement,
  moment,
  name,
  ratio,
  summary,
  text,
} from '../../sdk/measurement.ts';
import type { Entry, Fields, FieldValue, Tags } from '../../sdk/point.ts';
import { seriesText } from '../../sdk/point.ts';
import type { Rerun } from '../../sdk/sink.ts';

/** One record as a store holds it, in the words of a point. What the store does not keep is absent. */
export interface StoredRow {
  readonly measurement: string;
  readonly tags: Tags;
  readonly fields: Fields;
  readonly time: Date;
  readonly runId?: string;
  readonly collectedAt?: Date;
  readonly provisional?: boolean;
}

/** A measurement with a field of every kind. */
export const sample = measurement('contract_sample', {
  help: 'A field of every kind.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: {
    level: gauge('{thing}'),
    total: counter('{thing}'),
    share: ratio(),
    up: flag(),
    changed_at: moment(),
    state: text(),
    title: name(),
    ...summary('took', [0.5, 0.99], 'ms'),
    ...histogram('size', [0.5, 10], 'By'),
  },
});

/** A measurement of days, with two tags, beside the first. */
export const daily = measurement('contract_daily', {
  help: 'Numbers of a day.',
  time: 'day',
  tags: { place: 'where', kind: 'of what' },
  fields: { views: gauge('{view}'), clicks: gauge('{click}') },
  history: { settle: '3d' },
});

/** The same measurement after an update of kpi: with one more field. */
export const grown: Measurement = { ...sample, fields: { ...sample.fields, added: gauge('{thing}', 'It came later.') } };

export const fullFields: Fields = {
  level: -12.5,
  total: 9_007_199_254_740_991,
  share: 0.1 + 0.2,
  up: true,
  changed_at: '2026-11-20T07:08:09.000Z',
  state: 'a "quoted" \\ back, slash=\n new line – ünïcode 漢字 🚀',
  title: "Robert'); drop table students;--",
  took_count: 3,
  took_sum: 0.1,
  took_p50: 1e-7,
  took_p99: 0,
  size_count: 2,
  size_sum: 12.25,
  size_le_0_5: 1,
  size_le_10: 2,
};

/** Values that a tag of a real upstream may have, each a series of its own. */
export const oddTags: readonly string[] = [
  'plain',
  'with space',
  ' led and trailed ',
  'comma,equals=colon:',
  'a,place=b',
  'quote"and\'apostrophe',
  '{"json":["x"]}',
  'back\\slash',
  'backslash at the end\\',
  'two at the end\\\\',
  'tab\there',
  'ünïcode 漢字 🚀',
  'e\u0301', // the same letter as the next, in another form
  '\u00e9',
  '%2F/../..',
  '$name `name`',
  '0',
  'null',
  'x'.repeat(200),
];

export interface EntryOf {
  readonly measurement?: string;
  readonly tags?: Tags;
  readonly fields: Fields;
  readonly time: Date;
  readonly runId?: string;
  readonly collectedAt: Date;
  readonly provisional?: boolean;
}

/** An entry that nobody can change. */
export function entryOf(from: EntryOf): Entry {
  const point = Object.freeze({
    measurement: from.measurement ?? sample.name,
    tags: Object.freeze({ ...(from.tags ?? { place: 'here' }) }),
    fields: Object.freeze({ ...from.fields }),
    time: from.time,
  });
  return Object.freeze({ point, runId: from.runId ?? 'run-1', collectedAt: from.collectedAt, provisional: from.provisional ?? false });
}

/** What a store of this class holds after these entries, written in this order, and read as its class is read. */
export function expectedRows(rerun: Rerun, written: readonly Entry[]): readonly StoredRow[] {
  const rows = new Map<string, StoredRow>();
  for (const entry of written) {
    const later = rowOf(entry);
    const key = identity(later);
    const earlier = rows.get(key);
    rows.set(key, earlier ? again(rerun, earlier, later) : later);
  }
  return inOrder([...rows.values()]);
}

function again(rerun: Rerun, earlier: StoredRow, later: StoredRow): StoredRow {
  const newer = (later.collectedAt as Date) >= (earlier.collectedAt as Date);
  switch (rerun) {
    case 'merges':
      return newer
        ? { ...later, fields: { ...earlier.fields, ...later.fields } }
        : { ...earlier, fields: { ...later.fields, ...earlier.fields } };
    case 'overwrites':
      return { ...later, fields: { ...earlier.fields, ...later.fields } };
    case 'keepsFirst':
      return contradicts(earlier, later) ? earlier : { ...earlier, fields: { ...earlier.fields, ...later.fields } };
    case 'appends':
      return newer ? later : earlier;
  }
}

/** Whether a field of the later has another value in the earlier: such an entry is refused as a whole. */
function contradicts({ fields }: StoredRow, later: StoredRow): boolean {
  return Object.entries(later.fields).some(([field, value]) => Object.hasOwn(fields, field) && fields[field] !== value);
}

/** What is in a store, as its class is read: of copies, the last by `collectedAt`. */
export function readRows(rerun: Rerun, rows: readonly StoredRow[]): readonly StoredRow[] {
  if (rerun !== 'appends') return inOrder(rows);
  const kept = new Map<string, StoredRow>();
  for (const row of rows) {
    const key = identity(row);
    const earlier = kept.get(key);
    kept.set(key, earlier ? again('appends', earlier, row) : row);
  }
  return inOrder([...kept.values()]);
}

/** The entry with the fields that a store of these kinds can hold; undefined when there is none. */
export function heldBy(kinds: readonly FieldKind[], declared: Measurement, entry: Entry): Entry | undefined {
  const fields: Record<string, FieldValue> = {};
  for (const [field, value] of Object.entries(entry.point.fields)) {
    const kind = declared.fields[field]?.kind;
    if (kind && kinds.includes(kind)) fields[field] = value;
  }
  return Object.keys(fields).length > 0 ? { ...entry, point: { ...entry.point, fields } } : undefined;
}

/** Numbers from 0 to 1 that look random and are the same each time. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function rowOf(entry: Entry): StoredRow {
  const { measurement: of, tags, fields, time } = entry.point;
  return { measurement: of, tags, fields, time, runId: entry.runId, collectedAt: entry.collectedAt, provisional: entry.provisional };
}

function identity(row: StoredRow): string {
  return `${seriesText(row.measurement, row.tags)} ${row.time.toISOString()}`;
}

function inOrder(rows: readonly StoredRow[]): readonly StoredRow[] {
  return rows.toSorted((one, other) => {
    const [a, b] = [identity(one), identity(other)];
    return a < b ? -1 : a > b ? 1 : 0;
  });
}
