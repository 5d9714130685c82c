import { expect, it } from 'vitest';
import { checkTogether } from './together.ts';
import { UsageError } from './usage-error.ts';

it('refuses two flags of which only one can be meant', () => {
  expect(() => checkTogether({ retryFailed: 'last', exitOnChange: true })).toThrow(
    new UsageError('--retry-failed and --exit-on-change exclude each other'),
  );
  expect(() => checkTogether({ due: true, from: '-7d' })).toThrow(new UsageError('--due and --from exclude each other'));
});

it('lets the others stand together', () => {
  checkTogether({ retryFailed: 'last', due: false, at: undefined, providers: ['a'], dryRun: true });
  checkTogether({ at: 'yesterday', measurements: ['a'] });
});
