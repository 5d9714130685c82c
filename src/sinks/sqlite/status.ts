import { existsSync, statSync } from 'node:fs';
import type { Measurement } from '../../sdk/measurement.ts';
import type { StoreStatus } from '../../sdk/sink.ts';
import type { Database } from './connection.ts';
import { quoted } from './sql.ts';
import { notReady, planTable } from './tables.ts';

export interface StatusOptions {
  readonly tags: readonly string[];
  /** Where tables are made on the way, none is missing. */
  readonly autoInit: boolean;
}

/** What the database holds of each measurement, and what has drifted from its declaration. */
export function statusOf(
  db: Database,
  measurements: readonly Measurement[],
  { tags, autoInit }: StatusOptions,
): StoreStatus['measurements'] {
  return measurements.map((declared) => {
    const plan = planTable(db, declared, tags);
    const problems: string[] = [];
    if (plan.refused !== undefined) problems.push(plan.refused);
    else if (!autoInit && (!plan.exists || plan.missing.length > 0)) problems.push(`${notReady(plan)}: run \`kpi db init\``);
    if (!plan.exists || plan.refused !== undefined) return { name: declared.name, rows: 0, problems };
    const held = db.prepare(`select count(*) as rows, min(time) as first, max(time) as last from ${quoted(declared.name)}`).get();
    const range = held?.first ? { from: new Date(String(held.first)), to: new Date(String(held.last)) } : {};
    return { name: declared.name, rows: Number(held?.rows), ...range, problems };
  });
}

/** What the database takes on disk, with its write-ahead log. */
export function bytesOf(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => sum + (existsSync(file) ? statSync(file).size : 0), 0);
}
