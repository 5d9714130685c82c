import type { StatementSync } from 'node:sqlite';
import type { Entry } from '../sdk/point.ts';
import type { Database } from './database.ts';
import { type Declaration, idsOfSink, rowBytes } from './outbox-format.ts';

export type RowTable = 'pending' | 'rejected';

/** A row on its way into the file. */
export interface NewRow {
  readonly entry: Entry;
  readonly body: string;
  /** Why it was refused; empty when it was not. */
  readonly reason: string;
  /** What it takes in the file. */
  readonly bytes: number;
}

/** What is pending has this in place of a reason. */
export const noReason = '';

/** Changes of rows with all that is counted of them: what each function does must stand in one transaction. */
export interface OutboxRows {
  /** Of all entries that are there. */
  bytes(): number;
  /** Returns the ids. */
  add(sink: string, rows: readonly NewRow[], declarations: ReadonlyMap<string, Declaration>): readonly number[];
  remove(table: RowTable, ids: readonly number[]): number;
  refuse(refusals: readonly { readonly id: number; readonly reason: string }[]): number;
  restore(ids: readonly number[]): number;
}

interface Line {
  readonly sink: number;
  readonly run: number;
  readonly measurement: number;
  readonly reason: string;
  entries: number;
  bytes: number;
  first: number;
  last: number;
}

/** One row, as it is counted. */
interface Counted {
  readonly id: number;
  readonly run: number;
  readonly measurement: number;
  readonly reason: string;
  readonly bytes: number;
}

export function outboxRows({ prepare }: Database): OutboxRows {
  const totalBytes = prepare('select coalesce(sum(bytes), 0) as bytes from sink');
  const sinkOf = prepare('insert into sink (name) values (?) on conflict (name) do update set name = name returning id, next');
  const advance = prepare('update sink set next = next + ? where id = ?');
  const weigh = prepare('update sink set bytes = bytes + ? where id = ?');
  const runOf = prepare('insert into run (name) values (?) on conflict (name) do update set name = name returning id');
  const measurementOf = prepare(
    'insert into measurement (hash, name, declaration) values (?, ?, ?) on conflict (hash) do update set name = name returning id',
  );
  const insert = {
    pending: prepare('insert into pending values (?, ?, ?, ?, ?, ?, ?)'),
    rejected: prepare('insert into rejected values (?, ?, ?, ?, ?, ?, ?, ?)'),
  };
  const take = {
    pending: prepare(`delete from pending where id = ? returning run, measurement, '' as reason, octet_length(body) as bytes`),
    rejected: prepare(
      'delete from rejected where id = ? returning run, measurement, reason, octet_length(body) + octet_length(reason) as bytes',
    ),
  };
  const copyRefused = prepare('insert into rejected select *, ? from pending where id = ?');
  const copyRestored = prepare(
    'insert into pending select id, run, measurement, time, collected_at, provisional, body from rejected where id = ?',
  );
  const addLine = prepare(
    `insert into tally (sink, run, measurement, reason, entries, bytes, first, last) values (?, ?, ?, ?, ?, ?, ?, ?)
       on conflict do update set entries = entries + excluded.entries, bytes = bytes + excluded.bytes,
         first = min(first, excluded.first), last = max(last, excluded.last) returning entries`,
  );
  const removeLine = prepare('delete from tally where sink = ? and run = ? and measurement = ? and reason = ?');
  const forgetRun = prepare(
    'delete from run where id = ? and not exists (select 1 from sink join tally on tally.sink = sink.id where tally.run = run.id)',
  );
  const forgetMeasurements = prepare('delete from measurement where id not in (select measurement from tally)');

  /** Writes the summed changes down, and forgets the runs and declarations that no entry has any more. */
  function settle(lines: Iterable<Line>): void {
    const goneFrom = new Set<number>();
    for (const { sink, run, measurement, reason, entries, bytes, first, last } of lines) {
      weigh.run(bytes, sink);
      if (Number(addLine.get(sink, run, measurement, reason, entries, bytes, first, last)?.entries) > 0) continue;
      removeLine.run(sink, run, measurement, reason);
      goneFrom.add(run);
    }
    let forgotten = 0;
    for (const run of goneFrom) forgotten += Number(forgetRun.run(run).changes);
    if (forgotten > 0) forgetMeasurements.run();
  }

  function takeRow(tally: Tally, table: RowTable, id: number): Counted | undefined {
    const row = take[table].get(id);
    if (!row) return undefined;
    const counted = {
      id,
      run: Number(row.run),
      measurement: Number(row.measurement),
      reason: String(row.reason),
      bytes: Number(row.bytes) + rowBytes,
    };
    tally.add(counted, -1);
    return counted;
  }

  return {
    bytes: () => Number(totalBytes.get()?.bytes),
    add(sinkName, rows, declarations) {
      const sinkRow = sinkOf.get(sinkName);
      const sink = Number(sinkRow?.id);
      const first = sink * idsOfSink + Number(sinkRow?.next);
      const ids: number[] = [];
      const runs = remember((name) => runOf.get(name));
      const measurements = remember((name) => {
        const declared = declarations.get(name);
        return declared && measurementOf.get(declared.hash, name, declared.text);
      });
      const tally = createTally();
      for (const { entry, body, bytes, reason } of rows) {
        const { point, collectedAt, provisional } = entry;
        const id = first + ids.length;
        const run = runs(entry.runId);
        const measurement = measurements(point.measurement);
        const values = [id, run, measurement, point.time.getTime(), collectedAt.getTime(), provisional ? 1 : 0, body] as const;
        if (reason === noReason) insert.pending.run(...values);
        else insert.rejected.run(...values, reason);
        tally.add({ id, run, measurement, reason, bytes }, 1);
        ids.push(id);
      }
      advance.run(rows.length, sink);
      settle(tally.lines());
      return ids;
    },
    remove: (table, ids) => change(ids, (tally, id) => takeRow(tally, table, id) !== undefined),
    refuse: (refusals) =>
      change(refusals, (tally, { id, reason }) => {
        copyRefused.run(reason, id);
        const counted = takeRow(tally, 'pending', id);
        if (counted) tally.add({ ...counted, reason, bytes: counted.bytes + Buffer.byteLength(reason) }, 1);
        return counted !== undefined;
      }),
    restore: (ids) =>
      change(ids, (tally, id) => {
        copyRestored.run(id);
        const counted = takeRow(tally, 'rejected', id);
        if (counted) tally.add({ ...counted, reason: noReason, bytes: counted.bytes - Buffer.byteLength(counted.reason) }, 1);
        return counted !== undefined;
      }),
  };

  function change<T>(items: readonly T[], work: (tally: Tally, item: T) => boolean): number {
    const tally = createTally();
    let changed = 0;
    for (const item of items) if (work(tally, item)) changed += 1;
    settle(tally.lines());
    return changed;
  }
}

interface Tally {
  add(row: Counted, entries: 1 | -1): void;
  lines(): Iterable<Line>;
}

/** Sums up what a transaction does to the rows, so that it changes the counts once for each thing they belong to. */
function createTally(): Tally {
  const lines = new Map<string, Line>();
  return {
    add({ id, run, measurement, reason, bytes }, entries) {
      const sink = Math.floor(id / idsOfSink);
      const key = `${sink} ${run} ${measurement} ${reason}`;
      let line = lines.get(key);
      if (!line) {
        line = { sink, run, measurement, reason, entries: 0, bytes: 0, first: id, last: id };
        lines.set(key, line);
      }
      line.entries += entries;
      line.bytes += entries * bytes;
      line.first = Math.min(line.first, id);
      line.last = Math.max(line.last, id);
    },
    lines: () => lines.values(),
  };
}

function remember(find: (text: string) => ReturnType<StatementSync['get']>): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    let id = known.get(text);
    if (id === undefined) {
      id = Number(find(text)?.id);
      known.set(text, id);
    }
    return id;
  };
}
