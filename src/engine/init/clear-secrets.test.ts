import { describe, expect, it } from 'vitest';
import { clearSecret, isVariables } from './clear-secrets.ts';

describe('isVariables', () => {
  it.each([
    ['${TOKEN}', true],
    ['${A}${B}', true],
    ['${A:-${B}}', true],
    ['${A:-}', true],
    ['${A:?set it}', true],
    ['${A:-ghp_0123456789}', false],
    ['${A:-${B:-ghp_0123456789}}', false],
    ['abc${A}', false],
    ['${A}abc', false],
    ['$${A}', false],
    ['abc', false],
    ['', false],
  ])('%s: %s', (text, answer) => {
    expect(isVariables(text)).toBe(answer);
  });
});

describe('clearSecret', () => {
  it.each([
    'https://ada:lovelace@x.example',
    'https://ada:${WORD:-lovelace}@x.example',
    'https://ada:love${WORD}@x.example',
    '${URL:-https://ada:lovelace@x.example}',
  ])('finds the password of %s', (text) => {
    expect(clearSecret({ sites: [{ url: text }] })).toBe('holds a password');
  });

  it.each([
    ['https://x.example/?token=abcdefghijklmnop', 'token'],
    ['https://x.example/?a=1&access_token=abc', 'access_token'],
    ['https://x.example/?apiKey=${KEY:-abc}', 'apiKey'],
    ['https://x.example/?sig=${KEY}abc', 'sig'],
    ['${URL:-https://x.example/?key=abc}', 'key'],
  ])('finds what opens %s', (text, name) => {
    expect(clearSecret([text])).toBe(`holds a secret, "${name}" of an address`);
  });

  it.each([
    'https://x.example/?keyword=abc&author=ada&tokens=many#token=x',
    'https://x.example/?token=${TOKEN}',
    'https://x.example/?token=',
    'https://${USER}:${WORD}@x.example',
    '${URL:-https://x.example/}',
    7,
  ])('has nothing against %s', (value) => {
    expect(clearSecret(value)).toBeUndefined();
  });
});
