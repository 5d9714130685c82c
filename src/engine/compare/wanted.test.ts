import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../sdk/errors.ts';
import { UsageError } from '../usage-error.ts';
import { comparisonOf, isCompared } from './wanted.ts';

describe('a run is compared with the store', () => {
  it.each([
    [{}, false],
    [{ dryRun: true }, false],
    [{ dryRun: true, exitOnChange: true }, true],
    [{ dryRun: true, from: '-7d' }, true],
    [{ from: '-7d' }, false],
  ])('%j: %s', (flags, compared) => {
    expect(isCompared(flags)).toBe(compared);
  });
});

describe('a comparison', () => {
  it('is refused where the run is not dry', () => {
    expect(() => comparisonOf({ store: 'local' }, { exitOnChange: true })).toThrow(
      new UsageError('--exit-on-change says what a dry run would change: add --dry-run'),
    );
  });

  it('is refused where the exit code hangs on it, and no sink can be asked', () => {
    const flags = { dryRun: true, exitOnChange: true };
    expect(() => comparisonOf({ store: undefined }, flags)).toThrow(ConfigError);
    expect(() => comparisonOf({ store: undefined }, flags)).toThrow('--dry-run with --exit-on-change compares with a store, and no sink');
    expect(comparisonOf({ store: 'local' }, flags)).toEqual({ compare: true });
  });

  it('is left out with a warning where a past is looked at, and no sink can be asked', () => {
    const { compare, warning } = comparisonOf({ store: undefined }, { dryRun: true, from: 'yesterday' });
    expect([compare, warning]).toEqual([false, expect.stringContaining('what would change is not known')]);
    expect(comparisonOf({ store: undefined }, { dryRun: true })).toEqual({ compare: false });
    expect(comparisonOf({ store: undefined }, { from: '-7d' })).toEqual({ compare: false });
  });
});
