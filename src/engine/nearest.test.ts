import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

const known = ['token', 'orgs', 'repos', 'batchSize', 'baseUrl', 'concurrency'];

describe('nearest', () => {
  it.each([
    ['tokn', 'token'],
    ['tokens', 'token'],
    ['tokne', 'token'], // swapped neighbours are one mistake
    ['repo', 'repos'],
    ['batchsize', 'batchSize'],
    ['batch_size', 'batchSize'],
    ['base-url', 'baseUrl'],
    ['conc', 'concurrency'],
    ['ogrs', 'orgs'],
  ])('%s is %s', (given, meant) => {
    expect(nearest(given, known)).toBe(meant);
  });

  it.each(['password', 'x', '', 'organisation'])('nothing comes near "%s"', (given) => {
    expect(nearest(given, known)).toBeUndefined();
  });

  it('takes the nearest of several, the first where they are equally near', () => {
    expect(nearest('abcdef', ['abcdxx', 'abcdex', 'abcdey'])).toBe('abcdex');
  });

  it('never offers a name of which no letter is left', () => {
    expect(nearest('x', ['y'])).toBeUndefined();
  });

  it('ends a message, or adds nothing', () => {
    expect(didYouMean('tokn', known)).toBe('; did you mean "token"?');
    expect(didYouMean('password', known)).toBe('');
  });
});
