import type { RunReport } from '../sdk/report.ts';
import type { Config } from './config/config.ts';
import type { RunRecord } from './memory.ts';
import { didYouMean } from './nearest.ts';
import { openKept } from './store-state.ts';
import type { StoreParts } from './stores.ts';
import { UsageError } from './usage-error.ts';

/** `kpi runs`: the newest first. */
export async function listRuns(
  config: Config,
  last: number,
  parts: StoreParts,
): Promise<readonly Omit<RunRecord, 'endsBy' | 'host' | 'pid' | 'processStart'>[]> {
  const disk = await openKept(config, parts);
  try {
    const runs = await disk.memory.runs(last);
    return runs.map(({ endsBy: _, host: __, pid: ___, processStart: ____, ...run }) => run);
  } finally {
    await disk.close();
  }
}

/** `kpi runs ID`: the report of an earlier run. */
export async function showRun(config: Config, id: string, parts: StoreParts): Promise<RunReport> {
  const disk = await openKept(config, parts);
  try {
    const report = await disk.memory.report(id);
    if (report) return report;
    const runs = await disk.memory.runs(1000);
    const known = runs.find((run) => run.id === id);
    if (known) throw new UsageError(`run ${id} has no report: it ${known.status === 'running' ? 'is still at work' : 'did not finish'}`);
    throw new UsageError(
      `there is no run "${id}"${didYouMean(
        id,
        runs.map((run) => run.id),
      )}`,
    );
  } finally {
    await disk.close();
  }
}
