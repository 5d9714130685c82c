import type { Measurement } from '../sdk/measurement.ts';
import type { Database } from './database.ts';
import type { OutboxCounts, OutboxEntry, OutboxFilter } from './outbox.ts';
import { entryOf, idsOfSink } from './outbox-format.ts';
import type { RowTable } from './outbox-rows.ts';

/** Ids of one sink between two others, both excluded; with a run, of its entries. */
interface Range {
  readonly after: number;
  readonly end: number;
  readonly run: number | null;
}

/** A sink that the outbox knows, and where its rows are. */
interface SinkRange {
  readonly id: number;
  readonly name: string;
  readonly range: Range;
}

export interface OutboxQuestions {
  /** By name; of a run, those that have anything of it. */
  sinks(filter: OutboxFilter): readonly SinkRange[];
  ids(table: RowTable, range: Range, limit: number): readonly number[];
  page(range: Range, limit: number): readonly OutboxEntry[];
  sums(sink: SinkRange): Sums;
  /** Undefined where nothing is here. */
  counts(sink: SinkRange): OutboxCounts | undefined;
  /** Stored declarations, oldest first. */
  measurements(filter: { readonly sink?: string | undefined; readonly name?: string | undefined }): readonly Measurement[];
  /** Whether at least so many pages, and half of the file, are free. */
  mostlyFree(pages: number): boolean;
}

interface Sums {
  readonly pending: number;
  readonly rejected: number;
  readonly bytes: number;
}

/** What the outbox is asked, read in pages or from the tally: never all of it. */
export function outboxQuestions({ prepare }: Pick<Database, 'prepare'>): OutboxQuestions {
  const sinks = prepare('select id, name, next from sink where name = coalesce(?, name) order by name');
  const ofRun = prepare(
    `select run, min(first) as first, max(last) as last from tally
       where sink = ? and run = (select id from run where name = ?) group by run`,
  );
  const inRange = 'id > :after and id < :end and run = coalesce(:run, run)';
  const ids = {
    pending: prepare(`select id from pending where ${inRange} order by id limit :limit`),
    rejected: prepare(`select id from rejected where ${inRange} order by id limit :limit`),
  };
  const page = prepare(
    `select e.*, run.name as run_name, measurement.name as measurement_name
       from (select * from pending where ${inRange} order by id limit :limit) e
       join run on run.id = e.run join measurement on measurement.id = e.measurement order by e.id`,
  );
  const oldest = prepare(`select collected_at from pending where ${inRange} order by id limit 1`);
  const ofSink = 'sink = :sink and run = coalesce(:run, run)';
  const sums = prepare(
    `select coalesce(sum(iif(reason = '', entries, 0)), 0) as pending, coalesce(sum(iif(reason = '', 0, entries)), 0) as rejected,
       coalesce(sum(bytes), 0) as bytes from tally where ${ofSink}`,
  );
  const reasons = prepare(
    `select reason, sum(entries) as entries from tally where ${ofSink} and reason <> ''
       group by reason order by entries desc, reason limit 20`,
  );
  const declarations = prepare(
    `select declaration from measurement where name = coalesce(:name, name) and id in
       (select measurement from tally join sink on sink.id = tally.sink where sink.name = coalesce(:sink, sink.name)) order by id`,
  );

  const free = prepare('pragma freelist_count');
  const all = prepare('pragma page_count');

  function sumsOf({ id, range }: SinkRange): Sums {
    const row = sums.get({ sink: id, run: range.run });
    return { pending: Number(row?.pending), rejected: Number(row?.rejected), bytes: Number(row?.bytes) };
  }

  return {
    sinks: ({ sink = null, run }) =>
      sinks.all(sink).flatMap((row): readonly SinkRange[] => {
        const id = Number(row.id);
        const first = id * idsOfSink;
        if (run === undefined)
          return [{ id, name: String(row.name), range: { after: first - 1, end: first + Number(row.next), run: null } }];
        const part = ofRun.get(id, run);
        if (!part) return [];
        return [
          { id, name: String(row.name), range: { after: Number(part.first) - 1, end: Number(part.last) + 1, run: Number(part.run) } },
        ];
      }),
    ids: (table, range, limit) => ids[table].all({ ...range, limit }).map((row) => Number(row.id)),
    page: (range, limit) => page.all({ ...range, limit }).map((row) => ({ id: Number(row.id), entry: entryOf(row) })),
    sums: sumsOf,
    counts(sink) {
      const { pending, rejected, bytes } = sumsOf(sink);
      if (pending + rejected === 0) return undefined;
      const since = oldest.get({ ...sink.range });
      return {
        sink: sink.name,
        pending,
        rejected,
        bytes,
        since: since && new Date(Number(since.collected_at)),
        reasons: reasons
          .all({ sink: sink.id, run: sink.range.run })
          .map((row) => ({ reason: String(row.reason), entries: Number(row.entries) })),
      };
    },
    measurements: ({ sink = null, name = null }) =>
      declarations.all({ sink, name }).map((row) => JSON.parse(String(row.declaration)) as Measurement),
    mostlyFree(pages) {
      const count = Number(free.get()?.freelist_count);
      return count >= pages && count >= Number(all.get()?.page_count) / 2;
    },
  };
}
