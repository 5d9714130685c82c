import { isNextError, messageOf, type ProblemKind } from '../sdk/errors.ts';
import type { Problem } from '../sdk/report.ts';
import { withoutSnippet } from './policy.ts';
import { shortened } from './redact.ts';

/** The problems of one instance or sink: the first 1,000 in memory, all of them told to `record`. */
export interface Tally {
  readonly count: number;
  readonly errors: number;
  readonly problems: readonly Problem[];
  add(problem: Problem): void;
  /** Adds what was thrown, with the kind it says. */
  addError(error: unknown, where?: { readonly target?: string; readonly item?: string }): void;
}

const mostProblems = 1000;

export function createTally(redact: (text: string) => string, record: (problem: Problem) => void): Tally {
  const problems: Problem[] = [];
  let count = 0;
  let errors = 0;
  function add(given: Problem): void {
    const problem: Problem = {
      ...given,
      ...(given.target !== undefined && { target: shortened(given.target, redact, 500) }),
      ...(given.item !== undefined && { item: shortened(given.item, redact, 500) }),
      message: shortened(withoutSnippet(given.message), redact),
    };
    count++;
    if (problem.severity === 'error') errors++;
    if (problems.length < mostProblems) problems.push(problem);
    record(problem);
  }
  return {
    problems,
    get count() {
      return count;
    },
    get errors() {
      return errors;
    },
    add,
    addError(error, where = {}) {
      add({ severity: 'error', ...where, ...told(error) });
    },
  };
}

/** Whatever was thrown: what it says of itself may throw again. */
function told(error: unknown): Pick<Problem, 'kind' | 'message'> {
  try {
    return { kind: kindOf(error), message: messageOf(error) };
  } catch {
    return { kind: 'defect', message: 'it threw what says nothing of itself' };
  }
}

/** The kind that an error says, the SDK's or one of the engine's own; a stranger is a defect. */
function kindOf(error: unknown): ProblemKind {
  return isNextError(error) || isStorage(error) ? error.kind : 'defect';
}

/** The outbox or the state could not be written. */
function isStorage(error: unknown): error is { readonly kind: 'unavailable' } {
  return error instanceof Error && 'kind' in error && error.kind === 'unavailable';
}
