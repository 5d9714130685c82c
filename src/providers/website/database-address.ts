import { unescape as percentDecoded } from 'node:querystring';
import type { ConnectionOptions } from 'node:tls';
import { PermanentError } from '../../sdk/errors.ts';

/** Where a database is, and how it is spoken to. */
export interface DatabaseAddress {
  /** A name, an address, or the folder of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** For messages. */
  readonly place: string;
  readonly tls: 'none' | { readonly checks: 'nothing' | 'authority' | 'all'; readonly ca?: string | undefined };
  readonly channelBinding: boolean;
}

/** What PostgreSQL's own clients take besides, and what makes no difference here. */
const ignored: ReadonlySet<string> = new Set(['application_name', 'connect_timeout', 'gssencmode', 'target_session_attrs']);

/**
 * Takes a connection URI apart: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS. Throws a
 * `PermanentError` that quotes nothing of it. What is not said is not taken from the environment.
 */
export function databaseAddress(text: string): DatabaseAddress {
  if (!/^postgres(ql)?:\/\//i.test(text) || !URL.canParse(text)) {
    throw wrong('is no address of a database: write postgres://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in a password');
  }
  const url = new URL(text);
  const parameters = Object.fromEntries(url.searchParams);
  const { sslmode, sslrootcert, host: socket, channel_binding: binding, ...others } = parameters;
  const unknown = Object.keys(others).find((name) => !ignored.has(name));
  if (unknown !== undefined) throw wrong(`has the parameter ${JSON.stringify(unknown)}, which is not known here`);
  const host = socket ?? percentDecoded(url.hostname).replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || 5432);
  const user = percentDecoded(url.username);
  const database = percentDecoded(url.pathname.slice(1)) || user;
  if (host === '' || user === '') throw wrong('names no host, or no user: write postgres://USER:PASSWORD@HOST/DATABASE');
  const place = host.startsWith('/') ? host : `${host}:${port}`;
  const password = percentDecoded(url.password);
  return { host, port, user, password, database, place, tls: tlsOf(sslmode, sslrootcert), channelBinding: binding === 'require' };
}

/**
 * As PostgreSQL's own clients read it: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS. Without a
 * word it is not encrypted, since whether the server can is not known; what would try both ways is refused.
 */
function tlsOf(mode: string | undefined, root: string | undefined): DatabaseAddress['tls'] {
  const ca = root === 'system' ? undefined : root;
  switch (mode ?? (root === 'system' ? 'verify-full' : undefined)) {
    case undefined:
    case 'disable':
      return 'none';
    case 'require':
      return { checks: root === undefined ? 'nothing' : 'authority', ca };
    case 'verify-ca':
      return { checks: 'authority', ca };
    case 'verify-full':
      return { checks: 'all', ca };
    default:
      throw wrong('has an sslmode that is none of disable, require, verify-ca and verify-full');
  }
}

/** For Node's TLS; `ca` is the text of the file. */
export function tlsOptions(checks: 'nothing' | 'authority' | 'all', ca: string | undefined): ConnectionOptions {
  return {
    rejectUnauthorized: checks !== 'nothing',
    ...(ca !== undefined && { ca }),
    ...(checks === 'authority' && { checkServerIdentity: () => undefined }),
  };
}

function wrong(what: string): PermanentError {
  return new PermanentError(`"postgres" ${what}`, { kind: 'config' });
}
