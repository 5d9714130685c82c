import { expect, it } from 'vitest';
import { partOf } from './part.ts';
import type { RunOptions } from './run.ts';

it('names what a run asks for, where that is not all', () => {
  const again = { runId: 'r1' } as RunOptions['again'];
  const backfill = {} as RunOptions['backfill'];
  expect([partOf({}), partOf({ measurements: ['a'] }), partOf({ backfill, measurements: ['a'] }), partOf({ again })]).toEqual([
    {},
    { asked: 'measurements' },
    { asked: 'range' },
    { asked: 'failed' },
  ]);
});
