import { describe, expect, it } from 'vitest';
import { interpolate } from './interpolate.ts';

const env = { HOST: 'example.com', EMPTY: '', NESTED: '${HOST}' };

function filled(text: string): unknown {
  return interpolate(text, env).value;
}

describe('interpolate', () => {
  it.each([
    ['https://${HOST}/x', 'https://example.com/x'],
    ['${NONE:-fallback}', 'fallback'],
    ['${NONE:-}', ''],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${NONE:-${HOST}}', 'example.com'],
    ['${HOST:-${NONE}}', 'example.com'],
    ['${HOST:?set it}', 'example.com'],
    ['$${HOST}', '${HOST}'],
    ['${NESTED}', '${HOST}'], // what a variable holds is never looked into
  ])('%j is %j', (text, expected) => {
    expect(filled(text)).toBe(expected);
    expect(interpolate(text, env).unset).toEqual([]);
  });

  it('fills strings at any depth, leaves keys and other values, and does not touch what it was given', () => {
    const raw = { '${HOST}': [1, true, null, { a: '${HOST}' }], date: new Date(0) };
    const { value, filled: where } = interpolate(raw, env);
    expect(value).toEqual({ '${HOST}': [1, true, null, { a: 'example.com' }], date: new Date(0) });
    expect(raw['${HOST}'][3]).toEqual({ a: '${HOST}' });
    expect([...where]).toEqual([['["${HOST}",3,"a"]', [{ name: 'HOST', value: 'example.com' }]]]);
  });

  it('tells every variable that is not set, and leaves its text', () => {
    const { value, unset, holes } = interpolate({ a: '${NONE} ${OTHER:?from the vault}', b: ['${EMPTY}'] }, env);
    expect(value).toEqual({ a: '${NONE} ${OTHER:?from the vault}', b: ['${EMPTY}'] });
    expect(unset).toEqual([
      { path: ['a'], name: 'NONE', message: 'the variable NONE is not set; set it in the environment or in the file of --env-file' },
      { path: ['a'], name: 'OTHER', message: 'the variable OTHER is not set: from the vault' },
      {
        path: ['b', 0],
        name: 'EMPTY',
        message: 'the variable EMPTY is empty, which counts as not set; set it in the environment or in the file of --env-file',
      },
    ]);
    expect([...holes]).toEqual(['["a"]', '["b",0]']);
  });

  it('leaves everything as text without variables, but for what is no reference at all', () => {
    const { value, holes, unset, malformed } = interpolate({ a: '${HOST}', b: '$${HOST}', c: '${}' }, undefined);
    expect(value).toEqual({ a: '${HOST}', b: '${HOST}', c: '${}' });
    expect([...holes]).toEqual(['["a"]']);
    expect(unset).toEqual([]);
    expect(malformed).toEqual([{ path: ['c'], message: expect.stringContaining('has a "${" that is no reference') }]);
  });

  it('ends on a config that holds itself', () => {
    const raw: Record<string, unknown> = {};
    raw.a = { b: raw };
    expect(interpolate(raw, env).malformed).toEqual([{ path: ['a', 'b'], message: 'is nested more than 100 deep, or holds itself' }]);
  });

  it('keeps a key called __proto__ a key', () => {
    const { value } = interpolate(JSON.parse('{"__proto__": {"polluted": "${HOST}"}}'), env);
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });
});
