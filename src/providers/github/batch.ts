import type { ProviderContext } from '../../sdk/context.ts';
import { SplitError } from '../../sdk/errors.ts';
import type { Answer, Question } from './client.ts';
import { errorsAt, isOfNode, splitError } from './errors.ts';
import { outage, type Pace } from './pace.ts';
import { type GraphqlError, Named } from './schema.ts';
import { type GithubSession, identify, keyOf, lasting } from './session.ts';

/** What came of one repository of a batch. */
export interface Part {
  readonly found: unknown;
  /** Of the repository, or of a list of it as a whole. */
  readonly error: GraphqlError | undefined;
  /** Of single nodes of its lists; their paths begin below the repository. */
  readonly nodeErrors: readonly GraphqlError[];
  /** It is to be asked for again, with fewer others. */
  readonly again?: SplitError;
}

/** Asks for `count` repositories at once, as `r0`, `r1`, … */
export async function askBatch(count: number, batch: Question, session: GithubSession, context: ProviderContext): Promise<readonly Part[]> {
  try {
    const answer = await session.client.ask(context, batch);
    return Array.from({ length: count }, (_, index) => partOf(answer, index));
  } catch (error) {
    if (!(error instanceof SplitError)) throw error;
    return Array.from({ length: count }, () => ({ found: undefined, error: undefined, nodeErrors: [], again: error }));
  }
}

function partOf(answer: Answer, index: number): Part {
  const found = answer.data[`r${index}`] ?? undefined;
  const errors = errorsAt(answer.errors, `r${index}`);
  // One that is missing without an error of its own went with what failed elsewhere in the answer.
  const again = splitError(errors.length > 0 || found !== undefined ? errors : answer.errors);
  const nodeErrors = errors.filter(isOfNode).map((error) => ({ ...error, path: error.path?.slice(1) }));
  return { found, error: errors.find((error) => !isOfNode(error)), nodeErrors, ...(again && { again }) };
}

/** After a batch of `names`: how much to ask for next. What is too much by itself is given up, and is a problem of its own. */
export function keepPace(pace: Pace, names: readonly string[], reason: SplitError | undefined, context: ProviderContext): void {
  if (reason === undefined) {
    pace.well(names.length);
  } else if (names.length > 1) {
    pace.tooLarge(names.length);
  } else {
    pace.givenUp();
    if (pace.lost >= outage) throw lasting(reason);
    for (const name of names) context.problem(name, lasting(reason));
  }
}

/** Several repositories in a few words. */
export function several(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]}` : `${names[0]} and ${names.length - 1} more repositories`;
}

/** Tells what a repository is called now, and once of one that was found by a name which it no longer has. */
export function tellName(name: string, found: unknown, session: GithubSession, context: ProviderContext): void {
  identify(found, context);
  const now = Named.safeParse(found);
  if (!now.success || keyOf(now.data) === keyOf(name) || session.renamed.has(keyOf(name))) return;
  session.renamed.add(keyOf(name));
  context.notice(name, `${name} is now ${now.data}, and its points are under that name: correct it in "repos"`);
}
