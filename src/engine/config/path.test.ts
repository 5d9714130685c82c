import { describe, expect, it } from 'vitest';
import { isRecord, pathKey, pathText, valueAt, withValueAt } from './path.ts';

describe('pathText', () => {
  it.each([
    [['providers', 'github', 'orgs', 0, 'name'], 'providers.github.orgs[0].name'],
    [['providers', 'my-site'], 'providers.my-site'],
    [['tags', 'a b'], 'tags["a b"]'],
    [['$schema'], '$schema'],
    [[], ''],
  ])('%j is %s', (path, expected) => {
    expect(pathText(path)).toBe(expected);
  });
});

describe('pathKey', () => {
  it('tells keys from positions', () => {
    expect(pathKey(['a', 0])).not.toBe(pathKey(['a', '0']));
  });
});

describe('valueAt and withValueAt', () => {
  const value = { a: [{ b: 1 }, { b: 2 }] };

  it('read what stands there, and nothing inherited', () => {
    expect(valueAt(value, ['a', 1, 'b'])).toBe(2);
    expect(valueAt(value, ['a', 2, 'b'])).toBeUndefined();
    expect(valueAt(value, ['toString'])).toBeUndefined();
  });

  it('change a copy', () => {
    expect(withValueAt(value, ['a', 1, 'b'], 'x')).toEqual({ a: [{ b: 1 }, { b: 'x' }] });
    expect(value.a[1]?.b).toBe(2);
  });
});

describe('isRecord', () => {
  it('is true of objects only as JSON knows them', () => {
    expect([{}, Object.create(null), JSON.parse('{"a":1}')].every(isRecord)).toBe(true);
    expect([null, undefined, [], new Date(0), new Map(), () => 1, 'a', 1].some(isRecord)).toBe(false);
  });
});
