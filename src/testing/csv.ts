/** Reads CSV as RFC 4180 has it, in its own way: a test may not trust what wrote it. An empty cell without quotes is undefined. */
export function parseCsv(text: string): readonly (readonly (string | undefined)[])[] {
  const rows: (string | undefined)[][] = [];
  let row: (string | undefined)[] = [];
  for (let at = 0; at < text.length; ) {
    let cell: string | undefined;
    if (text[at] === '"') {
      const quoted = /"((?:[^"]|"")*)"/y;
      quoted.lastIndex = at;
      const match = quoted.exec(text);
      if (!match) throw new Error(`a quoted cell does not end: ${text.slice(at, at + 80)}`);
      cell = (match[1] as string).replaceAll('""', '"');
      at += match[0].length;
    } else {
      const plain = /[^",\n]*/y;
      plain.lastIndex = at;
      const length = plain.exec(text)?.[0].length ?? 0;
      cell = length === 0 ? undefined : text.slice(at, at + length);
      at += length;
    }
    row.push(cell);
    const end = text[at];
    if (end !== ',' && end !== '\n') throw new Error(`a cell ends in ${JSON.stringify(end)}: ${text.slice(Math.max(0, at - 80), at)}`);
    at++;
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) throw new Error('the last row does not end');
  return rows;
}
