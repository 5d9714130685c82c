import { parseAddress, placeOf, type TlsChecks, wrongAddress } from '../../protocols/postgres/address.ts';

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
  readonly tls: 'none' | { readonly checks: TlsChecks; readonly ca?: string | undefined };
  readonly channelBinding: boolean;
}

const setting = 'postgres';

/** The address as a whole. Throws a `PermanentError` that quotes nothing of it. What is not said is not taken from the environment. */
export function databaseAddress(text: string): DatabaseAddress {
  const { host, port = 5432, user, password = '', database = user, sslmode, sslrootcert, channelBinding } = parseAddress(text, setting);
  if (host === undefined || user === undefined) {
    throw wrongAddress(setting, 'names no host, or no user: write postgres://USER:PASSWORD@HOST/DATABASE');
  }
  const tls = tlsOf(sslmode, sslrootcert);
  return { host, port, user, password, database: database ?? user, place: placeOf(host, port), tls, channelBinding };
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
      throw wrongAddress(setting, 'has an sslmode that is none of disable, require, verify-ca and verify-full');
  }
}
