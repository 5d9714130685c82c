import { expect, it } from 'vitest';
import { withExamples } from './examples.ts';

it('gives every key an example from what a user writes, and keeps what a key has', () => {
  const text = { type: 'string' };
  const schema = {
    properties: {
      url: text,
      size: { type: 'number', default: 5 },
      sites: { type: 'array', items: { anyOf: [{ properties: { name: text, Accept: text, other: text } }] } },
      map: { type: 'object', additionalProperties: { properties: { inner: { ...text, examples: ['own'] }, more: text } } },
    },
  };
  const written = {
    url: 'https://x.example',
    size: 7,
    sites: [{ name: 'a' }, { accept: 'text/html' }],
    map: { one: { inner: 'i', more: 'm' } },
  };
  expect(withExamples(schema, [written])).toEqual({
    properties: {
      url: { ...text, examples: ['https://x.example'] },
      size: { type: 'number', default: 5 },
      sites: {
        type: 'array',
        examples: [written.sites],
        items: {
          anyOf: [{ properties: { name: { ...text, examples: ['a'] }, Accept: { ...text, examples: ['text/html'] }, other: text } }],
        },
      },
      map: {
        type: 'object',
        examples: [written.map],
        additionalProperties: { properties: { inner: { ...text, examples: ['own'] }, more: { ...text, examples: ['m'] } } },
      },
    },
  });
});
