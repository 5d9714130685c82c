import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError, SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { errorsAt, itemError, notFound, splitError } from './errors.ts';
import { createListing, type Listed, type Listing } from './listing.ts';
import { createPace, outage, type Pace } from './pace.ts';
import { namesNeeds, numbersNeeds, ownerNamesQuery, ownerPageQuery, pageSize } from './queries.ts';
import { collectRepositories } from './repositories.ts';
import { type GraphqlError, OwnerPage } from './schema.ts';
import { type GithubSession, keyOf, lasting, type Owned, repositoryPoint } from './session.ts';

/** One owner, all of whose repositories are wanted. */
export interface Owner {
  readonly login: string;
  /** Names without owner, of those to leave out. */
  readonly exclude: readonly string[];
  /** `owner/name` of those that `repos` names too: each is collected, or has its line in the report. */
  readonly named: readonly string[];
}

interface Page {
  readonly page: OwnerPage;
  readonly errors: readonly GraphqlError[];
  /** The one repository of this page is too much for GitHub: only its name came. */
  readonly reason?: SplitError;
}

/**
 * The points of all that one owner has, then of what `repos` names of it and the list did not have (a transferred or renamed one, or
 * all of them when there is no such owner any more).
 */
export async function* collectOwner(owner: Owner, session: GithubSession, context: ProviderContext): AsyncGenerator<Point> {
  const listing = createListing(owner.login, owner.exclude);
  const missing = () => owner.named.filter((name) => !listing.has(name));
  const names: string[] = [];
  let failure: PermanentError | undefined;
  try {
    yield* readList(owner.login, listing, names, session, context);
    session.owned.set(keyOf(owner.login), { names });
  } catch (error) {
    session.owned.set(keyOf(owner.login), { names, failure: error });
    if (!isGone(error)) {
      if (!context.signal.aborted) for (const name of missing()) context.problem(name, error);
      throw error;
    }
    failure = error;
  }
  yield* collectRepositories(missing(), session, context);
  if (failure) throw failure;
}

/** Page after page. While the points of one are made and taken, the next is on its way: there is never more than one query. */
async function* readList(
  login: string,
  listing: Listing,
  names: string[],
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  const pace = createPace(pageSize);
  let coming: Promise<Page> | undefined = nextPage(login, pace, listing, session, context);
  while (coming) {
    const { page, errors, reason }: Page = await coming;
    const fresh = listing.take(page, errors, context);
    names.push(...fresh.map(({ name }) => name));
    coming = listing.advance(page, context) ? nextPage(login, pace, listing, session, context) : undefined;
    // It is awaited when the points are taken; until then its failure is not a stray one.
    coming?.catch(() => {});
    for (const one of fresh) {
      if (reason) context.problem(one.name, lasting(reason));
      else yield* listedPoint(one, session, context);
    }
  }
}

/** Whether there is no such owner, for this token: what `repos` names of it may still be elsewhere. */
export function isGone(error: unknown): error is PermanentError {
  return error instanceof PermanentError && (error.kind === 'not-found' || error.kind === 'forbidden');
}

/** The names of all that one owner has: as its target read them in this run, or of lists without numbers. */
export async function namesOf({ login, exclude }: Owner, session: GithubSession, context: ProviderContext): Promise<Owned> {
  const known = session.owned.get(keyOf(login));
  if (known) return known;
  const listing = createListing(login, exclude);
  const names: string[] = [];
  let owned: Owned = { names };
  try {
    for (let goesOn = true; goesOn; ) {
      const answer = await askPage(ownerNamesQuery, login, pageSize, listing, session, context);
      if (answer instanceof SplitError) throw lasting(answer);
      names.push(...listing.take(answer.page, answer.errors, context).map(({ name }) => name));
      goesOn = listing.advance(answer.page, context);
    }
  } catch (error) {
    if (context.signal.aborted) throw error;
    // Whoever asks next should not wait for the same end.
    owned = { names, failure: error };
  }
  session.owned.set(keyOf(login), owned);
  return owned;
}

function* listedPoint({ name, node, error }: Listed, session: GithubSession, context: ProviderContext): Generator<Point> {
  if (error) context.problem(name, itemError(`repository ${name}`, error));
  const point = repositoryPoint(node, name, session, context);
  if (point) yield point;
}

/** The next page: where it is too much, a smaller one; where a single repository is, its name. */
async function nextPage(login: string, pace: Pace, listing: Listing, session: GithubSession, context: ProviderContext): Promise<Page> {
  for (;;) {
    const { size } = pace;
    const page = await askPage(ownerPageQuery, login, size, listing, session, context);
    if (!(page instanceof SplitError)) {
      pace.well(size);
      return page;
    }
    if (size > 1) {
      pace.tooLarge(size);
      continue;
    }
    const named = await askPage(ownerNamesQuery, login, size, listing, session, context);
    if (named instanceof SplitError) throw lasting(page);
    pace.givenUp();
    if (pace.lost >= outage) throw lasting(page);
    return { ...named, reason: page };
  }
}

async function askPage(
  query: string,
  login: string,
  size: number,
  listing: Listing,
  session: GithubSession,
  context: ProviderContext,
): Promise<Page | SplitError> {
  try {
    const needs = query === ownerNamesQuery ? namesNeeds : numbersNeeds;
    const what = `the repositories of ${login}${listing.count === 0 ? '' : ` after the first ${listing.count}`}`;
    const { data, errors } = await session.client.ask(context, { what, needs, query, variables: { login, size, after: listing.after } });
    return splitError(errors) ?? { page: pageOf(data, errors, { login, size }), errors };
  } catch (error) {
    if (error instanceof SplitError) return error;
    throw error;
  }
}

interface Asked {
  readonly login: string;
  readonly size: number;
}

function pageOf(data: Readonly<Record<string, unknown>>, errors: readonly GraphqlError[], { login, size }: Asked): OwnerPage {
  const [error] = errorsAt(errors, 'owner');
  if (data.owner === null && error === undefined) throw notFound(`user or organisation ${login}`);
  if (data.owner === null || data.owner === undefined) throw itemError(`the repositories of ${login}`, error);
  const page = OwnerPage.safeParse(data.owner);
  const length = page.data?.nodes.length ?? 0;
  if (length > size) {
    throw new PermanentError(`asked for ${size} repositories of ${login}, GitHub answered with ${length}`, { kind: 'invalid-answer' });
  }
  if (page.success) return page.data;
  throw new PermanentError(`GitHub answered for ${login} what it does not document`, { cause: page.error });
}
