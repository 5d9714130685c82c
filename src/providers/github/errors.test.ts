import { describe, expect, it } from 'vitest';
import { answerWithErrors, errorsAt, isFailure, isRateLimit, itemError, splitError } from './errors.ts';

function graphqlError(data: unknown, errors: unknown): Error {
  return Object.assign(new Error('failed'), { name: 'GraphqlResponseError', data, errors });
}

describe('answerWithErrors', () => {
  it('knows only errors that came with an answer', () => {
    expect(answerWithErrors(new Error('x'))).toBeUndefined();
    expect(answerWithErrors(undefined)).toBeUndefined();
    expect(answerWithErrors(graphqlError({ r0: null }, [{ message: 'm', type: 'NOT_FOUND', path: ['r0'] }]))).toEqual({
      data: { r0: null },
      errors: [{ message: 'm', type: 'NOT_FOUND', path: ['r0'] }],
    });
    expect(answerWithErrors(graphqlError(null, 'text'))).toEqual({ data: undefined, errors: [] });
  });
});

describe('errorsAt', () => {
  it('finds what is at a place and below it', () => {
    const errors = [
      { message: 'a', path: ['r1'] },
      { message: 'b', path: ['r1', 'openIssues'] },
      { message: 'c', path: ['r10'] },
      { message: 'd' },
    ];
    expect(errorsAt(errors, 'r1').map(({ message }) => message)).toEqual(['a', 'b']);
  });
});

describe('what an error means', () => {
  it.each([
    [{ message: 'x', type: 'NOT_FOUND' }, 'not-found'],
    [{ message: 'x', type: 'FORBIDDEN' }, 'forbidden'],
    [{ message: 'x', type: 'SOMETHING_NEW' }, 'invalid-answer'],
    [undefined, 'invalid-answer'],
  ] as const)('of one repository: %o', (error, kind) => {
    expect(itemError('repository a/b', error)).toMatchObject({ name: 'PermanentError', kind });
    expect(itemError('repository a/b', error).message).toContain('repository a/b');
  });

  it('of a part that may come when less is asked for', () => {
    expect(splitError([{ message: 'x', type: 'NOT_FOUND' }])).toBeUndefined();
    expect(
      splitError([
        { message: 'x', type: 'NOT_FOUND' },
        { message: 'y', type: 'RESOURCE_LIMITS_EXCEEDED' },
      ]),
    ).toMatchObject({
      kind: 'too-large',
    });
    expect(splitError([{ message: 'Something went wrong' }])).toMatchObject({ name: 'SplitError', kind: 'server' });
  });

  it('of the whole', () => {
    expect(isRateLimit({ message: 'x', type: 'RATE_LIMIT' })).toBe(true);
    expect(isRateLimit({ message: 'x', type: 'NOT_FOUND' })).toBe(false);
    expect(isFailure({ message: 'no such field', extensions: { code: 'undefinedField' } })).toBe(false);
  });
});
