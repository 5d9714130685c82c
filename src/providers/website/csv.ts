/** A record of a CSV text, and the line that it begins in. */
export type CsvRecord = { readonly line: number; readonly cells: readonly string[] } | { readonly line: number; readonly fault: string };

type Read =
  | { readonly fault?: never; readonly cells: readonly string[]; readonly lines: number; readonly next: number }
  | { readonly fault: string };

/** A quote that is not closed would else take the rest of the file. */
const longestCell = 65_536;

/**
 * Reads CSV as RFC 4180 has it, with either end of a line: https://www.rfc-editor.org/rfc/rfc4180. A record that breaks its rules is a
 * fault, and reading goes on in the next line. Empty lines are no records.
 */
export function* readCsv(text: string): Generator<CsvRecord> {
  const plain = /[^",\r\n]*/y;
  const lineEnd = /\r?\n|$/g;
  let line = 1;
  let at = 0;

  /** Where the line that `from` is in ends, and where the next begins. */
  function endOfLine(from: number): readonly [end: number, next: number] {
    lineEnd.lastIndex = from;
    const found = lineEnd.exec(text);
    const end = found?.index ?? text.length;
    return [end, end + (found?.[0].length ?? 0)];
  }

  while (at < text.length) {
    const [end, next] = endOfLine(at);
    if (end === at) {
      at = next;
      line += 1;
      continue;
    }
    const record = readRecord(at);
    if (record.fault !== undefined) {
      yield { line, fault: record.fault };
      at = next;
      line += 1;
      continue;
    }
    yield { line, cells: record.cells };
    line += record.lines;
    at = record.next;
  }

  function readRecord(start: number): Read {
    const cells: string[] = [];
    let lines = 0;
    for (let place = start; ; ) {
      if (text[place] === '"') {
        const close = closingQuote(place);
        if (close === undefined) return { fault: 'a quoted cell begins here that does not end' };
        const cell = text.slice(place + 1, close).replaceAll('""', '"');
        cells.push(cell);
        lines += cell.split('\n').length - 1;
        place = close + 1;
      } else {
        plain.lastIndex = place;
        const cell = plain.exec(text)?.[0] ?? '';
        cells.push(cell);
        place += cell.length;
      }
      if (text[place] === ',') {
        place += 1;
        continue;
      }
      const [end, next] = endOfLine(place);
      if (end === place) return { cells, lines: lines + 1, next };
      return { fault: 'a quote stands inside a cell: a cell with quotes stands in quotes, and its own are doubled' };
    }
  }

  function closingQuote(open: number): number | undefined {
    for (let place = open + 1; ; place += 2) {
      place = text.indexOf('"', place);
      if (place === -1 || place - open > longestCell) return undefined;
      if (text[place + 1] !== '"') return place;
    }
  }
}
