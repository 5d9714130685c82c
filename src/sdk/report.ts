import type { ProblemKind } from './errors.ts';

/** What a run did. JSON-ready: times are ISO 8601, durations milliseconds. `schemaVersion` grows only when a field changes meaning. */
export interface RunReport {
  readonly schemaVersion: 1;
  readonly runId: string;
  /** As with `--fail-on any`. */
  readonly status: 'ok' | 'partial' | 'pending' | 'failed' | 'interrupted' | 'skipped';
  readonly exitCode: number;
  readonly dryRun: boolean;
  readonly at: string;
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly providers: readonly ProviderReport[];
  /** With `--due`: the selected instances that were not asked, and when they are due. */
  readonly notDue?: readonly { readonly name: string; readonly next: string }[];
  readonly sinks: readonly SinkReport[];
  /** What concerns the run as such: a stray rejection, an earlier run that did not finish. */
  readonly problems: readonly Problem[];
}

export interface ProviderReport {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly status: 'ok' | 'partial' | 'failed' | 'blocked' | 'skipped';
  readonly at: string;
  readonly targets: number;
  /** After merging. */
  readonly points: number;
  readonly held: number;
  readonly requests: number;
  readonly retries: number;
  readonly ms: number;
  readonly lateMs: number;
  readonly quota: { readonly remaining: number; readonly limit?: number; readonly resetAt?: string } | null;
  readonly problemCount: number;
  /** At most 1,000; all are in `runs/<id>.ndjson`. */
  readonly problems: readonly Problem[];
}

export interface SinkReport {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly status: 'ok' | 'partial' | 'pending' | 'failed';
  /** This run's points, after merging: accepted + rejected + pending + lost. */
  readonly offered: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly pending: number;
  readonly lost: number;
  /** What it cannot hold at all, and was not offered. */
  readonly skipped: number;
  /** Of earlier runs, delivered or refused in this one. */
  readonly replayed: number;
  readonly replayRejected: number;
  /** All that waits in the outbox at the end. */
  readonly backlog: number;
  readonly ms: number;
  readonly problemCount: number;
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly severity: 'error' | 'notice';
  readonly target?: string;
  readonly item?: string;
  readonly kind: ProblemKind;
  readonly message: string;
}
