import type { StatementSync } from 'node:sqlite';
import type { SinkContext } from '../../sdk/context.ts';
import { type Entry, seriesKey, type Tags } from '../../sdk/point.ts';
import type { Rejection } from '../../sdk/sink.ts';
import type { Database } from './connection.ts';
import { upsert } from './sql.ts';
import { prepareTable, prepareView } from './tables.ts';

export interface Writer {
  /** Writes a batch inside a transaction, and makes tables and columns on the way. Returns what the store refuses for good. */
  put(db: Database, batch: readonly Entry[]): readonly Rejection[];
  /** Forgets what it knows of the tables: the transaction was undone. */
  forget(): void;
}

/** How a measurement is written: by one statement, or not at all. */
interface Way {
  readonly tags: readonly string[];
  readonly fields: readonly string[];
  readonly statement: StatementSync;
  /** The parameters, used again for each row. */
  readonly values: (string | number | null)[];
  readonly series: Map<string, string>;
}
type Found = Way | { readonly refused: string };

/** Series whose keys are kept; with more, they are computed anew. */
const mostSeries = 50_000;

export function createWriter(context: Pick<SinkContext, 'measurement' | 'tags' | 'autoInit' | 'now'>): Writer {
  const ways = new Map<string, Found>();
  const timeText = createSpelling();
  const momentText = createSpelling();
  let looked = false;

  function wayOf(db: Database, entry: Entry): Found {
    const name = entry.point.measurement;
    const found = ways.get(name) ?? find(db, name, []);
    if ('refused' in found || !context.autoInit) return found;
    // A tag that the config no longer has, in an entry that waited.
    const more = Object.keys(entry.point.tags).filter((tag) => !found.tags.includes(tag));
    return more.length > 0 ? find(db, name, more) : found;
  }

  function find(db: Database, name: string, more: readonly string[]): Found {
    looked = true;
    const tags = [...context.tags, ...more];
    const { plan } = prepareTable(db, context.measurement(name), { tags, mayChange: context.autoInit, now: context.now });
    const { table, refused } = plan;
    const way: Found =
      refused === undefined
        ? { tags: table.tags, fields: Object.keys(table.fields), statement: db.prepare(upsert(table)), values: [], series: new Map() }
        : { refused };
    ways.set(name, way);
    return way;
  }

  /** Writes one entry. False where it has a tag or a field that the statement has not. */
  function bind(way: Way, { point, runId, collectedAt, provisional }: Entry): boolean {
    const { tags, fields, values } = way;
    let at = 2;
    let known = 0;
    let key = '';
    for (const tag of tags) {
      // An empty tag is one that the series does not have. A tag may be called as what every object has: `constructor`.
      const value = Object.hasOwn(point.tags, tag) ? (point.tags[tag] as string) : '';
      if (value !== '') known++;
      values[at++] = value;
      key = key === '' ? value : `${key}\0${value}`;
    }
    if (known !== sizeOf(point.tags)) return false;
    known = 0;
    for (const field of fields) {
      const value = Object.hasOwn(point.fields, field) ? point.fields[field] : undefined;
      if (value === undefined) values[at++] = null;
      else {
        known++;
        values[at++] = typeof value === 'boolean' ? Number(value) : value;
      }
    }
    if (known !== sizeOf(point.fields)) return false;
    values[0] = seriesOf(way, key, point.measurement, point.tags);
    values[1] = timeText(point.time);
    values[at++] = runId;
    values[at++] = momentText(collectedAt);
    values[at++] = provisional ? 1 : 0;
    way.statement.run(...values);
    return true;
  }

  return {
    put(db, batch) {
      const rejected: Rejection[] = [];
      let index = 0;
      looked = false;
      for (const entry of batch) {
        let way = ways.get(entry.point.measurement) ?? wayOf(db, entry);
        if (!('refused' in way) && !bind(way, entry)) {
          way = wayOf(db, entry);
          if (!('refused' in way) && !bind(way, entry)) way = { refused: unknownIn(way, entry) };
        }
        if ('refused' in way) rejected.push({ index, reason: way.refused });
        index++;
      }
      if (looked && context.autoInit) prepareView(db);
      return rejected;
    },
    forget: () => ways.clear(),
  };
}

function seriesOf(way: Way, key: string, measurement: string, tags: Tags): string {
  let series = way.series.get(key);
  if (series === undefined) {
    if (way.series.size >= mostSeries) way.series.clear();
    series = seriesKey(measurement, tags);
    way.series.set(key, series);
  }
  return series;
}

function unknownIn(way: Way, { point }: Entry): string {
  const tag = Object.keys(point.tags).find((name) => !way.tags.includes(name));
  if (tag !== undefined) return `the table ${point.measurement} has no column for the tag ${tag}`;
  const field = Object.keys(point.fields).find((name) => !way.fields.includes(name));
  return `the measurement ${point.measurement} has no field ${field}`;
}

function sizeOf(record: object): number {
  let size = 0;
  for (const _ in record) size++;
  return size;
}

/** Spells times; the last one is kept, since many entries share it. */
function createSpelling(): (time: Date) => string {
  let last = Number.NaN;
  let text = '';
  return (time) => {
    const ms = time.getTime();
    if (ms !== last) {
      text = time.toISOString();
      last = ms;
    }
    return text;
  };
}
