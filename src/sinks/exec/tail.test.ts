import { expect, it } from 'vitest';
import { createTail } from './tail.ts';

function lineOf(...parts: readonly string[]): string {
  const tail = createTail();
  for (const part of parts) tail.add(Buffer.from(part));
  return tail.line();
}

it('keeps the last line that says anything', () => {
  expect(lineOf('first\nsec', 'ond\n', '\n  \n')).toBe('second');
  expect(lineOf('10 %\r50 %\rfailed\r\n')).toBe('failed');
  expect(lineOf('\u001b[31mred\u001b[0m\n')).toBe('red');
  expect(lineOf()).toBe('');
  expect(lineOf('\n\n')).toBe('');
});

it('keeps it in little memory', () => {
  expect(lineOf(...Array.from({ length: 1000 }, (_, line) => `${'x'.repeat(5000)} ${line}\n`))).toMatch(/^x{5000} 999$/);
});

it('shows no part of a line that is longer than what is kept: it may be a part of a secret', () => {
  expect(lineOf('x'.repeat(70_000))).toBe('a line of more than 64 KiB');
  expect(lineOf('x'.repeat(70_000), '\nthe end\n')).toBe('the end');
});
