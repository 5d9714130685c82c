import { messageOf, type NextError, PermanentError, TransientError } from '../../sdk/errors.ts';

/** What the server itself says is wrong. */
export interface ServerError extends Error {
  /** Five characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly code: string;
  readonly severity: string;
  /** Characters into the statement, from 1. */
  readonly position?: string;
}

/** Those that end by themselves, by their class or code. */
const passing = /^(08|53|57P0[1235]|40001|40P01|55P03)/;

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  ENOENT: 'has no such socket',
  ENOTFOUND: 'is not known to DNS',
  EAI_AGAIN: 'could not be looked up: DNS did not answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'did not answer in time',
};

/** Whether the server said it, and not the driver or the network. */
export function isOfServer(error: unknown): error is ServerError {
  return error instanceof Error && /^[0-9A-Z]{5}$/.test(codeOf(error)) && typeof (error as { severity?: unknown }).severity === 'string';
}

/** True for what another try may mend: the server is busy, starting or stopping, or another session was in the way. */
export function isPassing({ code }: ServerError): boolean {
  return passing.test(code);
}

/** What a failure that the server did not speak of means: of the network, of TLS, or of what is no PostgreSQL. `where`: `the database at db:5432`. */
export function connectionFailure(error: unknown, where: string): NextError {
  const code = codeOf(error);
  if (Object.hasOwn(network, code)) return new TransientError(`${where} ${network[code]}`, { kind: 'network', cause: error });
  if (/^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) {
    return new PermanentError(`the certificate of ${where} is not accepted (${code}); sslrootcert names a file of authorities`, {
      kind: 'network',
      cause: error,
    });
  }
  if (doesNotEncrypt(error)) {
    return new PermanentError(`${where} does not encrypt: correct its sslmode, or the server`, { kind: 'config', cause: error });
  }
  // The driver's words for a connection that ended, or for an answer that is none of PostgreSQL.
  return new TransientError(`the connection to ${where} failed (${messageOf(error)})`, { kind: 'network', cause: error });
}

/** The driver's words where the server answers the request for TLS with "N". */
export function doesNotEncrypt(error: unknown): boolean {
  return /does not support SSL/i.test(messageOf(error));
}

/** The code of the server, the network or TLS; of a connection that was tried at several addresses, that of the first. */
export function codeOf(error: unknown): string {
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return String((one as { code?: unknown } | undefined)?.code ?? '');
}
