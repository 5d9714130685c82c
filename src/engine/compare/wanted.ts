import { ConfigError } from '../../sdk/errors.ts';
import type { Config } from '../config/config.ts';
import { UsageError } from '../usage-error.ts';

export interface ComparisonFlags {
  readonly dryRun?: boolean | undefined;
  readonly exitOnChange?: boolean | undefined;
  readonly from?: string | undefined;
}

/** Whether a run is to be compared with the store: a dry one that asks for the past, or whose exit code says what would change. */
export function isCompared({ dryRun, exitOnChange, from }: ComparisonFlags): boolean {
  return dryRun === true && (exitOnChange === true || from !== undefined);
}

/**
 * Whether a run is compared, and a warning where it cannot be. Throws where its exit code would say nothing without that; nothing was
 * started then.
 */
export function comparisonOf(
  config: Pick<Config, 'store'>,
  flags: ComparisonFlags,
): { readonly compare: boolean; readonly warning?: string } {
  if (flags.exitOnChange && !flags.dryRun) throw new UsageError('--exit-on-change says what a dry run would change: add --dry-run');
  if (!isCompared(flags)) return { compare: false };
  if (config.store !== undefined) return { compare: true };
  const reason = 'no sink of the config can tell what it holds: add one of type sqlite or postgres';
  if (flags.exitOnChange) throw new ConfigError(`--dry-run with --exit-on-change compares with a store, and ${reason}`);
  return { compare: false, warning: `what would change is not known, since ${reason}` };
}
