import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SinkContext } from '../../sdk/context.ts';
import { PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import { type Change, defineSink, type OpenSink, type StoreStatus } from '../../sdk/sink.ts';
import { check } from './check.ts';
import { type Connection, type ConnectOptions, connect, connectReadOnly, loadSqlite, meaning } from './connection.ts';
import { type Settings, settings } from './schema.ts';
import { bytesOf, statusOf } from './status.ts';
import { openStore } from './store.ts';
import { prepareTable, prepareView } from './tables.ts';
import { createWriter } from './write.ts';

/** How long SQLite may wait while a run is at work: it blocks the thread. The outlet tries again. */
const busyMs = 100;
/** How long where there is nothing else to do. */
const patientMs = 10_000;

export const sqlite = defineSink<Settings>({
  name: 'sqlite',
  help: 'A local SQLite database: the default store, one table per measurement.',
  settings,
  example: { path: 'kpi.db', autoInit: true },
  setup: { questions: [{ setting: 'path', ask: 'SQLite: the database file', default: 'kpi.db', makesFile: true }], secrets: [] },
  autoInit: true,
  accepts: () => ({
    timestamps: 'any',
    rerun: 'merges',
    kinds: ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'],
    batch: { entries: 1000 },
  }),
  promises: {
    stored: 'once its transaction is synced to disk',
    key: 'series and time',
    not: ['a database on a network file system, where SQLite cannot lock', 'points from two machines at once: the file belongs to one'],
  },
  // What SQLite keeps beside a database: https://www.sqlite.org/tempfiles.html
  files: ({ path }) => [{ setting: 'path', path, beside: ['-wal', '-shm', '-journal'] }],
  open,
  init,
  status,
  check,
  ask: openStore,
});

async function open({ path: name }: Settings, context: SinkContext): Promise<OpenSink> {
  const Sqlite = await loadSqlite();
  const options = placeOf(name, context, busyMs);
  if (!context.autoInit && !existsSync(options.path)) throw missingDatabase(name);
  const writer = createWriter(context);
  let closed = false;
  let connection: Connection | undefined;
  try {
    connection = connect(Sqlite, options);
  } catch (error) {
    // Another process makes or writes the database right now. The first write connects.
    if (!(error instanceof TransientError)) throw error;
  }
  return {
    async write(batch) {
      if (closed) throw new TypeError(`${name} is closed`);
      connection ??= connect(Sqlite, options);
      if (batch.length === 0) return [];
      try {
        return connection.write((db) => writer.put(db, batch));
      } catch (error) {
        writer.forget();
        throw error;
      }
    },
    async close() {
      closed = true;
      connection?.close();
    },
  };
}

async function init({ path: name }: Settings, measurements: readonly Measurement[], context: SinkContext): Promise<readonly Change[]> {
  const Sqlite = await loadSqlite();
  const options = placeOf(name, context, patientMs);
  const file: Change = { object: `database ${name}`, action: existsSync(options.path) ? 'ready' : 'created' };
  const connection = connect(Sqlite, options);
  try {
    const { tags, now } = context;
    const done = connection.write((db) => {
      const all = measurements.map((one) => prepareTable(db, one, { tags, mayChange: true, now }));
      prepareView(db);
      return all;
    });
    const refused = done.map(({ plan }) => plan.refused).filter((reason) => reason !== undefined);
    // The other tables are ready by now.
    if (refused.length > 0) throw new PermanentError(refused.join('; '), { kind: 'rejected' });
    return [file, ...done.map(({ change }) => change)];
  } finally {
    connection.close();
  }
}

async function status({ path: name }: Settings, measurements: readonly Measurement[], context: SinkContext): Promise<StoreStatus> {
  const path = context.resolve(name);
  const options = context.hasFolder(dirname(path)) ? { name, path, busyMs: patientMs } : placeOf(name, context, patientMs);
  if (!existsSync(options.path)) {
    const problems = context.autoInit ? [] : [missingDatabase(name).message];
    return { measurements: measurements.map((one) => ({ name: one.name, rows: 0, problems: [] })), bytes: 0, problems };
  }
  const db = connectReadOnly(await loadSqlite(), options);
  try {
    return { measurements: meaning(name, () => statusOf(db, measurements, context)), bytes: bytesOf(options.path), problems: [] };
  } finally {
    db.close();
  }
}

/** The file's place. Its directory is never made: a path with a mistake in it should be seen, not obeyed. */
function placeOf(name: string, context: SinkContext, patience: number): ConnectOptions {
  const path = context.resolve(name);
  if (!existsSync(dirname(path))) {
    throw new PermanentError(`there is no directory for ${name}: make it, or set \`path\` to another file`, { kind: 'unavailable' });
  }
  return { name, path, busyMs: patience };
}

function missingDatabase(name: string): PermanentError {
  return new PermanentError(`${name} is missing: run \`kpi db init\``, { kind: 'unavailable' });
}
