import type { ProblemKind } from './errors.ts';
import type { FieldValue, Tags } from './point.ts';

/** What a run did. JSON-ready: times are ISO 8601, durations milliseconds. `schemaVersion` grows only when a field changes meaning. */
export interface RunReport {
  readonly schemaVersion: 1;
  readonly runId: string;
  /** As with `--fail-on any`. */
  readonly status: 'ok' | 'partial' | 'pending' | 'failed' | 'interrupted' | 'skipped';
  readonly exitCode: number;
  readonly dryRun: boolean;
  readonly at: string;
  /** What a backfill was of. */
  readonly window: { readonly from: string; readonly to: string } | null;
  /** Where it asked for less than all: some measurements, what failed in an earlier run, a range of the past. */
  readonly asked?: 'measurements' | 'failed' | 'range';
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly providers: readonly ProviderReport[];
  /** With `--due`: the selected instances that were not asked, and when they are due. */
  readonly notDue?: readonly { readonly name: string; readonly next: string }[];
  readonly sinks: readonly SinkReport[];
  /** What concerns the run as such: a stray rejection, an earlier run that did not finish. */
  readonly problems: readonly Problem[];
  /** Of a dry run that was compared with the store: what a run would write there, by measurement. Absent in all others. */
  readonly changes?: readonly MeasurementChanges[];
}

/** What a run would do to the rows of one measurement in the store, in points after merging. */
export interface MeasurementChanges {
  readonly measurement: string;
  /** The store has none of that series and time. */
  readonly added: number;
  /** At least one field would be another. */
  readonly changed: number;
  /** Every field would stay as it is. */
  readonly left: number;
  /** The fields of all `changed` that would be others. */
  readonly values: number;
  /** The first of those. */
  readonly samples: readonly ChangedValue[];
}

export interface ChangedValue {
  readonly tags: Tags;
  readonly time: string;
  readonly field: string;
  /** null where it was not, or would no longer be, measured. Long texts are cut. */
  readonly old: FieldValue | null;
  readonly new: FieldValue | null;
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
