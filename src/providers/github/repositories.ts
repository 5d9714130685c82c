import type { ProviderContext } from '../../sdk/context.ts';
import { SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import type { Answer } from './client.ts';
import { errorsAt, itemError, splitError } from './errors.ts';
import { outage } from './pace.ts';
import { repositoriesQuery, repositoriesVariables } from './queries.ts';
import { Named } from './schema.ts';
import { type GithubSession, keyOf, lasting, repositoryPoint } from './session.ts';

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
    const { points, again, reason } = await askFor(asked, session, context);
    yield* points;
    if (reason === undefined) {
      session.batches.well(asked.length);
    } else if (asked.length > 1) {
      session.batches.tooLarge(asked.length);
      waiting.unshift(...again);
    } else {
      giveUp(asked, reason, session, context);
    }
  }
}

async function askFor(names: readonly string[], session: GithubSession, context: ProviderContext): Promise<Batch> {
  const what = names.length === 1 ? `${names[0]}` : `${names[0]} and ${names.length - 1} more repositories`;
  try {
    const answer = await session.client.ask(context, what, repositoriesQuery(names.length), repositoriesVariables(names));
    return readBatch(names, answer, session, context);
  } catch (error) {
    if (error instanceof SplitError) return { points: [], again: names, reason: error };
    throw error;
  }
}

function readBatch(names: readonly string[], answer: Answer, session: GithubSession, context: ProviderContext): Batch {
  const points: Point[] = [];
  const again: string[] = [];
  let reason: SplitError | undefined;
  for (const [index, name] of names.entries()) {
    const found = answer.data[`r${index}`] ?? undefined;
    const errors = errorsAt(answer.errors, `r${index}`);
    // One that is missing without an error of its own went with what failed elsewhere in the answer.
    const failure = splitError(errors.length > 0 || found !== undefined ? errors : answer.errors);
    if (failure) {
      again.push(name);
      reason ??= failure;
      continue;
    }
    if (found === undefined || errors.length > 0) context.problem(name, itemError(`repository ${name}`, errors[0]));
    if (found === undefined) continue;
    noticeRename(name, found, context);
    const point = repositoryPoint(found, name, session, context);
    if (point) points.push(point);
  }
  return { points, again, ...(reason && { reason }) };
}

function noticeRename(name: string, found: unknown, context: ProviderContext): void {
  const now = Named.safeParse(found);
  if (!now.success || keyOf(now.data) === keyOf(name)) return;
  context.notice(name, `${name} is now ${now.data}, and its points are under that name: correct it in "repos"`);
}

function giveUp(names: readonly string[], reason: SplitError, session: GithubSession, context: ProviderContext): void {
  session.batches.givenUp();
  if (session.batches.lost >= outage) throw lasting(reason);
  for (const name of names) context.problem(name, lasting(reason));
}
