import { Socket } from 'node:net';
import type { Client, QueryArrayConfig, QueryConfig } from 'pg';
import { tlsOptions } from '../../protocols/postgres/address.ts';
import { isOfServer } from '../../protocols/postgres/failure.ts';
import { readAuthority } from '../../protocols/tls/authority.ts';
import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Secret } from '../../sdk/secret.ts';
import { twinsOf } from './columns.ts';
import { type DatabaseAddress, databaseAddress } from './database-address.ts';
import { databaseError, declaration } from './database-error.ts';
import { slim } from './row-site.ts';
import { type BadRow, mostRows, type Row, type Rows } from './rows.ts';

export interface DatabaseSource {
  readonly postgres: Secret;
  readonly query: string;
  readonly timeout: number;
}

/** Rows at once: so much of an answer is in memory besides what is kept. */
const rowsAtOnce = 1000;
/** Of all that the server says: a list of as many sites as a source may have is shorter, and one row could have a gigabyte. */
const mostBytes = 64 * 1024 * 1024;
/** Connecting, and what is said before and after the query. */
const slackMs = 10_000;

/** Reads what a query brings, in a transaction that may only read. */
export async function readDatabase({ postgres, query, timeout }: DatabaseSource, context: ProviderContext): Promise<Rows> {
  const address = databaseAddress(postgres.reveal());
  const { tls } = address;
  const ca = tls === 'none' || tls.ca === undefined ? undefined : await readAuthority(context.resolve(tls.ca));
  const { Client } = await import('pg');
  return await context.attempt(
    async ({ signal }) => {
      const socket = new Socket();
      // A server that has fallen silent does not end a connection by being asked to.
      const onAbort = () => socket.destroy(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const client = new Client({ ...optionsOf(address, ca), stream: () => socket });
      // Told by what is under way.
      client.on('error', () => {});
      try {
        await client.connect();
        limitBytes(client);
        const rows = await rowsOf(client, query, timeout);
        await client.end();
        return rows;
      } catch (error) {
        if (isOfServer(error) && !signal.aborted) await client.end();
        throw databaseError(error, address.place, timeout);
      } finally {
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
      }
    },
    { timeoutMs: timeout + slackMs, what: `the sites of the database at ${address.place}` },
  );
}

function optionsOf({ host, port, user, password, database, tls, channelBinding }: DatabaseAddress, ca: string | undefined) {
  return {
    host,
    port,
    user,
    // As a function, so that an empty one is not looked for in the environment.
    password: () => password,
    database,
    application_name: 'kpi',
    ssl: tls === 'none' ? false : tlsOptions(tls.checks, ca),
    enableChannelBinding: channelBinding,
  };
}

/** Ends the connection where more comes, also in the middle of a row: the driver would collect it whole first. */
function limitBytes({ connection: { stream } }: Client): void {
  let bytes = 0;
  stream.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) return;
    const message = `the query brings more than ${mostBytes} bytes: select only the columns that are read, and fewer rows`;
    stream.destroy(new PermanentError(message, { kind: 'too-large' }));
  });
}

/** By a cursor, so that no more is read than is taken; and by the extended protocol, which takes one statement only. */
async function rowsOf(client: Client, query: string, timeoutMs: number): Promise<Rows> {
  await client.query('begin transaction read only');
  // In the transaction: not every pooler takes settings with the connection.
  await client.query(`set local statement_timeout = ${timeoutMs}`);
  const statement: QueryConfig & { readonly queryMode: 'extended' } = { text: declaration + query, queryMode: 'extended' };
  await client.query(statement);
  const rows: (Row | BadRow)[] = [];
  // Cells by their place: by name, the last of several columns of one name would be taken for all of them.
  const next: QueryArrayConfig = { text: `fetch forward ${rowsAtOnce} from sites`, rowMode: 'array' };
  for (;;) {
    const { rows: found, fields } = await client.query<unknown[]>(next);
    const names = fields.map(({ name }) => name);
    refuseTwins(names);
    for (const cells of found) {
      const place = `row ${rows.length + 1}`;
      if (rows.length === mostRows) return await ended({ rows, cutAt: place });
      rows.push(slim({ place, values: Object.fromEntries(names.map((name, index) => [name, cells[index]])) }));
    }
    if (found.length < rowsAtOnce) return await ended({ rows });
  }

  async function ended(result: Rows): Promise<Rows> {
    await client.query('rollback');
    return result;
  }
}

function refuseTwins(names: readonly string[]): void {
  const twins = twinsOf(names);
  if (!twins) return;
  const message = `the query brings one column twice, as its columns ${twins.places.join(' and ')} (${twins.called}): select each once, by its name instead of *`;
  throw new PermanentError(message, { kind: 'config' });
}
