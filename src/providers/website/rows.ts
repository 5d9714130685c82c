import { breathing } from './breathing.ts';

/** A row of a source that can be read. */
export interface Row {
  /** `line 7`, `item 7` or `row 7`, as its source counts. */
  readonly place: string;
  /** By the names of the columns, as they are written there. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** One that cannot. `fault` quotes nothing of it: it may hold a secret. */
export interface BadRow {
  readonly place: string;
  readonly fault: string;
}

/** What a source holds. */
export interface Rows {
  readonly rows: readonly (Row | BadRow)[];
  /** The place of the first row past `mostRows`, which was not taken. */
  readonly cutAt?: string | undefined;
}

/** Of one source. Each is a target, which is kept for the length of the run. */
export const mostRows = 50_000;

export async function bounded(rows: Iterable<Row | BadRow>): Promise<Rows> {
  const taken: (Row | BadRow)[] = [];
  for await (const row of breathing(rows)) {
    if (taken.length === mostRows) return { rows: taken, cutAt: row.place };
    taken.push(row);
  }
  return { rows: taken };
}
