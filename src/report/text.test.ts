import { describe, expect, it } from 'vitest';
import { bytes, count, minute, moment, pad, plain, plural, took, truncate, width, wrap } from './text.ts';

describe('plain', () => {
  it.each([
    ['\u001b[2J\u001b]0;title\u0007', '\\x1b[2J\\x1b]0;title\\x07'],
    ['a\nb\r\tc', 'a\\nb\\r c'],
    ['\u009b31m', '\\x9b31m'],
    ['admin\u202egpj.exe', 'admin\\u{202e}gpj.exe'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\ud800', '\\u{d800}'],
    ['line\u2028separator', 'line\\u{2028}separator'],
    ['Ärger 東京 👩\u200d👩\u200d👧 ok', 'Ärger 東京 👩\u200d👩\u200d👧 ok'],
  ])('%j', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['東京', 4],
    ['e\u0301', 1],
    ['한글', 4],
    ['✔ ok', 4],
    ['🚀', 2],
  ])('%j is %i', (text, columns) => {
    expect(width(text)).toBe(columns);
  });
});

describe('truncate, wrap, pad', () => {
  it('keeps what fits, and never splits a wide character', () => {
    expect(truncate('github', 6)).toBe('github');
    expect(truncate('github-enterprise', 6)).toBe('githu…');
    expect(truncate('東京東京', 4)).toBe('東…');
  });

  it('wraps at spaces, and inside a word that is too long', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('a 123456789012 b', 8)).toEqual(['a', '12345678', '9012 b']);
    expect(wrap('', 8)).toEqual(['']);
    expect(wrap('12345678', 8)).toEqual(['12345678']);
  });

  it('pads by what is seen', () => {
    expect(pad('東', 4)).toBe('東  ');
    expect(pad('7', 3, 'right')).toBe('  7');
  });
});

describe('numbers and times', () => {
  it('groups digits', () => {
    expect([0, 999, 1000, 1234567, -1234].map(count)).toEqual(['0', '999', '1,000', '1,234,567', '-1,234']);
    expect([plural(1, 'point'), plural(0, 'point'), plural(1200, 'point')]).toEqual(['1 point', '0 points', '1,200 points']);
  });

  it('says how long something took', () => {
    expect([0, 85.4, 999, 2140, 59_949, 59_960, 185_000, 7_440_000].map(took)).toEqual([
      '0ms',
      '85ms',
      '999ms',
      '2.1s',
      '59.9s',
      '1m 00s',
      '3m 05s',
      '2h 04m',
    ]);
  });

  it('says how much', () => {
    expect([0, 1023, 1536, 5 * 1024 ** 3].map(bytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '5.0 GiB']);
  });

  it('leaves milliseconds out where there are none', () => {
    expect(moment('2026-11-21T20:00:00.000Z')).toBe('2026-11-21 20:00:00Z');
    expect(moment('2026-11-21T20:00:00.120Z')).toBe('2026-11-21 20:00:00.120Z');
    expect(moment('\u001b[2J')).toBe('\\x1b[2J');
  });

  it('tells a moment to the minute', () => {
    expect(['2026-11-21T20:00:59.000Z', '2026-11-21T20:00:00.120Z'].map(minute)).toEqual(['2026-11-21 20:00Z', '2026-11-21 20:00Z']);
  });
});
