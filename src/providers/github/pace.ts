/** So many single repositories in a row that could not be had, and nothing good between: it is not the queries that are too large. */
export const outage = 5;

/** How much to ask for at once: halved when it was too much, and carefully more again. */
export interface Pace {
  readonly size: number;
  /** Single items in a row that could not be had, with no good answer between them. */
  readonly lost: number;
  /** As much as `asked` came well. */
  well(asked: number): void;
  /** As much as `asked` was too much. */
  tooLarge(asked: number): void;
  /** One item was too much by itself, and is given up. */
  givenUp(): void;
}

/**
 * Starts at `most`. After two good answers it doubles, up to what was last too much; that is asked for again only after ten, and ten
 * more each time it fails: an upstream that bears less gets few queries that it cannot bear. A single item that was given up
 * explains what was too much, so that the next good answer leads back to `most`.
 */
export function createPace(most: number): Pace {
  let size = most;
  let failed = Number.POSITIVE_INFINITY;
  let patience = 10;
  let good = 0;
  let lost = 0;
  return {
    get size() {
      return size;
    },
    get lost() {
      return lost;
    },
    well(asked) {
      if (lost > 0) {
        size = most;
        failed = Number.POSITIVE_INFINITY;
        patience = 10;
        good = 0;
        lost = 0;
        return;
      }
      if (asked < size) return;
      good += 1;
      const next = Math.min(most, size * 2);
      // The half of an odd size, doubled, is one less than what failed.
      if (good < (next < failed - 1 ? 2 : patience)) return;
      size = next;
      good = 0;
    },
    tooLarge(asked) {
      if (asked >= failed) patience += 10;
      failed = asked;
      size = Math.max(1, Math.floor(asked / 2));
      good = 0;
    },
    givenUp() {
      lost += 1;
      size = 1;
    },
  };
}
