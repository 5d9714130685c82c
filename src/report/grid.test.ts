import { expect, it } from 'vitest';
import { grid, gridWidth } from './grid.ts';
import { createPaint } from './paint.ts';

const headings = [{ text: 'NAME' }, { text: 'N', align: 'right' as const }, { text: 'WHAT' }];
const rows = [
  [{ text: 'a' }, { text: '12' }, { text: 'short' }],
  [{ text: 'longer' }, { text: '3' }, { text: 'words that do not fit into what is left' }],
];

it('aligns columns and wraps the last', () => {
  expect(grid(headings, rows, { columns: 33 })).toBe(
    ['NAME     N  WHAT', 'a       12  short', 'longer   3  words that do not fit', '            into what is left', ''].join('\n'),
  );
});

it('indents, and has no line of headings where they say nothing', () => {
  expect(grid([{ text: '' }, { text: '' }], [[{ text: 'a' }, { text: 'b' }]], { columns: 80, indent: 2 })).toBe('  a  b\n');
});

it('aligns what is coloured as what is not', () => {
  const painted = rows.map(([name, ...rest]) => [{ text: name?.text ?? '', style: 'red' as const }, ...rest]);
  const coloured = grid(headings, painted, { columns: 32, paint: createPaint(true) });
  expect(coloured).toContain('\u001b[31ma     \u001b[39m  12');
});

it('wraps what a column may not be wide enough for', () => {
  const narrow = [{ text: 'NAME' }, { text: 'TYPE', most: 9 }, { text: 'WHAT' }];
  const row = [{ text: 'a' }, { text: 'one | two | three', style: 'red' as const }, { text: 'help' }];
  expect(grid(narrow, [row], { columns: 80 })).toBe(['NAME  TYPE       WHAT', 'a     one | two  help', '      | three', ''].join('\n'));
  expect(gridWidth(narrow, [row])).toBe(4 + 2 + 9 + 2 + 4);
});

it('knows how wide it would be', () => {
  expect(gridWidth(headings, rows)).toBe(6 + 2 + 2 + 2 + 39);
});
