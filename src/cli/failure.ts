import type { ErrorReport } from '../report/json.ts';
import type { Paint } from '../report/paint.ts';
import { plain } from '../report/text.ts';
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
export function failureText(
  failed: Failure,
  options: { readonly verbose: boolean; readonly version: string; readonly paint: Paint },
): string {
  const { message, kind, problems } = failed.report.error;
  const name = options.paint('red', 'kpi:');
  if (kind !== 'defect') {
    // One problem alone is often the message itself.
    const further = problems.filter((problem) => !message.includes(problem.message));
    const lines = further.map((problem) => `  ${options.paint('bold', plain(problem.path))}: ${plain(problem.message)}\n`);
    return `${name} ${plain(message)}\n${lines.join('')}`;
  }
  const next = options.verbose
    ? 'Please report it with these lines'
    : 'Run it again with --verbose for the details, and please report them';
  const stack = options.verbose && failed.stack !== undefined ? `${failed.stack.split('\n').map(plain).join('\n')}\n` : '';
  return `${name} this is a defect in kpi itself: ${plain(message)}\n${next} (${options.version}).\n${stack}`;
}
