import type { ProviderContext } from '../../sdk/context.ts';
import type { SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { askBatch, keepPace, type Part, several, tellName } from './batch.ts';
import { itemError } from './errors.ts';
import { numbersNeeds, repositoriesQuery, repositoriesVariables } from './queries.ts';
import { type GithubSession, repositoryPoint } from './session.ts';

/** What one batch brought. */
interface Batch {
  readonly points: readonly Point[];
  /** Those to ask for again, fewer at once, and why. */
  readonly again: readonly string[];
  readonly reason?: SplitError;
}

/**
 * The points of single repositories, asked for in batches. What is too much for GitHub is asked for again in smaller batches, without
 * those that came whole; one that is too much by itself is a problem of its own, as is one that is gone, renamed or forbidden.
 */
export async function* collectRepositories(
  names: readonly string[],
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  const waiting = [...names];
  while (waiting.length > 0) {
    const asked = waiting.splice(0, session.batches.size);
    const batch = {
      what: several(asked),
      needs: numbersNeeds,
      query: repositoriesQuery(asked.length),
      variables: repositoriesVariables(asked),
    };
    const parts = await askBatch(asked.length, batch, session, context);
    const { points, again, reason } = readBatch(asked, parts, session, context);
    yield* points;
    keepPace(session.batches, asked, reason, context);
    if (asked.length > 1) waiting.unshift(...again);
  }
}

function readBatch(names: readonly string[], parts: readonly Part[], session: GithubSession, context: ProviderContext): Batch {
  const points: Point[] = [];
  const again: string[] = [];
  let reason: SplitError | undefined;
  for (const [index, name] of names.entries()) {
    const { found, error, again: tooMuch } = parts[index] as Part;
    if (tooMuch) {
      again.push(name);
      reason ??= tooMuch;
      continue;
    }
    if (found === undefined || error) context.problem(name, itemError(`repository ${name}`, error));
    if (found === undefined) continue;
    tellName(name, found, session, context);
    const point = repositoryPoint(found, name, session, context);
    if (point) points.push(point);
  }
  return { points, again, ...(reason && { reason }) };
}
