import type { ErrorReport } from '../report/json.ts';
import { begun, type LineOptions, problemLines } from '../report/lines.ts';
import { plain, wrap } from '../report/text.ts';
import type { ConfigError } from '../sdk/errors.ts';
import { exitCodes } from '../sdk/exit-codes.ts';

/** Why a command ended without a result. */
export interface Failure {
  readonly report: ErrorReport;
  readonly stack: string | undefined;
}

/** What an error means to the one who typed the command. */
export function failureOf(error: unknown): Failure {
  if (isNamed(error, 'UsageError')) return failure(exitCodes.usage, 'usage', error.message, []);
  if (isNamed(error, 'ConfigError'))
    return failure(exitCodes.config, 'config', error.message, (error as Partial<ConfigError>).problems ?? []);
  if (isNamed(error, 'TransientError')) return failure(exitCodes.pending, 'unavailable', error.message, []);
  const stack = error instanceof Error ? error.stack : undefined;
  return failure(exitCodes.defect, 'defect', error instanceof Error ? `${error.name}: ${error.message}` : String(error), [], stack);
}

/** By its name: an integration from another package may throw the error of its own copy of the SDK. */
function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

function failure(
  exitCode: number,
  kind: ErrorReport['error']['kind'],
  message: string,
  problems: ErrorReport['error']['problems'],
  stack?: string,
): Failure {
  return { report: { schemaVersion: 1, exitCode, error: { kind, message, problems } }, stack };
}

/** The failure as lines for standard error. */
export function failureText(failed: Failure, options: LineOptions & { readonly verbose: boolean; readonly version: string }): string {
  const { message, kind, problems } = failed.report.error;
  const beginning = { text: 'kpi:', style: 'red', indent: 0, hang: 2 } as const;
  if (kind !== 'defect') {
    // One problem alone is often the message itself.
    const further = problems.filter((problem) => !message.includes(problem.message));
    return begun(beginning, ` ${plain(message)}`, options) + problemLines(further, 'bold', options);
  }
  const next = options.verbose
    ? 'Please report it with these lines'
    : 'Run it again with --verbose for the details, and please report them';
  const asked = `${next} (${options.version}).`;
  const lines = options.columns === undefined ? [asked] : wrap(asked, options.columns);
  const stack = options.verbose && failed.stack !== undefined ? `${failed.stack.split('\n').map(plain).join('\n')}\n` : '';
  return `${begun(beginning, ` this is a defect in kpi itself: ${plain(message)}`, options)}${lines.join('\n')}\n${stack}`;
}
