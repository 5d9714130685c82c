import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError, type SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { askBatch, keepPace, several, tellName } from './batch.ts';
import { itemError } from './errors.ts';
import { repositoriesVariables } from './queries.ts';
import type { GraphqlError } from './schema.ts';
import type { GithubSession } from './session.ts';

/** A list of one repository that is read page by page. */
export interface Walker {
  /** `owner/name` as it is asked for. */
  readonly repo: string;
  /** Of the next page, by the letter of the variable. */
  variables(): Readonly<Record<string, string | null>>;
  /**
   * Takes in a page as GitHub answered it, and what is wrong with single nodes of it; false ends the list. Throws what is wrong with
   * the page.
   */
  take(found: unknown, context: ProviderContext, errors: readonly GraphqlError[]): Generator<Point, boolean>;
}

/** What is read of many repositories. */
export interface Lists {
  /** `the stars` */
  readonly what: string;
  /** What a token needs that may not see them, in words. */
  readonly needs: string;
  query(count: number): string;
}

/** Reads the lists of several repositories side by side: the next page of each in one query. One that fails is a problem of its own. */
export async function* walk(
  lists: Lists,
  walkers: readonly Walker[],
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  const waiting = [...walkers];
  while (waiting.length > 0) {
    const asked = waiting.splice(0, session.lists.size);
    const names = asked.map(({ repo }) => repo);
    const batch = {
      what: `${lists.what} of ${several(names)}`,
      needs: lists.needs,
      query: lists.query(asked.length),
      variables: variablesOf(asked),
    };
    const parts = await askBatch(asked.length, batch, session, context);
    const next: Walker[] = [];
    let reason: SplitError | undefined;
    for (const [index, walker] of asked.entries()) {
      const { found, error, nodeErrors = [], again } = parts[index] ?? {};
      const isWhole = found !== undefined && error === undefined;
      if (again && asked.length > 1) next.push(walker);
      // Alone it is as little as can be asked for: what failed then are nodes, and the others are good.
      if (again && !(isWhole && asked.length === 1)) {
        reason ??= again;
      } else if (!isWhole) {
        const what = error?.type === 'NOT_FOUND' ? 'repository' : `${lists.what} of`;
        context.problem(walker.repo, itemError(`${what} ${walker.repo}`, error, lists.needs));
      } else {
        tellName(walker.repo, found, session, context);
        if (yield* taken(walker, found, nodeErrors, context)) next.push(walker);
      }
    }
    keepPace(session.lists, names, reason, context);
    waiting.unshift(...next);
  }
}

function* taken(walker: Walker, found: unknown, errors: readonly GraphqlError[], context: ProviderContext): Generator<Point, boolean> {
  try {
    return yield* walker.take(found, context, errors);
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    context.problem(walker.repo, error);
    return false;
  }
}

/** `o0` `n0` `a0`, … */
function variablesOf(walkers: readonly Walker[]): Readonly<Record<string, string | null>> {
  const variables: Record<string, string | null> = { ...repositoriesVariables(walkers.map(({ repo }) => repo)) };
  for (const [index, walker] of walkers.entries()) {
    for (const [letter, value] of Object.entries(walker.variables())) variables[`${letter}${index}`] = value;
  }
  return variables;
}
