import { expect, it } from 'vitest';
import { exitCodes, exitCodeTable, whenOf } from './exit-codes.ts';

it('tells each code once, and by its name', () => {
  const codes = exitCodeTable.map(({ code }) => code);
  expect(codes).toEqual([0, 1, 3, 4, 64, 70, 75, 78, 130, 143]);
  expect(Object.values(exitCodes).sort((one, other) => one - other)).toEqual(codes);
  expect([exitCodes.partial, exitCodes.SIGTERM]).toEqual([3, 143]);
  expect([whenOf(64), whenOf(2)]).toEqual(['wrong flags: nothing was started', undefined]);
});
