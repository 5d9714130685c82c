import { type Entry, type FieldKind, seriesKey, type Tags } from '../../sdk/index.ts';

/** How entries of a measurement become rows. */
export interface Shape {
  readonly tags: readonly string[];
  readonly fields: readonly (readonly [name: string, kind: FieldKind])[];
}

/** The parameters of one statement: of each column, an array as PostgreSQL spells it. */
type Columns = readonly string[];

/** Why an entry has no row; `unknown` where it has a tag or a field that the shape has not. */
type Unfit = { readonly reason: string; readonly unknown?: 'tag' | 'field'; readonly name?: string };

export interface Rows {
  /** Adds the row of an entry, or says why it has none. */
  add(entry: Entry): Unfit | undefined;
  /**
   * What was added since the last time: one statement, or as many as an identity came often, in the order in which they must run. Rows of
   * one identity never meet in one statement, which PostgreSQL would refuse (21000); nor can they be made one beforehand, since what
   * an older entry adds depends on what the store has.
   */
  take(): readonly Columns[];
}

/** Series whose tags are kept as they are spelt; with more, they are spelt anew. */
const mostSeries = 50_000;
/** Milliseconds of 0001-01-01T00:00:00.000Z. */
const year1 = -62_135_596_800_000;

export function createRows({ tags, fields }: Shape): Rows {
  const known = new Map<string, { readonly series: string; readonly spelt: readonly string[] }>();
  const timeText = createSpelling();
  const collectedText = createSpelling();
  const width = 2 + tags.length + fields.length + 3;
  const row: string[] = new Array(width);
  let times = new Map<string, number>();
  let waves: string[][] = [];

  function seriesOf(measurement: string, of: Tags): { readonly series: string; readonly spelt: readonly string[] } | Unfit {
    let key = '';
    let seen = 0;
    // A tag may be called as what every object has: `constructor`. An empty one is one that the series does not have.
    for (const tag of tags) {
      const value = Object.hasOwn(of, tag) ? (of[tag] as string) : '';
      if (value !== '') seen++;
      key += `${value.length} ${value}`;
    }
    if (seen !== sizeOf(of)) return unknownTag(of);
    const found = known.get(key);
    if (found) return found;
    const values = tags.map((tag) => (Object.hasOwn(of, tag) ? (of[tag] as string) : ''));
    const bad = tags.find((_, index) => unheld(values[index] as string));
    if (bad !== undefined) return { reason: `the tag ${bad} ${unheld(of[bad] as string)}` };
    if (known.size >= mostSeries) known.clear();
    const made = { series: seriesKey(measurement, of), spelt: values.map(spelt) };
    known.set(key, made);
    return made;
  }

  function unknownTag(of: Tags): Unfit {
    const name = Object.keys(of).find((tag) => !tags.includes(tag)) ?? '';
    return { reason: `the table has no column for the tag ${name}`, unknown: 'tag', name };
  }

  return {
    add({ point, runId, collectedAt, provisional }) {
      const series = seriesOf(point.measurement, point.tags);
      if ('reason' in series) return series;
      const ms = point.time.getTime();
      const time = timeText(point.time);
      // Other years are spelt in ways that PostgreSQL does not read.
      if (time.length !== 24 || ms < year1) return { reason: `its time ${time} is not between the years 1 and 9999` };
      let at = 0;
      row[at++] = series.series;
      row[at++] = time;
      for (const value of series.spelt) row[at++] = value;
      let seen = 0;
      for (const [name] of fields) {
        const value = Object.hasOwn(point.fields, name) ? point.fields[name] : undefined;
        if (value === undefined) {
          row[at++] = 'NULL';
          continue;
        }
        seen++;
        if (typeof value === 'string') {
          const why = unheld(value);
          if (why) return { reason: `the field ${name} ${why}` };
          row[at++] = spelt(value);
        } else row[at++] = String(value);
      }
      if (seen !== sizeOf(point.fields)) {
        const name = Object.keys(point.fields).find((field) => !fields.some(([one]) => one === field)) ?? '';
        return { reason: `the measurement has no field ${name}`, unknown: 'field', name };
      }
      row[at++] = spelt(runId);
      row[at++] = collectedText(collectedAt);
      row[at++] = provisional ? 't' : 'f';

      const identity = `${series.series}${ms}`;
      const wave = times.get(identity) ?? 0;
      times.set(identity, wave + 1);
      const into = waves[wave];
      if (into) for (let column = 0; column < width; column++) into[column] += `,${row[column]}`;
      else waves.push(row.slice());
      return undefined;
    },
    take() {
      const taken = waves.map((columns) => columns.map((column) => `{${column}}`));
      waves = [];
      times = new Map();
      return taken;
    },
  };
}

/** An element of an array: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function spelt(text: string): string {
  return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
}

/** Why PostgreSQL cannot hold a text as it is: https://www.postgresql.org/docs/current/datatype-character.html */
function unheld(text: string): string | undefined {
  if (text.includes('\0')) return 'holds the character U+0000, which PostgreSQL cannot hold';
  return text.isWellFormed() ? undefined : 'holds half a character';
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
