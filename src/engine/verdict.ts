import { exitCodes } from '../sdk/exit-codes.ts';
import type { ProviderReport, RunReport, SinkReport } from '../sdk/report.ts';

export { exitCodes };

export type FailOn = 'any' | 'required' | 'never';

/** What the exit code is made from. */
export interface Outcome {
  readonly providers: readonly ProviderOutcome[];
  readonly sinks: readonly SinkReport[];
  /** Errors that concern the run as such. */
  readonly runErrors: number;
  /** Of a comparison with the store: it could not be made whole; or it found changes, and the exit code is to say so. */
  readonly comparison?: 'failed' | 'changed' | undefined;
  readonly signal?: 'SIGINT' | 'SIGTERM' | undefined;
}

export interface ProviderOutcome {
  readonly report: Pick<ProviderReport, 'status' | 'required'> & { readonly errors: number };
  /** Targets that ended well, or gave points before they failed. */
  readonly brought: number;
  readonly targets: number;
  /** Another run has it. */
  readonly held: boolean;
}

/** The exit code of a run: the worst first of 70, 1, 75, 3, 4. */
export function exitCode(outcome: Outcome, failOn: FailOn): number {
  if (outcome.sinks.some((sink) => !balances(sink))) return exitCodes.defect;
  if (outcome.signal) return exitCodes[outcome.signal];
  const counts = (one: { readonly required: boolean }) => failOn === 'any' || one.required;
  const providers = outcome.providers.filter((provider) => counts(provider.report));
  const sinks = outcome.sinks.filter(counts);
  const asked = providers.filter((provider) => !provider.held);

  if (sinks.some((sink) => sink.lost > 0)) return exitCodes.failed;
  if (asked.length > 0 && asked.every((provider) => provider.brought === 0 && provider.report.errors > 0)) return exitCodes.failed;
  // What was asked for is the comparison: without it, neither "changes" nor "no changes" would be true, whatever --fail-on says.
  if (outcome.comparison === 'failed') return exitCodes.failed;
  if (sinks.some((sink) => sink.backlog > 0)) return exitCodes.pending;
  if (outcome.providers.length > 0 && outcome.providers.every((provider) => provider.held)) return exitCodes.pending;
  const partial =
    outcome.runErrors > 0 ||
    providers.some((provider) => provider.held || provider.report.status !== 'ok') ||
    sinks.some((sink) => sink.status !== 'ok');
  if (partial && failOn !== 'never') return exitCodes.partial;
  return outcome.comparison === 'changed' ? exitCodes.changes : exitCodes.ok;
}

/** The run's status: as with `--fail-on any`. */
export function statusOf(outcome: Outcome): RunReport['status'] {
  if (outcome.signal) return 'interrupted';
  if (outcome.providers.length > 0 && outcome.providers.every((provider) => provider.held)) return 'skipped';
  switch (exitCode(outcome, 'any')) {
    case exitCodes.ok:
    case exitCodes.changes:
      return 'ok';
    case exitCodes.partial:
      return 'partial';
    case exitCodes.pending:
      return 'pending';
    default:
      return 'failed';
  }
}

/** Nothing vanishes. */
export function balances(sink: Pick<SinkReport, 'offered' | 'accepted' | 'rejected' | 'pending' | 'lost'>): boolean {
  return sink.offered === sink.accepted + sink.rejected + sink.pending + sink.lost && sink.accepted >= 0;
}
