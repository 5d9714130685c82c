import type { SinkReport } from '../../src/sdk/report.ts';
import type { Rerun } from '../../src/sdk/sink.ts';

/** What became of the points of a trial. */
export interface Seen {
  /** How often the fault struck. */
  readonly bites: number;
  readonly points: number;
  readonly missing: number;
  readonly invented: number;
  /** Beyond the first of each identity. */
  readonly copies: number;
  /** What else was seen, for the table. */
  readonly note: string;
  /** What must not be, a sentence each. */
  readonly wrong: readonly string[];
}

export interface Evidence {
  readonly rerun: Rerun;
  readonly bites: number;
  readonly expected: ReadonlySet<string>;
  /** All that the store holds. */
  readonly held: readonly string[];
  readonly reports: readonly SinkReport[];
  readonly note?: string;
  /** What the trial itself found wrong. */
  readonly wrong?: readonly string[];
}

/** Whether every identity is there, none is invented, and the counts are true, by the class of the store. */
export function judge({ rerun, bites, expected, held, reports, note = '', wrong = [] }: Evidence): Seen {
  const found = new Set(held);
  const missing = [...expected].filter((identity) => !found.has(identity)).length;
  const invented = [...found].filter((identity) => !expected.has(identity)).length;
  const copies = held.length - found.size;
  const all = [...wrong];
  if (bites === 0) all.push('the fault never struck');
  if (missing > 0) all.push(`${missing} points are missing`);
  if (invented > 0) all.push(`${invented} points were invented`);
  if (copies > 0 && rerun !== 'appends') all.push(`${copies} copies in a store that ${rerun}`);
  for (const { offered, accepted, rejected, pending, lost } of reports) {
    if (offered !== accepted + rejected + pending + lost) all.push(`offered ${offered} ≠ ${accepted} + ${rejected} + ${pending} + ${lost}`);
    if (rejected > 0) all.push(`${rejected} points were rejected`);
  }
  return { bites, points: expected.size, missing, invented, copies, note, wrong: all };
}
