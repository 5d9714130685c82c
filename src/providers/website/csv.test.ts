import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';

const read = (text: string) => [...readCsv(text)];

describe('CSV', () => {
  it('is lines of cells, with commas between them', () => {
    expect(read('url,name\nhttps://a.example,a\r\nhttps://b.example,\n')).toEqual([
      { line: 1, cells: ['url', 'name'] },
      { line: 2, cells: ['https://a.example', 'a'] },
      { line: 3, cells: ['https://b.example', ''] },
    ]);
  });

  it('may have commas, quotes and lines in quoted cells, and no end of the last line', () => {
    expect(read('a,"x, ""y"""\n"two\nlines",b\n\n\nc,d')).toEqual([
      { line: 1, cells: ['a', 'x, "y"'] },
      { line: 2, cells: ['two\nlines', 'b'] },
      { line: 6, cells: ['c', 'd'] },
    ]);
  });

  it.each([
    [
      'a quote that is never closed',
      'a,"b\nc,d\ne,f',
      [
        { line: 2, cells: ['c', 'd'] },
        { line: 3, cells: ['e', 'f'] },
      ],
    ],
    ['words behind a closing quote', '"a"b,c\nd,e', [{ line: 2, cells: ['d', 'e'] }]],
    ['a quote inside a cell', 'a"b,c\nd,e', [{ line: 2, cells: ['d', 'e'] }]],
  ])('loses one line to %s', (_, text, others) => {
    const [first, ...rest] = read(text);
    expect(first).toMatchObject({ line: 1, fault: expect.stringContaining('quote') });
    expect(rest).toEqual(others);
  });

  it('is nothing where there is nothing', () => {
    expect([read(''), read('\n\r\n')]).toEqual([[], []]);
  });

  it('costs no more than its length, whatever its quotes', () => {
    const began = performance.now();
    expect(read('"\n'.repeat(100_000)).length).toBeGreaterThan(0);
    expect(read(`${'"a\n'.repeat(1)}${'b\n'.repeat(500_000)}`)).toHaveLength(500_001);
    // Each line read to the end of the text would be 10^10 steps and more: minutes.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
