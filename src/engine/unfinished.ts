import type { RunRecord } from './memory.ts';

/** What to do about an earlier run that did not finish, in a sentence. `isWhole`: the present run asks for all that is due. */
export function unfinishedText(earlier: RunRecord, now: RunRecord, isWhole: boolean): string {
  const { window } = earlier;
  if (window) {
    const isSame = now.window?.from === window.from && now.window.to === window.to;
    const command = `kpi collect --from ${window.from} --to ${window.to}`;
    return `backfill ${earlier.id} did not finish; ${isSame ? 'this run goes on with it' : `${command} goes on with it, with its other flags`}`;
  }
  const completes =
    isWhole && !now.window && earlier.at === now.at ? 'this run completes it' : `kpi collect --at ${earlier.at} completes it`;
  return `run ${earlier.id} did not finish; ${completes}`;
}
