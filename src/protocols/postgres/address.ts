import { unescape as percentDecoded } from 'node:querystring';
import type { ConnectionOptions } from 'node:tls';
import { PermanentError } from '../../sdk/errors.ts';

/** What a connection URI says; what it does not say is absent. */
export interface AddressParts {
  /** A name, an address, or the folder of a socket. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly channelBinding: boolean;
}

/** How far a certificate is looked at: not at all, by who issued it, and also by its name. */
export type TlsChecks = 'nothing' | 'authority' | 'all';

/** What PostgreSQL's own clients take besides, and what makes no difference here. */
const ignored: ReadonlySet<string> = new Set(['application_name', 'connect_timeout', 'gssencmode', 'target_session_attrs']);

/**
 * Takes a connection URI apart: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS. Throws a
 * `PermanentError` that names the setting and quotes nothing of the address.
 */
export function parseAddress(text: string, setting: string): AddressParts {
  if (!/^postgres(ql)?:\/\//i.test(text) || !URL.canParse(text)) {
    throw wrongAddress(
      setting,
      'is no address of a database: write postgres://USER:PASSWORD@HOST/DATABASE, with %40 for an @ in a password',
    );
  }
  const url = new URL(text);
  const { sslmode, sslrootcert, host: socket, channel_binding: binding, ...others } = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(others).find((name) => !ignored.has(name));
  if (unknown !== undefined) throw wrongAddress(setting, `has the parameter ${JSON.stringify(unknown)}, which is not known here`);
  const host = socket ?? percentDecoded(url.hostname).replace(/^\[(.*)\]$/, '$1');
  const user = percentDecoded(url.username);
  const password = percentDecoded(url.password);
  const database = percentDecoded(url.pathname.slice(1));
  return {
    ...(host !== '' && { host }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(user !== '' && { user }),
    ...(password !== '' && { password }),
    ...(database !== '' && { database }),
    ...(sslmode !== undefined && { sslmode }),
    ...(sslrootcert !== undefined && { sslrootcert }),
    channelBinding: binding === 'require',
  };
}

/** What in an address is a secret alone. Never throws. */
export function passwordOf(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { password } = new URL(text);
  return password === '' ? [] : [...new Set([password, percentDecoded(password)])];
}

/** A host and port, or the folder of a socket, for messages. */
export function placeOf(host: string, port: number): string {
  return host.startsWith('/') ? host : `${host}:${port}`;
}

/** For Node's TLS; `ca` is the text of the file. */
export function tlsOptions(checks: TlsChecks, ca: string | undefined): ConnectionOptions {
  return {
    rejectUnauthorized: checks !== 'nothing',
    ...(ca !== undefined && { ca }),
    ...(checks === 'authority' && { checkServerIdentity: () => undefined }),
  };
}

export function wrongAddress(setting: string, what: string): PermanentError {
  return new PermanentError(`"${setting}" ${what}`, { kind: 'config' });
}
