import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Secret, secret } from './secret.ts';

it('shows its value nowhere', () => {
  const hidden = new Secret('hunter2hunter2');
  expect([String(hidden), `${hidden}`, JSON.stringify({ hidden }), inspect({ hidden })].join()).not.toContain('hunter2');
  expect(hidden.reveal()).toBe('hunter2hunter2');
});

it('has no value before its source was read', () => {
  const hidden = new Secret({ file: 'token.txt' });
  expect(() => hidden.reveal()).toThrow(TypeError);
  hidden.resolve('value');
  expect(hidden.reveal()).toBe('value');
});

it('is a setting of three forms', () => {
  expect(secret().parse('abc').reveal()).toBe('abc');
  expect(secret().parse({ file: 'x' }).source).toEqual({ file: 'x' });
  expect(secret().parse({ command: ['pass', 'kpi'] }).source).toEqual({ command: ['pass', 'kpi'] });
  for (const wrong of ['', 1, { file: '' }, { command: [] }, { file: 'x', other: 1 }])
    expect(secret().safeParse(wrong).success).toBe(false);
  expect(z.toJSONSchema(secret(), { io: 'input' })).toHaveProperty('anyOf');
});

it('tells which of its parts are secrets as well, once it is known', () => {
  const keyOf = (text: string) => [...text.matchAll(/key=(\w+)/g)].map(([, key = '']) => key);
  expect(secret(keyOf).parse('https://a.example/?key=abc').parts()).toEqual(['abc']);
  const later = secret(keyOf).parse({ file: 'x' });
  expect(() => later.parts()).toThrow(TypeError);
  later.resolve('https://a.example/?key=def');
  expect(later.parts()).toEqual(['def']);
  expect(secret().parse('key=abc').parts()).toEqual([]);
});
