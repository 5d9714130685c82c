import { defineSink, type Measurement, PermanentError, type SinkContext } from '../../sdk/index.ts';
import { check } from './check.ts';
import { type ConnectionOptions, connectionTo } from './connection.ts';
import { Settings, variables } from './settings.ts';
import { setup } from './setup.ts';
import { openState } from './state.ts';
import { statusOf } from './status.ts';
import { openStore } from './store.ts';
import { makeReady } from './tables.ts';
import { createWriter } from './writer.ts';

/** What is done once, and not in the middle of a run, may take its time: tables that others read, rows to be counted. */
const patient: ConnectionOptions = { statementMs: 600_000 };

/** PostgreSQL, one table per measurement. */
export const postgres = defineSink<Settings>({
  name: 'postgres',
  help: 'PostgreSQL, also through a pooler: one table per measurement.',
  settings: Settings,
  variables,
  example: {
    url: '${DATABASE_URL}',
    password: '${POSTGRES_PASSWORD}',
    schema: 'kpi',
    sslmode: 'verify-full',
    sslrootcert: 'ca.pem',
    timescale: false,
    partitions: 'none',
    timeout: '20s',
  },
  setup,
  autoInit: false,

  accepts: () => ({
    timestamps: 'any',
    rerun: 'merges',
    kinds: ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'],
    batch: { entries: 5000 },
  }),

  promises: {
    stored: 'once PostgreSQL has committed its statement',
    key: 'series and time',
    not: [
      'that all measurements of a batch become visible at once: each table is a statement of its own',
      'what the server itself loses with `synchronous_commit = off`, or an asynchronous standby that takes over',
    ],
  },

  async open(settings, context) {
    const connection = connectionTo(settings, context);
    const writer = createWriter(connection, settings, context);
    return {
      write: (batch) => writer.put(batch),
      close: () => connection.close(),
    };
  },

  async init(settings, measurements, context) {
    const { changes, plans } = await inConnection(settings, context, { ...patient, makes: true }, (connection) =>
      makeReady(connection, settings, measurements, context),
    );
    const refused = plans.map((plan) => plan.refused).filter((reason) => reason !== undefined);
    // The other tables are ready by now.
    if (refused.length > 0) throw new PermanentError(refused.join('; '), { kind: 'rejected' });
    return changes;
  },

  status: (settings, measurements: readonly Measurement[], context) =>
    inConnection(settings, context, patient, (connection) => statusOf(connection, measurements, context)),

  check,
  ask: openStore,
  state: openState,
});

async function inConnection<T>(
  settings: Settings,
  context: SinkContext,
  options: ConnectionOptions,
  work: (connection: ReturnType<typeof connectionTo>) => Promise<T>,
): Promise<T> {
  const connection = connectionTo(settings, context, options);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
