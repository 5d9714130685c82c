import { join } from 'node:path';
import { ConfigError } from '../../sdk/errors.ts';
import type { Config } from '../config/config.ts';
import { openForReading } from '../doctor-database.ts';
import { outboxMigrations } from '../outbox-format.ts';
import { outboxQuestions } from '../outbox-questions.ts';

/** What is undelivered of one sink. */
export interface Backlog {
  readonly sink: string;
  readonly pending: number;
  readonly rejected: number;
  /** Of the oldest pending entry, ISO 8601. */
  readonly since?: string;
}

/** The outbox of this machine, opened for questions alone. Throws `ConfigError` where it cannot be read. */
export async function backlogs(config: Pick<Config, 'run'>): Promise<readonly Backlog[]> {
  const db = await openForReading(join(config.run.stateDir, 'outbox.db'), outboxMigrations.length);
  if (!db) return [];
  if ('error' in db) throw new ConfigError(`${db.error}: ${db.mend}`);
  try {
    const questions = outboxQuestions({ prepare: db.prepare });
    return questions.sinks({}).flatMap((sink) => {
      const counts = questions.counts(sink);
      if (!counts) return [];
      const { pending, rejected, since } = counts;
      return [{ sink: counts.sink, pending, rejected, ...(pending > 0 && since && { since: since.toISOString() }) }];
    });
  } finally {
    db.close();
  }
}
