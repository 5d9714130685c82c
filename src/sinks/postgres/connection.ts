import { Socket } from 'node:net';
import type { Client } from 'pg';
import { tlsOptions } from '../../protocols/postgres/address.ts';
import { codeOf, doesNotEncrypt } from '../../protocols/postgres/failure.ts';
import { readAuthority } from '../../protocols/tls/authority.ts';
import { durationMs, PermanentError, type SinkContext, TransientError } from '../../sdk/index.ts';
import { type Address, addressOf, type TlsWay } from './address.ts';
import { endsConnection, failureOf, type Scene } from './failure.ts';
import type { Settings } from './settings.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/**
 * One connection, made with the first statement and made anew where it broke. Keeps nothing in the session, and names no statement: it
 * may lead through a pooler that gives each transaction another one. Rejects with a `NextError`.
 */
export interface Connection {
  readonly schema: string;
  /** `the database kpi at db:5432` */
  readonly where: string;
  readonly user: string;
  query: Query;
  /** All that `work` does, or nothing of it where it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Ends it, in the middle of a statement too. Nothing may be asked after. */
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** How long a statement may take; default `timeout` of the settings. */
  readonly statementMs?: number;
  /** Whether schema and tables are being made: what to do about a missing right is another then. */
  readonly makes?: boolean;
}

/** The way to the database; nothing is sent yet. Throws a `PermanentError` where the settings name none. */
export function connectionTo(settings: Settings, context: SinkContext, options: ConnectionOptions = {}): Connection {
  const address = addressOf(settings);
  const timeoutMs = durationMs(settings.timeout) as number;
  const statementMs = options.statementMs ?? timeoutMs;
  const scene: Scene = { where: address.where, user: address.user, schema: settings.schema, makes: options.makes === true };
  let live: { readonly client: Client; readonly socket: Socket } | undefined;
  let before: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function connected(): Promise<Client> {
    if (closed) throw new PermanentError('this sink is closed', { kind: 'unavailable' });
    if (live) return live.client;
    let socket: Socket | undefined;
    const newSocket = () => {
      socket = new Socket();
      return socket;
    };
    const made = await bounded(
      () => socket?.destroy(),
      timeoutMs,
      () => open(address, context, newSocket),
    );
    live = made;
    const drop = () => {
      made.socket.destroy();
      if (live === made) live = undefined;
    };
    // Told by what is under way; between statements, by the next one, which connects anew.
    made.client.on('error', drop).on('end', drop);
    return made.client;
  }

  /** Runs `work` for so long at most, and not after the run. */
  async function bounded<T>(end: () => void, ms: number, work: () => Promise<T>): Promise<T> {
    const limit = AbortSignal.timeout(ms);
    limit.addEventListener('abort', end, { once: true });
    context.signal.addEventListener('abort', end, { once: true });
    try {
      if (context.signal.aborted) throw new Error('the run is over');
      return await work();
    } catch (error) {
      if (limit.aborted) throw new TransientError(`${scene.where} did not answer within ${ms / 1000} s`, { kind: 'timeout', cause: error });
      if (context.signal.aborted)
        throw new TransientError(`what was asked of ${scene.where} was cancelled`, { kind: 'cancelled', cause: error });
      throw error;
    } finally {
      limit.removeEventListener('abort', end);
      context.signal.removeEventListener('abort', end);
    }
  }

  const query: Query = async (sql, values) => {
    try {
      const client = await connected();
      const { socket } = live as { readonly socket: Socket };
      const { rows } = await bounded(
        () => socket.destroy(),
        statementMs,
        () => client.query<Row>(sql, values as unknown[]),
      );
      return rows;
    } catch (error) {
      if (endsConnection(error)) forget();
      throw failureOf(error, scene);
    }
  };

  function forget(): void {
    live?.socket.destroy();
    live = undefined;
  }

  async function transact<T>(work: (query: Query) => Promise<T>): Promise<T> {
    await query('begin isolation level read committed');
    const begun = live;
    try {
      const result = await work((sql, values) => {
        // Another connection would not be in the transaction.
        if (live !== begun) throw new TransientError(`the connection to ${scene.where} broke`, { kind: 'network' });
        return query(sql, values);
      });
      await query('commit');
      return result;
    } catch (error) {
      if (live && live === begun) await query('rollback').catch(forget);
      throw error;
    }
  }

  /** One after the other: what comes between the statements of a transaction would be part of it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = before.then(work, work);
    before = turn.catch(() => {});
    return turn;
  }

  return {
    schema: scene.schema,
    where: scene.where,
    user: scene.user,
    query: (sql, values) => inTurn(() => query(sql, values)),
    transaction: (work) => inTurn(() => transact(work)),
    async close() {
      closed = true;
      const { client, socket } = live ?? {};
      live = undefined;
      // In the middle of a statement the driver breaks the connection off.
      await client?.end();
      socket?.destroy();
    },
  };
}

/** Tries the ways of the sslmode in their order. */
async function open(address: Address, context: SinkContext, newSocket: () => Socket) {
  const ca = address.root === undefined ? undefined : await readAuthority(context.resolve(address.root));
  const [way = 'plain', otherwise] = address.ways;
  try {
    return await openBy(way, address, ca, newSocket());
  } catch (error) {
    if (otherwise === undefined || !leavesAnother(error)) throw error;
    return await openBy(otherwise, address, ca, newSocket());
  }
}

/**
 * The server does not encrypt, or not in a way that both know, or its pg_hba.conf wants the connection the other way: what `prefer` and
 * `allow` are for.
 */
function leavesAnother(error: unknown): boolean {
  return doesNotEncrypt(error) || /^(28000$|ERR_SSL_|EPROTO$)/.test(codeOf(error));
}

async function openBy(way: TlsWay, address: Address, ca: string | undefined, socket: Socket) {
  const { Client } = await import('pg');
  const client = new Client({
    host: address.host,
    port: address.port,
    user: address.user,
    // As a function, so that an empty one is not looked for in the environment.
    password: () => address.password,
    database: address.database,
    application_name: 'kpi',
    ssl: way === 'plain' ? false : tlsOptions(way, ca),
    enableChannelBinding: address.channelBinding,
    keepAlive: true,
    stream: () => socket,
  });
  // Told by what is under way.
  client.on('error', () => {});
  try {
    await client.connect();
    return { client, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
