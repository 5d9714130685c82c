import { parseAddress, placeOf, type TlsChecks, wrongAddress } from '../../protocols/postgres/address.ts';
import { PermanentError } from '../../sdk/index.ts';
import { type Settings, type SslMode, sslmodes } from './settings.ts';

/** How one try to connect is encrypted. */
export type TlsWay = 'plain' | TlsChecks;

/** Where the database is, and how it is spoken to. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** For messages: `the database kpi at db:5432`. */
  readonly where: string;
  /** In the order in which they are tried. */
  readonly ways: readonly TlsWay[];
  /** The file of the authorities to trust; absent: those that Node trusts. */
  readonly root: string | undefined;
  readonly channelBinding: boolean;
}

/** Of `url`, and what it does not say of the other settings. Throws a `PermanentError` that quotes nothing of it. */
export function addressOf(settings: Settings): Address {
  const said = settings.url ? parseAddress(settings.url.reveal(), 'url') : { channelBinding: false };
  const { host = 'localhost', port = 5432, user, password, database = user, sslmode, sslrootcert } = { ...settings, ...said };
  if (user === undefined) {
    throw new PermanentError('no user is named for the database: set "url", "user" or the variable PGUSER', { kind: 'config' });
  }
  const isSocket = host.startsWith('/');
  const place = placeOf(host, port);
  return {
    host,
    port,
    user,
    password: typeof password === 'string' ? password : (password?.reveal() ?? ''),
    database: database ?? user,
    where: `the database ${database ?? user} at ${place}`,
    ways: isSocket ? ['plain'] : waysOf(modeOf(sslmode, sslrootcert), sslrootcert),
    root: sslrootcert === 'system' ? undefined : sslrootcert,
    channelBinding: said.channelBinding,
  };
}

function modeOf(mode: string | undefined, root: string | undefined): SslMode {
  if (root === 'system' && mode !== undefined && mode !== 'verify-full') {
    throw wrongAddress('sslmode', 'is too weak for sslrootcert=system: only verify-full goes with it');
  }
  const known = sslmodes.find((one) => one === (mode ?? (root === 'system' ? 'verify-full' : 'prefer')));
  if (known === undefined) throw wrongAddress('url', `has an sslmode that is none of ${sslmodes.join(', ')}`);
  return known;
}

/** https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS: with a root, `require` means `verify-ca`. */
function waysOf(mode: SslMode, root: string | undefined): readonly TlsWay[] {
  switch (mode) {
    case 'disable':
      return ['plain'];
    case 'allow':
      return ['plain', 'nothing'];
    case 'prefer':
      return ['nothing', 'plain'];
    case 'require':
      return [root === undefined ? 'nothing' : 'authority'];
    case 'verify-ca':
      return ['authority'];
    case 'verify-full':
      return ['all'];
  }
}
