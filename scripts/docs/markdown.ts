import { pad, width } from '../../src/report/text.ts';

/** Says by what a page is made, so that nobody edits it. */
export function madeFrom(source: string): string {
  return `<!-- Made from ${source} by \`npm run docs\`; changes to this file would be lost. -->`;
}

/** A table, its columns aligned; one without any content is left out. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = headings.map((_, index) => index).filter((index) => rows.some((row) => (row[index] ?? '') !== ''));
  const cells = [headings, ...rows].map((row) => used.map((index) => cell(row[index] ?? '')));
  const widths = used.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const line = (row: readonly string[]) => `| ${row.map((one, column) => pad(one, widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((one) => '-'.repeat(one))), ...rest.map(line)].join('\n');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

export function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** What a reader clicks, where a text is nothing but an address. */
export function linked(text: string): string {
  return URL.canParse(text) ? `<${text}>` : text;
}

/** Begun with a capital, and without a full stop: one form for what is written in many places. */
export function sentence(text: string): string {
  return text.replace(/\.$/, '').replace(/^[a-z](?=[a-z]* )/, (first) => first.toUpperCase());
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
