import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import { errorsAt, itemError } from './errors.ts';
import { type GraphqlError, Named, type OwnerPage } from './schema.ts';
import { identify, keyOf } from './session.ts';
import { createTrail } from './trail.ts';

/** A repository that a page brought, and no page before. */
export interface Listed {
  readonly name: string;
  /** As GitHub answered it. */
  readonly node: unknown;
  readonly error: GraphqlError | undefined;
}

/** What was read of one owner's list, and where it goes on. */
export interface Listing {
  /** Of the next page. */
  readonly after: string | null;
  /** Repositories that were listed so far. */
  readonly count: number;
  has(name: string): boolean;
  /** Takes in one page: what is new on it, but for what is excluded. */
  take(page: OwnerPage, errors: readonly GraphqlError[], context: ProviderContext): readonly Listed[];
  /** Goes on to the next page. False at the end; what is wrong with the list is then a problem. */
  advance(page: OwnerPage, context: ProviderContext): boolean;
}

/** A list that repeats itself, comes short or never ends is ended, and said to be so: what it brought stays. */
export function createListing(login: string, exclude: readonly string[]): Listing {
  const seen = new Set<string>();
  const trail = createTrail();
  const excluded = new Map(exclude.map((name) => [keyOf(name), false]));
  let unnamed = 0;
  let repeated = 0;
  let fresh = 0;
  const count = () => seen.size + unnamed;

  function problem(message: string, kind: PermanentError['kind'], context: ProviderContext): void {
    context.problem(login, new PermanentError(message, { kind }));
  }

  function reportEnd(total: number, context: ProviderContext): void {
    if (count() < total) {
      problem(`GitHub says that ${login} has ${total} repositories, and listed ${count()}: the rest is missing`, 'incomplete', context);
    } else if (repeated > 0) {
      problem(`GitHub listed ${repeated} repositories of ${login} twice: each was collected once`, 'invalid-answer', context);
    }
    for (const name of exclude) {
      if (excluded.get(keyOf(name))) continue;
      context.notice(login, `${login} has no repository ${name} to exclude: correct it in "orgs", or remove it`);
    }
  }

  return {
    get after() {
      return trail.after;
    },
    get count() {
      return count();
    },
    has: (name) => seen.has(keyOf(name)),
    take(page, errors, context) {
      const before = count();
      const listed: Listed[] = [];
      for (const [index, node] of page.nodes.entries()) {
        const error = errorsAt(errors, 'owner', 'repositories', 'nodes', index)[0];
        const named = Named.safeParse(node);
        const key = named.success ? keyOf(named.data) : '';
        if (!named.success) {
          unnamed += 1;
          context.problem(`${login} #${count()}`, itemError(`repository ${count()} of ${login}`, error));
        } else if (seen.has(key)) {
          repeated += 1;
        } else {
          seen.add(key);
          const short = key.slice(key.indexOf('/') + 1);
          if (excluded.has(short)) excluded.set(short, true);
          else {
            listed.push({ name: named.data, node, error });
            identify(node, context);
          }
        }
      }
      fresh = count() - before;
      return listed;
    },
    advance({ pageInfo, totalCount }, context) {
      if (!pageInfo.hasNextPage) {
        reportEnd(totalCount, context);
        return false;
      }
      const wrong = trail.follow(pageInfo.endCursor, { count: count(), fresh, total: totalCount });
      if (wrong !== undefined) problem(`GitHub's list of what ${login} has ${wrong}`, 'incomplete', context);
      return wrong === undefined;
    },
  };
}
