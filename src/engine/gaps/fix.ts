import type { RunReport } from '../../sdk/report.ts';
import type { Fix } from './found.ts';
import type { GapsReport } from './gaps.ts';

/** What a run is asked to bring. */
export type FixFlags = Pick<Fix, 'from' | 'to' | 'at' | 'providers'>;

/** What `kpi gaps --fix` did: the runs, and the gaps that are left. */
export interface Fixed {
  readonly schemaVersion: 1;
  readonly exitCode: number;
  readonly before: GapsReport;
  readonly runs: readonly { readonly command: string; readonly report: RunReport }[];
  readonly after: GapsReport;
}

/**
 * Brings what can be brought, one run after another, and looks again. A run that was stopped ends it. The exit code is the worst of the
 * runs', or 3 where gaps are left.
 */
export async function fixGaps(look: () => Promise<GapsReport>, collect: (flags: FixFlags) => Promise<RunReport>): Promise<Fixed> {
  const before = await look();
  const runs: { command: string; report: RunReport }[] = [];
  for (const { command, ...flags } of before.fixes) {
    const report = await collect(flags);
    runs.push({ command, report });
    if (report.status === 'interrupted') break;
  }
  const after = runs.length === 0 ? before : await look();
  return { schemaVersion: 1, exitCode: worst([...runs.map((run) => run.report.exitCode), after.exitCode]), before, runs, after };
}

/** Worst first: 70, 130 or 143, 1, 75, 3. */
function worst(codes: readonly number[]): number {
  return [70, 130, 143, 1, 75, 3].find((code) => codes.includes(code)) ?? 0;
}
