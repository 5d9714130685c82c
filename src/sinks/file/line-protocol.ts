import type { Field, Measurement } from '../../sdk/measurement.ts';
import { type Entry, type FieldValue, type Tags, tagNames } from '../../sdk/point.ts';

const mark = '\u241b';
const marked: Readonly<Record<string, string>> = { '\t': `${mark}t`, '\n': `${mark}n`, '\r': `${mark}r`, [mark]: mark + mark };

export interface LineOptions {
  /** The lines go to standard output, which a runner of GitHub's may read. */
  readonly stdout?: boolean;
}

/**
 * Makes lines of line protocol as InfluxDB 2 reads them, with times in milliseconds. All numbers are floats, since a field that was once
 * an integer takes no other, and moments are Unix seconds. https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
export function createLineProtocol(
  measurement: (name: string) => Measurement,
  { stdout = false }: LineOptions = {},
): (batch: readonly Entry[]) => string {
  return (batch) => {
    let text = '';
    for (const { point } of batch) {
      const declared = measurement(point.measurement).fields;
      let fields = '';
      for (const name in point.fields) {
        fields += `${fields === '' ? '' : ','}${name}=${valueText(point.fields[name] as FieldValue, declared[name])}`;
      }
      text += `${point.measurement}${tagsText(point.tags)} ${fields} ${point.time.getTime()}\n`;
    }
    // The runner takes a command in its old spelling, `##[name]`, from anywhere in a line.
    return stdout ? text.replaceAll('##[', `##${mark}.[`) : text;
  };
}

function tagsText(tags: Tags): string {
  let text = '';
  for (const name of tagNames(tags)) text += `,${name}=${tagText(tags[name] as string)}`;
  return text;
}

/**
 * A tag's value. What line protocol cannot hold there is written with the mark `␛`, in a way that can be undone and never makes two values
 * one: `␛t` tab, `␛n` line feed, `␛r` carriage return, `␛␛` the mark itself, and `␛.` nothing, behind a backslash that would escape what
 * follows or end the value, and within `##[` on standard output.
 */
function tagText(value: string): string {
  if (!/[\\\s,=\u241b]/.test(value)) return value;
  const held = value.replace(/[\t\n\r\u241b]/g, (one) => marked[one] ?? one);
  return held.replace(/\\(?=[ ,=]|$)/g, `\\${mark}.`).replace(/[ ,=]/g, '\\$&');
}

/** A text's line breaks are marked too: a line of the file is a point, also for programs that break lines at a carriage return. */
function valueText(value: FieldValue, field: Field | undefined): string {
  if (typeof value !== 'string') return String(value);
  if (field?.kind === 'moment') return String(Date.parse(value) / 1000);
  return `"${value.replace(/[\n\r\u241b]/g, (one) => marked[one] ?? one).replace(/["\\]/g, '\\$&')}"`;
}

const name = '[a-z][a-z0-9_]*';
const head = `${name}(?:,${name}=(?:\\\\.|[^\\\\ ,=])+)*`;
const field = `${name}=(?:[-+.\\de]+|true|false|"(?:\\\\.|[^"\\\\])*")`;

/** The forms that the beginning of a line has: torn in a tag, in a field, in the time, which has 13 digits in these centuries. */
const torn: readonly RegExp[] = [
  new RegExp(`^${head}(?:,[a-z0-9_]*|,${name}=|\\\\)?$`, 's'),
  new RegExp(`^${head} (?:${field},)*(?:[a-z0-9_]*|${name}=(?:[-+.\\dea-z]*|"(?:\\\\.|[^"\\\\])*\\\\?))$`, 's'),
  new RegExp(`^${head} ${field}(?:,${field})*(?: -?\\d{0,12})?$`, 's'),
];

/** True for the beginning of one of these lines that is not all of it. */
export function isTornLine(line: string): boolean {
  return torn.some((form) => form.test(line));
}
