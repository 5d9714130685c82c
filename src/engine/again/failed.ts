import type { StateStore } from '../../sdk/sink.ts';
import type { Config, ProviderInstance } from '../config/config.ts';
import type { FailedTarget, Memory, RunRecord } from '../memory.ts';
import { didYouMean } from '../nearest.ts';
import { backfillAgain, unfinishedText } from '../unfinished.ts';
import { UsageError } from '../usage-error.ts';
import { type Asked, askedFrom } from './asked.ts';

/** What a run asks again: the targets and items that failed in an earlier one, at that one's time. */
export interface Again {
  /** The run in which they failed. */
  readonly runId: string;
  readonly at: Date;
  /** By instance. */
  readonly instances: ReadonlyMap<string, AgainInstance>;
  /** What failed then and cannot be asked again, a sentence each. */
  readonly gone: readonly string[];
}

export interface AgainInstance {
  /** Absent: kept by a version that did not yet say what the run asked for. */
  readonly asked: Asked | undefined;
  readonly failed: readonly FailedTarget[];
}

/** The word for the last run in which anything failed. */
const lastFailed = 'last';

/**
 * What failed in a run and is in the config still, of the selected instances; or, in a sentence, that nothing did. Throws `UsageError`
 * for a run that there is not, or that has no end.
 */
export async function whatFailed(
  named: string,
  config: Pick<Config, 'providers'>,
  { memory, state }: { readonly memory: Pick<Memory, 'runs'>; readonly state: StateStore },
): Promise<Again | string> {
  const runs = await memory.runs(1000);
  const found = named === lastFailed ? await lastOf(runs, state) : await ofRun(runNamed(named, runs), state);
  if (!found) return nothingIn(runs);
  const { run, records } = found;
  if (records.length === 0) return isIncomplete(run) ? ofBackfill(run) : `nothing failed in run ${run.id}, or it was brought since`;

  const instances = new Map<string, AgainInstance>();
  const gone: string[] = [];
  let isAsked = false;
  for (const { key, value } of records) {
    const name = key.slice(run.id.length + 1);
    const instance = config.providers.find((one) => one.name === name);
    const asked = askedFrom((await state.read('asked', key))?.value);
    const why = whyGone(name, instance, asked);
    if (why !== undefined) gone.push(`${why}: what failed of it in run ${run.id} is not asked again`);
    else if (instance?.selected) instances.set(name, { asked, failed: value as readonly FailedTarget[] });
    else isAsked = true;
  }
  if (instances.size > 0) return { runId: run.id, at: new Date(run.at), instances, gone };
  if (gone.length > 0 && !isAsked) return gone.join('; ');
  return `nothing failed of the selected providers in run ${run.id}`;
}

async function lastOf(runs: readonly RunRecord[], state: StateStore) {
  for (const run of runs) {
    if (run.finishedAt === undefined) continue;
    const found = await ofRun(run, state);
    if (found.records.length > 0) return found;
  }
  return undefined;
}

function nothingIn(runs: readonly RunRecord[]): string {
  if (runs.length === 0) return 'there is no earlier run';
  const nothing = 'nothing failed in the runs that are remembered, or it was brought since';
  const last = runs.find((run) => run.window && run.finishedAt !== undefined);
  return last && isIncomplete(last) ? `${nothing}; ${ofBackfill(last)}` : nothing;
}

/** Of a backfill no targets are kept: what is not finished of its chunks is asked for again. */
function isIncomplete({ window, status }: RunRecord): boolean {
  return Boolean(window) && (status === 'partial' || status === 'failed' || status === 'interrupted');
}

function ofBackfill(run: RunRecord): string {
  return `run ${run.id} was a backfill that is not complete: ${backfillAgain(run)}`;
}

async function ofRun(run: RunRecord, state: StateStore) {
  return { run, records: await state.list('failed', { prefix: `${run.id}/` }) };
}

function runNamed(id: string, runs: readonly RunRecord[]): RunRecord {
  const run = runs.find((one) => one.id === id);
  if (run?.finishedAt !== undefined) return run;
  if (run?.status === 'running') throw new UsageError(`--retry-failed: run ${id} is still at work`);
  if (run) throw new UsageError(`--retry-failed: ${unfinishedText(run)}`);
  const near = didYouMean(
    id,
    runs.map((one) => one.id),
  );
  throw new UsageError(`--retry-failed: there is no run "${id}"${near || '; see kpi runs'}`);
}

/** Why what failed of an instance cannot be asked again; undefined where it can. */
function whyGone(name: string, instance: ProviderInstance | undefined, asked: Asked | undefined): string | undefined {
  if (!instance) return `the config has no provider ${name} any more`;
  if (!instance.enabled) return `${name} is disabled in the config`;
  if (asked && asked.type !== instance.type) return `${name} is ${instance.type} in the config now, and was ${asked.type}`;
  return undefined;
}
