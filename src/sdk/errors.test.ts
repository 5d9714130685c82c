import { expect, it } from 'vitest';
import { BlockedError, ConfigError, isNextError, messageOf, PermanentError, SplitError, TransientError } from './errors.ts';

it('says what happens next, of what kind, and why', () => {
  const cause = new Error('socket hang up');
  expect(new TransientError('again', { retryAfterMs: 2000, cause })).toMatchObject({ kind: 'server', retryAfterMs: 2000, cause });
  expect([new PermanentError('x').kind, new BlockedError('x').kind, new SplitError('x').kind]).toEqual([
    'invalid-answer',
    'blocked',
    'too-large',
  ]);
  for (const error of [new PermanentError('x'), new TransientError('x'), new BlockedError('x'), new SplitError('x')])
    expect(isNextError(error)).toBe(true);
  for (const other of [new ConfigError('x'), new Error('x'), 'x', undefined]) expect(isNextError(other)).toBe(false);
});

it('reads the message of whatever was thrown', () => {
  expect([messageOf(new Error('a')), messageOf('b'), messageOf(undefined), messageOf(new RangeError(''))]).toEqual([
    'a',
    'b',
    'undefined',
    'RangeError',
  ]);
  expect(messageOf(Object.create(null))).toBe('something that cannot be read was thrown');
});
