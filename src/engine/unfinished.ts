import type { RunRecord } from './memory.ts';

/**
 * What to do about an earlier run that did not finish, in a sentence. `now`: the present run, where one is; `isWhole`: it asks for all that
 * was to be brought at its time.
 */
export function unfinishedText(earlier: RunRecord, now?: RunRecord, isWhole = false): string {
  const { window } = earlier;
  if (window) {
    const isSame = now?.window?.from === window.from && now.window.to === window.to;
    const mend = isSame ? 'this run goes on with it' : backfillAgain(earlier);
    return `backfill ${earlier.id} did not finish; ${mend}`;
  }
  const completes =
    isWhole && now && !now.window && earlier.at === now.at ? 'this run completes it' : `${commandAgain(earlier)} completes it`;
  return `run ${earlier.id} did not finish; ${completes}`;
}

/** What goes on with a backfill, in words. */
export function backfillAgain(earlier: Pick<RunRecord, 'at' | 'window'>): string {
  return `${commandAgain(earlier)} goes on with it, with its other flags`;
}

/** The command that does again what a run was to do, but for the flags that only its user knows. */
export function commandAgain({ at, window }: Pick<RunRecord, 'at' | 'window'>): string {
  return window ? `kpi collect --from ${window.from} --to ${window.to}` : `kpi collect --at ${at}`;
}
