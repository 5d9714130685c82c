import { exitCodes } from '../../sdk/exit-codes.ts';
import type { StateRecord } from '../../sdk/sink.ts';
import { chosenProviders } from '../chosen.ts';
import type { Config, ProviderInstance } from '../config/config.ts';
import { doneOf } from '../due/done.ts';
import type { Held } from '../guards/kept.ts';
import type { RunRecord } from '../memory.ts';
import { openStateToAsk } from '../state-reading.ts';
import type { StoreParts } from '../stores.ts';
import { unfinishedText } from '../unfinished.ts';
import { type Backlog, backlogs } from './backlogs.ts';
import { freshnessOf, type Judgement, limitsOf, type ProviderFreshness } from './fresh.ts';

/** Among so many of the last runs is one of the schedule. */
const runsLooked = 200;

export interface StatusFlags {
  readonly providers?: readonly string[] | undefined;
}

/** How things stand, without a run. Times are ISO 8601. */
export interface Status {
  readonly schemaVersion: 1;
  readonly exitCode: number;
  readonly now: string;
  readonly lastRun: Pick<RunRecord, 'id' | 'at' | 'startedAt' | 'finishedAt' | 'status' | 'exitCode'> | null;
  readonly providers: readonly ProviderFreshness[];
  readonly outboxes: readonly Backlog[];
  /** Values that are held back, by provider. */
  readonly held: readonly { readonly provider: string; readonly values: number }[];
  /** What concerns no provider: a schedule that has stopped, a run that did not end, points that wait. */
  readonly problems: readonly StatusProblem[];
}

interface StatusProblem {
  readonly severity: Exclude<Judgement, 'ok'>;
  readonly message: string;
}

/** `kpi status`: reads kpi's own memory and the outbox of this machine. Takes no lease, asks no upstream, and writes nothing. */
export async function statusOf(config: Config, flags: StatusFlags, parts: StoreParts): Promise<Status> {
  const chosen = chosenProviders(config, flags.providers);
  const now = parts.outside.clock.now();
  const kept = await openStateToAsk(config, parts);
  try {
    const runs = await kept.memory.runs(runsLooked);
    const [last] = runs;
    const providers: ProviderFreshness[] = [];
    for (const one of chosen) providers.push(freshnessOf(one, await doneOf(kept.state, one.name), now));
    const held = heldIn(await kept.state.list('held'), chosen);
    const outboxes = await backlogs(config);
    const problems = [...scheduleProblems(runs, chosen, now), ...waiting(outboxes, config), ...holding(held, chosen)];
    const lastRun = last ? shownRun(last) : null;
    const exitCode = codeOf(providers, problems);
    return { schemaVersion: 1, exitCode, now: now.toISOString(), lastRun, providers, outboxes, held, problems };
  } finally {
    await kept.close();
  }
}

/**
 * Whether runs still begin, by the shortest time after which one of the providers is too old; and whether the last one ended. That somebody
 * collects the past says nothing of the schedule.
 */
function scheduleProblems(runs: readonly RunRecord[], chosen: readonly ProviderInstance[], now: Date): readonly StatusProblem[] {
  const last = runs.find((run) => !run.window);
  if (!last) return [{ severity: 'error', message: 'no run has begun yet' }, ...unfinished(runs[0])];
  // What is not required never worsens the code; how old its data is, it says itself.
  const limits = chosen.filter((one) => one.required).map((one) => limitsOf(one, now));
  const least = (of: 'warnMs' | 'errorMs') => Math.min(...limits.map((one) => one[of] ?? Number.POSITIVE_INFINITY));
  const quietMs = now.getTime() - Date.parse(last.startedAt);
  const problems: StatusProblem[] = [];
  const message = `no run has begun since ${last.startedAt.slice(0, 19)}Z: the schedule has stopped, or is late`;
  if (quietMs > least('errorMs')) problems.push({ severity: 'error', message });
  else if (quietMs > least('warnMs')) problems.push({ severity: 'warning', message });
  return [...problems, ...unfinished(runs[0])];
}

function unfinished(last: RunRecord | undefined): readonly StatusProblem[] {
  return last?.status === 'unfinished' ? [{ severity: 'warning', message: unfinishedText(last) }] : [];
}

function* waiting(outboxes: readonly Backlog[], config: Config): Generator<StatusProblem> {
  for (const { sink, pending, since } of outboxes) {
    const instance = config.sinks.find((one) => one.name === sink);
    if (pending === 0 || instance?.required === false) continue;
    const from = since === undefined ? '' : ` since ${since.slice(0, 19)}Z`;
    yield { severity: 'warning', message: `${pending} points wait for ${sink}${from}; kpi outbox list says why` };
  }
}

function* holding(held: Status['held'], chosen: readonly ProviderInstance[]): Generator<StatusProblem> {
  for (const { provider, values } of held) {
    if (!chosen.some((one) => one.name === provider && one.required)) continue;
    const are = values === 1 ? 'value of' : 'values of';
    const kept = values === 1 ? 'is held back; kpi quarantine list shows it' : 'are held back; kpi quarantine list shows them';
    yield { severity: 'warning', message: `${values} ${are} ${provider} ${kept}` };
  }
}

/** Records of held values have their instance before the first slash, and hold many values each. */
function heldIn(records: readonly StateRecord[], chosen: readonly ProviderInstance[]): Status['held'] {
  const count = (name: string) =>
    records.filter(({ key }) => key.startsWith(`${name}/`)).reduce((sum, { value }) => sum + (value as readonly Held[]).length, 0);
  return chosen.map(({ name }) => ({ provider: name, values: count(name) })).filter(({ values }) => values > 0);
}

function shownRun({ id, at, startedAt, finishedAt, status, exitCode }: RunRecord): NonNullable<Status['lastRun']> {
  return { id, at, startedAt, status, ...(finishedAt !== undefined && { finishedAt }), ...(exitCode !== undefined && { exitCode }) };
}

/** What is not required never worsens the code. */
function codeOf(providers: readonly ProviderFreshness[], problems: readonly StatusProblem[]): number {
  const all = [...providers.filter((one) => one.required).map((one) => one.status), ...problems.map((one) => one.severity)];
  if (all.includes('error')) return exitCodes.failed;
  return all.includes('warning') ? exitCodes.partial : exitCodes.ok;
}
