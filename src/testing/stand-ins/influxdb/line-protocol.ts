/** One line as a server reads it. */
export interface ParsedLine {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number | boolean | string>>;
  /** Milliseconds, when the line has one. */
  readonly time: number | undefined;
}

/**
 * How a server reads a backslash. InfluxDB 2 looks at the one character before a comma, space or equals sign, and keeps a backslash before
 * anything else. InfluxDB 3 and VictoriaMetrics read `\\` as one backslash; InfluxDB 3 refuses what then ends in one.
 * https://github.com/influxdata/influxdb/blob/v2.7.12/models/points.go
 * https://github.com/influxdata/influxdb3_core/blob/main/influxdb_line_protocol/src/lib.rs
 * https://github.com/VictoriaMetrics/VictoriaMetrics/blob/master/lib/protoparser/influx/parser.go
 */
export type Dialect = 'influxdb2' | 'influxdb3' | 'victoriametrics';

/** The lines of a body. A line break inside the quotes of a field does not end one, but for VictoriaMetrics. */
export function splitLines(body: string, dialect: Dialect): readonly string[] {
  if (dialect === 'victoriametrics') return body.split('\n').filter((line) => line !== '');
  const lines: string[] = [];
  let start = 0;
  let inFields = false;
  let quoted = false;
  let equals = 0;
  let commas = 0;
  for (let at = 0; at < body.length; at++) {
    const char = body[at];
    if (char === '\\') at++;
    else if (char === ' ') inFields = true;
    else if (inFields && !quoted && char === '=') equals++;
    else if (inFields && !quoted && char === ',') commas++;
    else if (inFields && char === '"' && equals > commas) quoted = !quoted;
    else if (char === '\n' && !quoted) {
      lines.push(body.slice(start, at));
      start = at + 1;
      inFields = false;
      equals = 0;
      commas = 0;
    }
  }
  lines.push(body.slice(start));
  return lines.filter((line) => line !== '');
}

/** Reads one line. Throws, in words, on what the server would refuse. */
export function parseLine(line: string, dialect: Dialect): ParsedLine {
  const keyEnd = endOf(line, 0, [' '], dialect);
  if (keyEnd === line.length) throw new Error(`unable to parse '${line}': missing fields`);
  const [name = '', ...pairs] = split(line.slice(0, keyEnd), dialect);
  if (name === '') throw new Error(`unable to parse '${line}': missing measurement`);
  const tags: Record<string, string> = {};
  for (const pair of pairs) {
    const at = endOf(pair, 0, ['='], dialect);
    const value = pair.slice(at + 1);
    if (at === pair.length || at === 0 || value === '') throw new Error(`unable to parse '${line}': missing tag value`);
    if (dialect === 'influxdb3' && /[\t\n]/.test(value)) throw new Error(`Tag set malformed: whitespace in '${value}'`);
    if (dialect === 'influxdb2' && endOf(value, 0, ['='], dialect) < value.length)
      throw new Error(`unable to parse '${line}': invalid tag format`);
    tags[plain(pair.slice(0, at), dialect)] = plain(value, dialect);
  }
  const rest = line.slice(keyEnd).trimStart();
  const fieldsEnd = outsideQuotes(rest, ' ');
  const fields: Record<string, number | boolean | string> = {};
  for (const pair of splitQuoted(rest.slice(0, fieldsEnd))) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new Error(`unable to parse '${line}': invalid field format`);
    fields[pair.slice(0, at)] = valueIn(pair.slice(at + 1), line);
  }
  const stamp = rest.slice(fieldsEnd).trim();
  if (stamp !== '' && !/^-?\d+$/.test(stamp)) throw new Error(`unable to parse '${line}': bad timestamp`);
  return { measurement: plain(name, dialect), tags, fields, time: stamp === '' ? undefined : Number(stamp) };
}

/** The place of the first of `ends` that is not escaped, else the length. */
function endOf(text: string, from: number, ends: readonly string[], dialect: Dialect): number {
  for (let at = from; at < text.length; at++) {
    if (dialect !== 'influxdb2' && text[at] === '\\') at++;
    else if (ends.includes(text[at] as string) && (dialect !== 'influxdb2' || text[at - 1] !== '\\')) return at;
  }
  return text.length;
}

function split(text: string, dialect: Dialect): readonly string[] {
  const parts: string[] = [];
  for (let start = 0; start <= text.length; ) {
    const end = endOf(text, start, [','], dialect);
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  return parts;
}

function plain(text: string, dialect: Dialect): string {
  if (dialect === 'influxdb2') return text.replace(/\\([ ,=])/g, '$1');
  const read = text.replace(/\\([\\ ,=])/g, '$1');
  if (dialect === 'influxdb3' && read.endsWith('\\')) throw new Error('Tag or field ends with a backslash');
  return read;
}

function outsideQuotes(text: string, end: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (text[at] === end && !quoted) return at;
  }
  return text.length;
}

function splitQuoted(text: string): readonly string[] {
  const parts: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const end = outsideQuotes(rest, ',');
    parts.push(rest.slice(0, end));
    rest = rest.slice(end + 1);
  }
  return parts;
}

function valueIn(text: string, line: string): number | boolean | string {
  if (/^".*"$/s.test(text)) return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
  if (/^(t|true)$/i.test(text)) return true;
  if (/^(f|false)$/i.test(text)) return false;
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text);
  // Integers are legal; a sink that writes them would fix a field's type for ever.
  if (/^-?\d+i$/.test(text)) throw new Error(`unable to parse '${line}': an integer where floats are expected`);
  throw new Error(`unable to parse '${line}': invalid number`);
}
