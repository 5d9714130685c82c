import { ConfigError } from '../../sdk/errors.ts';
import type { Config } from '../config/config.ts';
import { UsageError } from '../usage-error.ts';

export interface ComparisonFlags {
  readonly dryRun?: boolean | undefined;
  readonly exitOnChange?: boolean | undefined;
  readonly from?: string | undefined;
}

/** Whether a run is compared with the store: a dry one that asks for the past, or whose exit code says what would change. */
export function isCompared({ dryRun, exitOnChange, from }: ComparisonFlags): boolean {
  return dryRun === true && (exitOnChange === true || from !== undefined);
}

/** Throws where a comparison is asked for that there cannot be; nothing was started then. */
export function checkComparison(config: Pick<Config, 'store'>, flags: ComparisonFlags): void {
  if (flags.exitOnChange && !flags.dryRun) throw new UsageError('--exit-on-change says what a dry run would change: add --dry-run');
  if (!isCompared(flags) || config.store !== undefined) return;
  const flag = flags.exitOnChange ? '--exit-on-change' : '--from';
  throw new ConfigError(
    `--dry-run with ${flag} compares with a store, and no sink of the config can tell what it holds: add one of type sqlite or postgres`,
  );
}
