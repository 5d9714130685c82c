import type { Point } from '../sdk/point.ts';
import type { ProviderReport, RunReport } from '../sdk/report.ts';
import type { BackfillPlan } from './backfill/plan.ts';

/** What a run tells while it works. Progress only listens. */
export type RunEvent =
  /** Of a backfill, before anything is started. */
  | { readonly type: 'planned'; readonly plan: BackfillPlan }
  | {
      readonly type: 'started';
      readonly runId: string;
      readonly at: string;
      readonly dryRun: boolean;
      readonly instances: readonly { readonly name: string; readonly type: string }[];
      /** A sink writes its data to standard output. */
      readonly stdoutTaken: boolean;
      /** The file with all problems, relative to the working directory. */
      readonly details: string;
    }
  | {
      readonly type: 'progress';
      readonly instance: string;
      readonly phase: 'connecting' | 'collecting' | 'waiting' | 'done';
      readonly targetsDone: number;
      readonly targets: number;
      readonly points: number;
      readonly problems: number;
      readonly status?: ProviderReport['status'];
      readonly message?: string;
      /** A part of a long work is done: worth a line of its own in a log. */
      readonly isMilestone?: boolean;
    }
  /** Only with `dryRun` and `json`. */
  | { readonly type: 'point'; readonly point: Point }
  | { readonly type: 'delivering'; readonly sink: string; readonly delivered: number; readonly offered: number }
  | { readonly type: 'finished'; readonly report: RunReport };

export type Listener = (event: RunEvent) => void;
