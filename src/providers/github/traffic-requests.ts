import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { isNextError, PermanentError, type ProblemKind } from '../../sdk/errors.ts';
import { read } from './errors.ts';
import type { Rest } from './rest.ts';

/** The requests for one repository's traffic, each apart from the others. */
export interface Requests {
  /** The good rows of one answer; `what` they are, in words. None where the request failed, or one before it that spoke for all. */
  rows<Row extends z.ZodType>(
    path: string,
    what: string,
    answer: z.ZodType<readonly unknown[]>,
    row: Row,
  ): Promise<readonly z.output<Row>[]>;
  /** After the last: throws what spoke for all of them, or the first failure where none was answered. */
  end(): void;
}

/** What says nothing of other requests. The rest is of the repository (no access), or of GitHub as a whole (no way to it, no quota). */
const ofOneRequest: ReadonlySet<ProblemKind> = new Set(['invalid-answer', 'server', 'not-yet', 'too-large']);

export function createRequests(repo: string, rest: Rest, context: ProviderContext): Requests {
  const failures: unknown[] = [];
  let answers = 0;
  let isOver = false;

  /** A row that GitHub does not document is a problem of its own. */
  function good<Row extends z.ZodType>(rows: readonly unknown[], what: string, schema: Row): readonly z.output<Row>[] {
    const well: z.output<Row>[] = [];
    for (const [index, row] of rows.entries()) {
      const result = read(schema, row, `${what} of ${repo}, ${nameOf(row) ?? `row ${index + 1}`}`);
      if (result instanceof PermanentError) context.problem(repo, result);
      else well.push(result);
    }
    return well;
  }

  return {
    async rows(path, what, answer, row) {
      if (isOver) return [];
      let rows: readonly unknown[];
      try {
        rows = await rest.get(context, repo, path, `${what} of ${repo}`, answer);
      } catch (error) {
        failures.push(error);
        isOver = context.signal.aborted || !isNextError(error) || !ofOneRequest.has(error.kind);
        return [];
      }
      answers += 1;
      return good(rows, what, row);
    },
    end() {
      const last = isOver ? failures.pop() : undefined;
      const first = last ?? (answers === 0 ? failures.shift() : undefined);
      for (const failure of failures) context.problem(repo, failure);
      if (first !== undefined) throw first;
    },
  };
}

/** By what a row can be told from others: its day, site or path. */
function nameOf(row: unknown): string | undefined {
  const { timestamp, referrer, path } = (row ?? {}) as {
    readonly timestamp?: unknown;
    readonly referrer?: unknown;
    readonly path?: unknown;
  };
  if (typeof timestamp === 'string') return timestamp.slice(0, 10);
  const name = referrer ?? path;
  return typeof name === 'string' && name !== '' ? name.replace(/[?#].*$/s, '').slice(0, 200) : undefined;
}
