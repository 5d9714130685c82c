import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RunReport } from '../app.ts';
import type { ErrorReport } from '../report/json.ts';
import { failureMarkdown, reportMarkdown } from '../report/markdown.ts';
import { annotations, failureAnnotations, maskCommand } from '../report/workflow-commands.ts';
import { messageOf } from '../sdk/errors.ts';

/** What a run tells GitHub Actions, by its files and by lines that its runner reads. */
export interface Actions {
  /** Someone asked for a run with debug logging. */
  readonly debug: boolean;
  /** Has a value hidden in the rest of the job, unless it came by the environment alone: those, GitHub hides itself. */
  mask(secret: string): void;
  /** A run that has ended; `file` is where its report was written. */
  finished(report: RunReport, file: string | undefined): void;
  /** A run that did not start, or broke. */
  failed(report: ErrorReport): void;
}

export interface ActionsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Writes a line as it is to standard error: undefined where that is a file, which no runner reads. */
  readonly command: ((line: string) => void) | undefined;
  /** Tells a person. */
  warn(text: string): void;
}

/** Set for the programs that a run starts: a run inside a run tells nothing of its own. */
export const nested = 'KPI_INSIDE_A_RUN';

/** What a step may show in all, what others have written included. The runner drops a longer file as a whole. */
const longestSummary = 1024 * 1024;
/** Of a shorter one, each step of the job would show stars all over, as the redactor would. */
const shortestMask = 8;
/** A file of others that leaves less than this gets no report. */
const shortestSummary = 2048;

/** https://docs.github.com/en/actions/reference/workflows-and-actions/variables and …/workflow-commands */
export function createActions(options: ActionsOptions): Actions {
  const { env, cwd, warn } = options;
  const isNested = Boolean(env[nested]);
  const command = env.GITHUB_ACTIONS === 'true' && !isNested ? options.command : undefined;
  const known = new Set(Object.values(env));
  const masked = new Set<string>();

  function append(variable: 'GITHUB_STEP_SUMMARY' | 'GITHUB_OUTPUT', text: (file: string) => string): void {
    const file = env[variable];
    if (!file || isNested) return;
    try {
      // What others have left there may end in the middle of a line.
      const added = text(file);
      appendFileSync(file, added !== '' && endsInLine(file) ? `\n${added}` : added);
    } catch (error) {
      warn(`kpi: ${variable} cannot be written: ${messageOf(error)}\n`);
    }
  }

  function summarize(markdown: (most: number) => string): void {
    append('GITHUB_STEP_SUMMARY', (file) => {
      const left = longestSummary - (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
      return left < shortestSummary ? '' : `${markdown(left - 2)}\n`;
    });
  }

  return {
    debug: env.RUNNER_DEBUG === '1',
    mask(secret) {
      if (secret.length < shortestMask || known.has(secret) || masked.has(secret)) return;
      masked.add(secret);
      command?.(maskCommand(secret));
    },
    finished(report, file) {
      for (const line of annotations(report)) command?.(line);
      summarize((most) => reportMarkdown(report, most));
      const path = file === undefined ? '' : resolve(cwd, file);
      append('GITHUB_OUTPUT', () => outputs({ status: report.status, 'run-id': report.runId, report: path }));
    },
    failed(report) {
      for (const line of failureAnnotations(report)) command?.(line);
      summarize((most) => failureMarkdown(report, most));
      append('GITHUB_OUTPUT', () => outputs({ status: 'failed', 'run-id': '', report: '' }));
    },
  };
}

function endsInLine(file: string): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return false;
  const descriptor = openSync(file, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(descriptor, last, 0, 1, size - 1);
    return last.toString() !== '\n';
  } finally {
    closeSync(descriptor);
  }
}

/** The spelling for values of any text; the end mark cannot be in one by chance or on purpose. */
function outputs(values: Readonly<Record<string, string>>): string {
  const end = `end-${randomUUID()}`;
  return Object.entries(values)
    .map(([name, value]) => `${name}<<${end}\n${value}\n${end}\n`)
    .join('');
}
