import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { utcDay, type Window } from '../../sdk/time.ts';
import { starsQuery } from './detail-queries.ts';
import { StarsPage } from './detail-schema.ts';
import { checkLength, incomplete, readAs } from './errors.ts';
import { stars } from './measurements.ts';
import { pageSize } from './queries.ts';
import { claim, type GithubSession } from './session.ts';
import { createTrail } from './trail.ts';
import { type Lists, type Walker, walk } from './walk.ts';

const dayMs = 86_400_000;

/**
 * Of so many days before the run's time also those without a star are told, as 0: the list was read beyond them. Further back there would be
 * years of zeros for each of thousands of repositories, whatever window is asked for.
 */
const zeroDays = 31;

/**
 * Stars that GitHub counts and does not list: its count changes while the list stays as it is (https://github.com/dear-github/dear-github/issues/428),
 * and accounts may be hidden. Where more are missing, the list was cut.
 */
const mostHidden = 5;
const mostHiddenPart = 0.02;

export const starLists: Lists = {
  what: 'the stars',
  needs: 'the scope "repo", or as a fine-grained one "Metadata: read"',
  query: starsQuery,
};

/** The stars that repositories were given on the days of the window. */
export function collectStars(
  names: readonly string[],
  window: Window,
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  const walkers = names.map((name) => starWalker(name, window, session, context.at));
  return walk(starLists, walkers, session, context);
}

/** From the newest star back to the first before the window. A day is told once the list has gone beyond it, so never in half. */
function starWalker(repo: string, window: Window, session: GithubSession, at: Date): Walker {
  const trail = createTrail();
  const first = utcDay(window.from).getTime();
  const counts = createDays(window, at);
  let newest = Number.POSITIVE_INFINITY;
  let count = 0;

  return {
    repo,
    variables: () => ({ a: trail.after }),
    *take(found, context) {
      const page = readAs(StarsPage, found, `the stars of ${repo}`);
      checkLength(page.times.length, pageSize, `stars of ${repo}`);
      const { name, createdAt, pageInfo, totalCount: total } = page;
      if (trail.after === null && !claim('stars', name, session)) return false;
      const point = ([day, gained]: Day) => stars.of({ tags: { repo: name }, fields: { gained }, time: new Date(day) });
      for (const time of page.times) {
        if (time.getTime() > newest) throw incomplete(`GitHub's list of the stars of ${name} is not in the order of their time`);
        newest = time.getTime();
        count += 1;
        const day = utcDay(time).getTime();
        yield* counts.before(Math.max(day, first - dayMs)).map(point);
        if (day < first) return false;
        counts.add(day);
      }
      if (!pageInfo.hasNextPage) {
        const missing = total - count;
        // Where one is missing nobody knows its day: it may be that of the last which is listed, or any before.
        if (missing > Math.max(mostHidden, total * mostHiddenPart) || (missing > 0 && count === 0)) {
          throw incomplete(`GitHub counts ${total} stars of ${name}, and its list ends after ${count}: ${untold(count)} are not told`);
        }
        if (missing > 0) {
          context.notice(
            repo,
            `GitHub counts ${total} stars of ${name}, and lists ${count}: the others have no day; ${untold(count)} are not told`,
          );
          return false;
        }
        const oldest = utcDay(new Date(Math.min(newest, createdAt.getTime()))).getTime();
        yield* counts.before(Math.max(first, oldest) - dayMs).map(point);
        return false;
      }
      const wrong = trail.follow(pageInfo.endCursor, { count, fresh: page.times.length, total });
      if (wrong !== undefined) throw incomplete(`GitHub's list of the stars of ${name} ${wrong}`);
      return true;
    },
  };
}

/** Of a list that has fewer than are counted: the days that cannot be told. */
function untold(count: number): string {
  return count === 0 ? 'its days' : 'the day of the last of them and what is before';
}

type Day = readonly [day: number, gained: number];

/** Counts the stars of each day, the newest day first. */
function createDays({ to }: Window, at: Date) {
  const newest = utcDay(new Date(to.getTime() - 1)).getTime();
  const zeros = utcDay(new Date(at.getTime() - 1)).getTime() - (zeroDays - 1) * dayMs;
  // The day to be told next, and the day that is being counted.
  let next = newest;
  let counted: number | undefined;
  let gained = 0;
  return {
    add(day: number): void {
      counted = day;
      gained += 1;
    },
    /** The days after `day` that were not told yet. */
    before(day: number): readonly Day[] {
      if (counted === day) return [];
      const days: Day[] = [];
      for (; next > day && next >= zeros; next -= dayMs) days.push([next, next === counted ? gained : 0]);
      if (counted !== undefined && counted < zeros && counted <= newest) days.push([counted, gained]);
      next = Math.min(next, day);
      counted = undefined;
      gained = 0;
      return days;
    },
  };
}
