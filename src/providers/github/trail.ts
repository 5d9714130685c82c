import { pageSize } from './queries.ts';

/** Pages in a row that bring nothing new, after which a list is taken for one that never ends. */
const patience = 3;

/** What a page brought to what is known of its list. */
interface Progress {
  /** Of all pages so far. */
  readonly count: number;
  /** On this page, and on none before. */
  readonly fresh: number;
  /** As GitHub counts the list. */
  readonly total: number;
}

/** Where a list goes on, for as long as it can be trusted to end. */
export interface Trail {
  /** Of the next page. */
  readonly after: string | null;
  /** Goes on behind this page; says why it cannot. */
  follow(cursor: string | null | undefined, progress: Progress): string | undefined;
}

/** A list that repeats itself or never ends is ended. */
export function createTrail(): Trail {
  const cursors = new Set<string>();
  let after: string | null = null;
  let stale = 0;
  return {
    get after() {
      return after;
    },
    follow(cursor, { count, fresh, total }) {
      stale = fresh > 0 ? 0 : stale + 1;
      if (cursor === null || cursor === undefined) return 'goes on, but does not say where: the rest is missing';
      if (cursors.has(cursor)) return 'came back to where it was before: the rest is missing';
      if (stale >= patience) return `brought nothing new on ${patience} pages: the rest is missing, if there is any`;
      if (count > total + pageSize) return `does not end after the ${total} that there should be`;
      after = cursor;
      cursors.add(cursor);
      return undefined;
    },
  };
}
