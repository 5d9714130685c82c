const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const joiners = new Set(['\u200c', '\u200d']);
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': ' ' };

/**
 * Text that a terminal shows as it is: control characters, and those that turn the direction of writing, become visible escapes. What an
 * upstream answers may hold either (https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing).
 */
export function plain(text: string): string {
  return text.replace(unsafe, (character) => {
    if (joiners.has(character)) return character;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return shortEscapes[character] ?? (code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`);
  });
}

// Wide and fullwidth in https://www.unicode.org/Public/UCD/latest/ucd/EastAsianWidth.txt, in broad ranges.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const zeroWidth = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Columns that a plain text takes on a terminal. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += zeroWidth.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** At most `columns` wide, the end given up for `…`. */
export function truncate(text: string, columns: number): string {
  return width(text) <= columns ? text : `${head(text, columns - 1)}…`;
}

function head(text: string, columns: number): string {
  let taken = '';
  let left = columns;
  for (const character of text) {
    left -= width(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

/** Lines of at most `columns`, broken at spaces, or inside a word that is longer. */
export function wrap(text: string, columns: number): readonly string[] {
  const room = Math.max(columns, 8);
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) <= room) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (width(word) > room) {
      const part = head(word, room);
      lines.push(part);
      word = word.slice(part.length);
    }
    line = word;
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const blank = ' '.repeat(Math.max(0, columns - width(text)));
  return align === 'left' ? text + blank : blank + text;
}

/** `1,234,567` */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 point`, `1,200 points` */
export function plural(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`;
}

/** How long something took: `85ms`, `2.1s`, `3m 05s`, `2h 04m`. */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `1.2 MiB` */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let amount = value;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-21 20:00:00Z`; milliseconds only where there are some. */
export function moment(iso: string): string {
  return plain(iso.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ').replace(/\.000Z$/, 'Z'));
}

/** `2026-11-21 20:00Z`: a moment where there is little room. */
export function minute(iso: string): string {
  return moment(iso).replace(/:\d\d(?:\.\d+)?Z$/, 'Z');
}
