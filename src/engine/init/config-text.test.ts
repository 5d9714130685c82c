import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from './config-text.ts';

it('has on a line what fits there', () => {
  const value = { a: { b: [1, { c: 'x' }], d: {} }, long: ['x'.repeat(60), 'y'.repeat(60)], none: [] };
  expect(jsonText(value)).toBe(`{
  "a": { "b": [1, { "c": "x" }], "d": {} },
  "long": [
    "${'x'.repeat(60)}",
    "${'y'.repeat(60)}"
  ],
  "none": []
}
`);
});

it('is the same value as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(jsonText(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
