import type { Entry, Field, FieldValue, Measurement, Point, Tags } from '../../sdk/index.ts';
import type { Server } from './settings.ts';

/** Makes lines of line protocol. https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/ */
export interface Lines {
  /** The line of an entry; undefined when it has no field that this server holds. */
  of(entry: Entry): string | undefined;
}

/** Series whose spelling is kept; with more, it starts anew. */
const mostSeries = 50_000;

/**
 * All numbers are written as floats, since a field that was once written as an integer takes no other; moments are Unix seconds.
 * VictoriaMetrics holds numbers only: flags are 0 and 1, and words are left out.
 */
export function createLines(server: Server, measurement: (name: string) => Measurement): Lines {
  const numbersOnly = server === 'victoriametrics';
  let prefixes = new Map<string, string>();
  // Points of one series that come one after another share their tags.
  let last: { readonly name: string; readonly tags: Tags; readonly prefix: string } | undefined;

  function prefixOf({ measurement: name, tags }: Point): string {
    if (last?.tags !== tags || last.name !== name) last = { name, tags, prefix: spelt(name, tags) };
    return last.prefix;
  }

  function spelt(name: string, tags: Tags): string {
    let key = name;
    // With its length, no value can be taken for another tag.
    for (const tag in tags) key += `\0${tag}\0${tags[tag]?.length}\0${tags[tag]}`;
    const known = prefixes.get(key);
    if (known !== undefined) return known;
    let prefix = name;
    for (const tag of Object.keys(tags).sort()) prefix += `,${tag}=${tagText(tags[tag] as string, server)}`;
    if (prefixes.size >= mostSeries) prefixes = new Map();
    prefixes.set(key, prefix);
    return prefix;
  }

  function valueText(value: FieldValue, field: Field | undefined): string | undefined {
    if (typeof value === 'number') return String(value);
    if (typeof value === 'boolean') return numbersOnly ? String(Number(value)) : String(value);
    if (field?.kind === 'moment') return String(Date.parse(value) / 1000);
    return numbersOnly ? undefined : `"${value.replace(/["\\]/g, '\\$&')}"`;
  }

  return {
    of({ point }) {
      const declared = measurement(point.measurement).fields;
      let fields = '';
      for (const name in point.fields) {
        const value = valueText(point.fields[name] as FieldValue, declared[name]);
        if (value !== undefined) fields += `${fields === '' ? '' : ','}${name}=${value}`;
      }
      return fields === '' ? undefined : `${prefixOf(point)} ${fields} ${point.time.getTime()}`;
    },
  };
}

const mark = '\u241b';
const marked: Readonly<Record<string, string>> = { '\t': `${mark}t`, '\n': `${mark}n`, '\r': `${mark}r`, [mark]: mark + mark };

/**
 * A tag's value as it is written. Line protocol cannot hold all text in a tag: a line break ends the line, a tab ends the value, and a
 * backslash at the end spoils the line, which VictoriaMetrics then drops without a word. Such text is written with the mark `␛`, in a way
 * that can be undone and never makes two values one: `␛t` tab, `␛n` line feed, `␛r` carriage return, `␛␛` the mark itself, and `␛.`
 * nothing, behind a backslash.
 */
export function tagText(value: string, server: Server): string {
  if (!/[\\\s,=\u241b]/.test(value)) return value;
  const held = value.replace(/[\t\n\r\u241b]/g, (one) => marked[one] ?? one);
  if (server === 'influxdb2') {
    // It keeps a backslash as it is, unless what follows is escaped or nothing.
    return held.replace(/\\(?=[ ,=]|$)/g, `\\${mark}.`).replace(/[ ,=]/g, '\\$&');
  }
  // These two read `\\` as one backslash.
  return held.replace(/\\$/, `\\${mark}.`).replace(/[\\ ,=]/g, '\\$&');
}
