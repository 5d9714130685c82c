import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { begun, problemLines } from './lines.ts';
import { createPaint, noPaint } from './paint.ts';

const problem = { path: 'sinks.local.path', message: `is a long story: ${'and goes on '.repeat(20).trim()}` };

describe('problemLines', () => {
  it('fits a terminal', () => {
    const text = problemLines([problem, problem], 'bold', { paint: noPaint, columns: 80 });
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.startsWith('  sinks.local.path: is'))).toHaveLength(2);
    expect(text.replaceAll('\n    ', ' ')).toBe(problemLines([problem, problem], 'bold', { paint: noPaint, columns: undefined }));
  });

  it('leaves lines whole where there is no terminal', () => {
    expect(problemLines([problem], 'bold', { paint: noPaint, columns: undefined })).toBe(`  ${problem.path}: ${problem.message}\n`);
  });

  it('lets nothing through that a terminal would obey', () => {
    expect(problemLines([{ path: 'a\u001b', message: 'b\n' }], 'bold', { paint: noPaint, columns: 80 })).toBe('  a\\x1b: b\\n\n');
  });
});

describe('begun', () => {
  const look = { paint: createPaint(true), columns: 40 };
  it('paints the beginning alone', () => {
    const text = begun({ text: 'kpi:', style: 'red', indent: 0, hang: 2 }, ` ${'word '.repeat(12).trim()}`, look);
    expect(stripVTControlCharacters(text)).toMatch(/^kpi: word( word)+\n {2}word( word)+\n$/);
    expect(text.startsWith(`${look.paint('red', 'kpi:')} word`)).toBe(true);
    expect(text.split('\u001b')).toHaveLength(3);
  });

  it('paints none that had to be broken', () => {
    expect(begun({ text: 'x'.repeat(50), style: 'red', indent: 0, hang: 0 }, ': y', look)).toBe(
      `${'x'.repeat(40)}\n${'x'.repeat(10)}: y\n`,
    );
  });
});
