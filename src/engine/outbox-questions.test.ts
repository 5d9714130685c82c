import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf, sample } from '../../test/children/entries.ts';
import { systemClock } from './clock.ts';
import { type Database, openDatabase } from './database.ts';
import { declarationOf, entryBody, outboxMigrations } from './outbox-format.ts';
import { type OutboxQuestions, outboxQuestions } from './outbox-questions.ts';
import { outboxRows } from './outbox-rows.ts';

let dir: string;
let database: Database;
let questions: OutboxQuestions;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-questions-'));
  database = await openDatabase({ path: join(dir, 'outbox.db'), clock: systemClock, migrations: outboxMigrations });
  questions = outboxQuestions(database);
});
afterEach(() => {
  database.close();
  rmSync(dir, { recursive: true });
});

function add(sink: string, first: number, count: number, run: string, reasonOf: (index: number) => string = () => '') {
  const added = entriesOf(first, count, run).map((entry, index) => ({
    entry,
    body: entryBody(entry),
    reason: reasonOf(index),
    bytes: 100,
  }));
  return database.write(() => outboxRows(database).add(sink, added, new Map([['sample', declarationOf(sample)]])));
}

describe('outboxQuestions', () => {
  it('looks for a run only between the first and the last entry of it', async () => {
    await add('a', 0, 10, 'run-1');
    const ids = await add('a', 10, 5, 'run-2');
    await add('a', 15, 10, 'run-3');
    expect(questions.sinks({ run: 'run-2' })[0]?.range).toMatchObject({ after: (ids[0] as number) - 1, end: (ids[4] as number) + 1 });
    expect(questions.sinks({ run: 'run-2', sink: 'b' })).toEqual([]);
    expect(questions.sinks({}).map((sink) => sink.name)).toEqual(['a']);
  });

  it('reads pages by the primary key, without sorting', async () => {
    const plan = database
      .prepare(
        'explain query plan select * from pending where id > :after and id < :end and run = coalesce(:run, run) order by id limit :limit',
      )
      .all()
      .map((row) => String(row.detail));
    expect(plan).toEqual(['SEARCH pending USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)']);
  });

  it('names the twenty most frequent reasons', async () => {
    await add('a', 0, 100, 'run-1', (index) => (index < 60 ? 'common' : `reason ${100 + index}`));
    const [sink] = questions.sinks({});
    const counts = sink && questions.counts(sink);
    expect(counts).toMatchObject({ pending: 0, rejected: 100, bytes: 10_000, since: undefined });
    expect(counts?.reasons).toHaveLength(20);
    expect(counts?.reasons[0]).toEqual({ reason: 'common', entries: 60 });
    expect(counts?.reasons[1]).toEqual({ reason: 'reason 160', entries: 1 });
  });

  it('sees a file that is mostly free', async () => {
    expect(questions.mostlyFree(1)).toBe(false);
    const ids = await add('a', 0, 2000, 'run-1');
    expect(questions.mostlyFree(1)).toBe(false);
    await database.write(() => outboxRows(database).remove('pending', ids));
    expect(questions.mostlyFree(1)).toBe(true);
    expect(questions.mostlyFree(10_000)).toBe(false);
  });
});
