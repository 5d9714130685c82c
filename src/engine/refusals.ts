import type { Redactor } from './redact.ts';
import type { Tally } from './tally.ts';

/** The points of one instance that were not taken. */
export interface Refusals {
  add(target: string, point: unknown, reason: string): void;
  /** Tells how many more there were than were told of one by one. */
  end(): void;
}

/** So many are told of one by one: a provider that makes nothing else must not fill the disk. */
const mostTold = 10_000;
const longestItem = 500;

export function createRefusals(tally: Tally, redactor: Redactor): Refusals {
  let count = 0;
  let last = '';
  return {
    add(target, point, reason) {
      count++;
      last = reason;
      if (count > mostTold) return;
      // Secrets first: what is left of one that is cut would not be found.
      const item = redactor.text(nameOf(point)).slice(0, longestItem);
      tally.add({ severity: 'error', target, item, kind: 'invalid-point', message: `a point was not taken: ${reason}` });
    },
    end() {
      if (count <= mostTold) return;
      const message = `${count - mostTold} further points were not taken, the last because: ${last}`;
      tally.add({ severity: 'error', kind: 'invalid-point', message });
    },
  };
}

/** What a point that is not taken is called: its measurement and tags, as far as it has any. */
function nameOf(point: unknown): string {
  const { measurement, tags } = (point ?? {}) as { readonly measurement?: unknown; readonly tags?: unknown };
  const values = typeof tags === 'object' && tags !== null ? Object.values(tags) : [];
  return [measurement, ...values]
    .filter((one) => one !== undefined)
    .map(String)
    .join(' ');
}
