import { noPaint, type Paint, type Style } from './paint.ts';
import { pad, width, wrap } from './text.ts';

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

export interface Heading {
  readonly text: string;
  readonly align?: 'left' | 'right';
}

export interface GridOptions {
  readonly columns: number;
  readonly paint?: Paint;
  readonly indent?: number;
}

const gap = 2;

/** Rows under headings. What the last column holds is wrapped where it is left-aligned and does not fit. */
export function grid(headings: readonly Heading[], rows: readonly (readonly Cell[])[], options: GridOptions): string {
  const paint = options.paint ?? noPaint;
  const indent = ' '.repeat(options.indent ?? 0);
  const widths = headings.map((heading, index) =>
    rows.reduce((most, row) => Math.max(most, width(row[index]?.text ?? '')), width(heading.text)),
  );
  const last = headings.length - 1;
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + gap, indent.length);
  const room = Math.max(options.columns - before, 16);
  const lines: string[] = [];

  function line(cells: readonly Cell[]) {
    const wrapped = headings[last]?.align === 'right' ? [cells[last]?.text ?? ''] : wrap(cells[last]?.text ?? '', room);
    let text = indent;
    for (const [index, heading] of headings.entries()) {
      const cell = cells[index] ?? { text: '' };
      const content = index === last ? (wrapped[0] ?? '') : cell.text;
      const padded = index === last && heading.align !== 'right' ? content : pad(content, widths[index] ?? 0, heading.align);
      text += paint(cell.style, padded) + (index === last ? '' : ' '.repeat(gap));
    }
    lines.push(text.trimEnd());
    for (const more of wrapped.slice(1)) lines.push(' '.repeat(before) + paint(cells[last]?.style, more));
  }

  if (headings.some((heading) => heading.text !== '')) line(headings.map((heading) => ({ text: heading.text, style: 'dim' })));
  for (const row of rows) line(row);
  return `${lines.join('\n')}\n`;
}

/** How wide the grid of these is when nothing is wrapped. */
export function gridWidth(headings: readonly Heading[], rows: readonly (readonly Cell[])[]): number {
  const widths = headings.map((heading, index) => Math.max(width(heading.text), ...rows.map((row) => width(row[index]?.text ?? ''))));
  return widths.reduce((sum, one) => sum + one, gap * (headings.length - 1));
}
