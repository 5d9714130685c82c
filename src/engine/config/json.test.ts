import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFaults } from './json.ts';

function told(text: string): string[] {
  return jsonFaults(text).map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('jsonFaults', () => {
  it('finds nothing in JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        expect(told(JSON.stringify(JSON.parse(text), null, space))).toEqual([]);
      }),
    );
  });

  it('finds something in all that JSON.parse refuses, and nothing else', () => {
    const cut = fc.json().chain((text) => fc.nat(text.length).map((end) => text.slice(0, end)));
    const mangled = fc
      .tuple(cut, fc.constantFrom('', ',', '}', ']', '"', ':', '1', ' x', '\n', '\\', '\u0001', '\u{1f600}'), cut)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(mangled, (text) => {
        expect(jsonFaults(text).some((fault) => !fault.message.includes('second time'))).toBe(!parses(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['', '1:1 the file ends where a value should stand'],
    ['{\n  "a": 1\n', '3:1 the file ends where a "," or "}" should stand'],
    ['{\n  "a": 1,\n}', '3:1 there is a "," too many before "}"'],
    ['[1, ]', '1:5 there is a "," too many before "]"'],
    ['{\n  // why\n  "a": 1 }', '2:3 JSON has no comments; remove it, or write the config as YAML'],
    ['{ "a": 1 "b": 2 }', '1:10 a "," or "}" should stand here'],
    ['{ "a" 1 }', '1:7 a ":" should stand here'],
    ['{ a: 1 }', '1:3 a key in double quotes should stand here'],
    ["{ 'a': 1 }", '1:3 strings must stand in double quotes'],
    ['{ "a": \'x\' }', '1:8 strings must stand in double quotes'],
    ['{ "a": }', '1:8 a value should stand here'],
    ['{ "a": yes }', '1:8 a value should stand here'],
    ['{ "a": "x\n" }', '1:8 the string is not closed, or has a line break or a wrong escape in it'],
    ['{ "a": "\\x" }', '1:8 the string is not closed, or has a line break or a wrong escape in it'],
    ['{} {}', '1:4 nothing more should stand here'],
    ['[01]', '1:3 a "," or "]" should stand here'],
    ['["é", "\u{1f600}", x]', '1:13 a value should stand here'],
  ])('%j: %s', (text, expected) => {
    expect(told(text)).toEqual([expected]);
  });

  it('finds each key that stands twice, with the keys above it', () => {
    const faults = jsonFaults('{\n  "a": { "x": 1, "y": 2, "x": 3 },\n  "b": [{ "c": 1, "c": 2 }],\n  "\\u0061": 4\n}');
    expect(faults.map(({ line, column, path }) => ({ line, column, path }))).toEqual([
      { line: 2, column: 26, path: ['a', 'x'] },
      { line: 3, column: 19, path: ['b', 0, 'c'] },
      { line: 4, column: 3, path: ['a'] },
    ]);
    expect(faults[0]?.message).toBe('the key "x" stands here a second time');
  });

  it('quotes nothing of the values', () => {
    expect(JSON.stringify(jsonFaults('{ "token": "s3cr3t-value" "x": 1 }'))).not.toContain('s3cr3t');
  });

  it('ends on a file nested without end', () => {
    expect(told('['.repeat(100_000))).toEqual(['1:102 it is nested more than 100 deep']);
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
