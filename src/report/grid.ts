import { noPaint, type Paint, type Style } from './paint.ts';
import { pad, width, wrap } from './text.ts';

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

export interface Heading {
  readonly text: string;
  readonly align?: 'left' | 'right';
  /** The most columns it takes; what is longer is wrapped. */
  readonly most?: number;
}

export interface GridOptions {
  readonly columns: number;
  readonly paint?: Paint;
  readonly indent?: number;
}

const gap = 2;

/** Rows under headings. What the last column holds is wrapped where it is left-aligned and does not fit, and so is what is wider than `most`. */
export function grid(headings: readonly Heading[], rows: readonly (readonly Cell[])[], options: GridOptions): string {
  const paint = options.paint ?? noPaint;
  const indent = ' '.repeat(options.indent ?? 0);
  const widths = widthsOf(headings, rows);
  const last = headings.length - 1;
  const before = widths.slice(0, last).reduce((sum, one) => sum + one + gap, indent.length);
  const room = Math.max(options.columns - before, 16);
  const lines: string[] = [];

  function line(cells: readonly Cell[]) {
    const wrapped = headings.map(({ align, most }, index) => {
      const text = cells[index]?.text ?? '';
      if (index === last && align !== 'right') return wrap(text, room);
      return most === undefined ? [text] : wrap(text, most);
    });
    const height = Math.max(...wrapped.map((one) => one.length));
    for (let row = 0; row < height; row++) {
      let text = indent;
      for (const [index, { align }] of headings.entries()) {
        const content = wrapped[index]?.[row] ?? '';
        const padded = index === last && align !== 'right' ? content : pad(content, widths[index] ?? 0, align);
        text += (padded.trim() === '' ? padded : paint(cells[index]?.style, padded)) + (index === last ? '' : ' '.repeat(gap));
      }
      lines.push(text.trimEnd());
    }
  }

  if (headings.some((heading) => heading.text !== '')) line(headings.map((heading) => ({ text: heading.text, style: 'dim' })));
  for (const row of rows) line(row);
  return `${lines.join('\n')}\n`;
}

/** How wide the grid of these is when nothing of its last column is wrapped. */
export function gridWidth(headings: readonly Heading[], rows: readonly (readonly Cell[])[]): number {
  return widthsOf(headings, rows).reduce((sum, one) => sum + one, gap * (headings.length - 1));
}

function widthsOf(headings: readonly Heading[], rows: readonly (readonly Cell[])[]): readonly number[] {
  return headings.map(({ text, most }, index) => {
    const lines = rows.flatMap((row) => (most === undefined ? [row[index]?.text ?? ''] : wrap(row[index]?.text ?? '', most)));
    return lines.reduce((widest, one) => Math.max(widest, width(one)), width(text));
  });
}
