import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../sdk/errors.ts';
import { UsageError } from '../usage-error.ts';
import { checkComparison, isCompared } from './wanted.ts';

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

describe('is refused', () => {
  it('where it is not dry', () => {
    expect(() => checkComparison({ store: 'local' }, { exitOnChange: true })).toThrow(
      new UsageError('--exit-on-change says what a dry run would change: add --dry-run'),
    );
  });

  it.each([
    [{ dryRun: true, exitOnChange: true }, '--exit-on-change'],
    [{ dryRun: true, from: 'yesterday' }, '--from'],
  ])('where no sink can be asked: %j', (flags, flag) => {
    expect(() => checkComparison({ store: undefined }, flags)).toThrow(ConfigError);
    expect(() => checkComparison({ store: undefined }, flags)).toThrow(`--dry-run with ${flag} compares with a store, and no sink`);
    expect(() => checkComparison({ store: 'local' }, flags)).not.toThrow();
  });

  it('and nothing else is', () => {
    expect(() => checkComparison({ store: undefined }, { dryRun: true })).not.toThrow();
    expect(() => checkComparison({ store: undefined }, { from: '-7d' })).not.toThrow();
  });
});
