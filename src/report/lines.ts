import type { ConfigProblem } from '../sdk/errors.ts';
import type { Paint, Style } from './paint.ts';
import { plain, wrap } from './text.ts';

export interface LineOptions {
  readonly paint: Paint;
  /** Of the terminal; undefined where there is none: then a line stays whole for what reads it. */
  readonly columns: number | undefined;
}

interface Beginning {
  readonly text: string;
  readonly style: Style;
  /** Of the first line. */
  readonly indent: number;
  /** Of those that it is wrapped to. */
  readonly hang: number;
}

/** A line of plain text whose beginning is painted, wrapped where a terminal is not that wide. */
export function begun({ text, style, indent, hang }: Beginning, rest: string, { paint, columns }: LineOptions): string {
  const whole = text + rest;
  const [first = '', ...further] = columns === undefined ? [whole] : wrap(whole, columns - Math.max(indent, hang));
  // A beginning that had to be broken itself stays as it is.
  const painted = first.startsWith(text) ? paint(style, text) + first.slice(text.length) : first;
  return `${' '.repeat(indent)}${painted}\n${further.map((line) => `${' '.repeat(hang)}${line}\n`).join('')}`;
}

/** Problems of a config, each with its key or file. */
export function problemLines(problems: readonly ConfigProblem[], style: Style, options: LineOptions): string {
  return problems
    .map(({ path, message }) => begun({ text: plain(path), style, indent: 2, hang: 4 }, `: ${plain(message)}`, options))
    .join('');
}
