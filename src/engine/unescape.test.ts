import { describe, expect, it } from 'vitest';
import { layersOf } from './unescape.ts';

function texts(text: string): readonly string[] {
  return [...layersOf(text)].map((layer) => layer.text);
}

describe('layersOf', () => {
  it.each([
    ['\\u0041\\u00e4\\x2B\\/\\"\\n', 'Aä+/"\n'],
    ['%41%C3%A4%f0%9f%98%80%2b', 'Aä😀+'],
    ['&#65;&#x42;&amp;&lt;&GT;&quot;&apos;', 'AB&<>"\''],
  ])('undoes %s', (text, plain) => {
    expect(texts(text)[0]).toBe(plain);
  });

  it.each(['', 'plain', '100 %', 'a & b', 'C:\\Users', '%e', '&nbsp;'])('finds nothing to undo in %j', (text) => {
    expect(texts(text)).toEqual([]);
  });

  it('undoes what an escape hid, three layers deep', () => {
    expect(texts('%252525252B').slice(0, 3)).toEqual(['%2525252B', '%25252B', '%252B']);
    expect(texts('\\u0025\\u0032\\u0042').slice(0, 2)).toEqual(['%2B', '+']);
  });

  it('undoes each kind of escapes by itself as well', () => {
    expect(texts('\\n%41&amp;')).toEqual(expect.arrayContaining(['\nA&', '\n%41&amp;', '\\nA&amp;', '\\n%41&']));
  });

  it('knows where each character began', () => {
    const text = 'x%2541y&amp;z\\u00e4%F0%9F%98%80!';
    const [first, second] = [...layersOf(text)];
    expect(first?.text).toBe('x%41y&zä😀!');
    for (const [layer, one, from, to] of [
      [first, '%41', 'x'.length, 'x%2541'.length],
      [first, '&', 'x%2541y'.length, 'x%2541y&amp;'.length],
      [first, 'ä', 'x%2541y&amp;z'.length, 'x%2541y&amp;z\\u00e4'.length],
      [first, '😀', 'x%2541y&amp;z\\u00e4'.length, text.length - 1],
      [first, '!', text.length - 1, text.length],
      [second, 'A', 1, 'x%2541'.length],
      [second, '!', text.length - 1, text.length],
    ] as const) {
      const place = layer?.text.indexOf(one) ?? -1;
      expect([one, layer?.start(place), layer?.start(place + one.length)]).toEqual([one, from, to]);
    }
  });

  it('takes bytes that are no UTF-8 one by one or as what they break', () => {
    expect(texts('%ff%41')[0]).toMatch(/A$/);
    expect(texts('%e2%82')[0]).toHaveLength(1);
  });
});
