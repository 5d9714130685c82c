import { describe, expect, it } from 'vitest';
import { hasReference, parseReferences, referencesIn } from './reference.ts';

describe('parseReferences', () => {
  it.each([
    ['plain', ['plain']],
    ['', ['']],
    ['${A}', ['', { name: 'A' }, '']],
    ['x${A_1}y${b}', ['x', { name: 'A_1' }, 'y', { name: 'b' }, '']],
    ['${A:-}', ['', { name: 'A', fallback: [''] }, '']],
    ['${A:-b:c-d}', ['', { name: 'A', fallback: ['b:c-d'] }, '']],
    ['${A:-${B:-c}}/d', ['', { name: 'A', fallback: ['', { name: 'B', fallback: ['c'] }, ''] }, '/d']],
    ['${A:?set it, please}', ['', { name: 'A', message: 'set it, please' }, '']],
    ['$${A}', ['', '${', 'A}']],
    ['a $$ $A $', ['a $$ $A $']],
  ])('%j', (text, parts) => {
    expect(parseReferences(text)).toEqual(parts);
  });

  it.each(['${', '${}', '${A', '${1A}', '${A B}', '${A:+b}', '${A-b}', '${A:-${B}', '${A:-${}}', 'x ${A.b}'])('refuses %j', (text) => {
    expect(parseReferences(text)).toBeUndefined();
  });
});

describe('hasReference', () => {
  it.each([
    ['${A}', true],
    ['a${A:-b}', true],
    ['$${A}', false],
    ['$A', false],
    ['${', false],
  ])('%j: %s', (text, expected) => {
    expect(hasReference(text)).toBe(expected);
  });
});

it('names the variables of a text, those in defaults too', () => {
  expect(referencesIn('${A}/${B:-${C:-${D}}}/$${E}')).toEqual(['A', 'B', 'C', 'D']);
  expect(referencesIn('${')).toEqual([]);
});
