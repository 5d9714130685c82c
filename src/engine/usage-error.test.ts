import { expect, it } from 'vitest';
import { UsageError } from './usage-error.ts';

it('is an error that says what is wrong with the command line', () => {
  const error = new UsageError('--at must be a time');
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('UsageError');
  expect(error.kind).toBe('usage');
  expect(error.message).toBe('--at must be a time');
});
