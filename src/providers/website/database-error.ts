import { isNextError, messageOf, type NextError, PermanentError, type ProblemKind, TransientError } from '../../sdk/errors.ts';
import { formatDuration } from '../../sdk/time.ts';

/** Those that end by themselves, by their class or code: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const passing = /^(08|53|57P0[1235]|40001|40P01|55P03)/;

/**
 * About values (22, 23), or in the words of a function (P0): `invalid input syntax for type integer: "https://ada:secret@…"`. What a cell
 * holds is no secret that is known here, so that nothing else would keep it out of a report.
 */
const quoting = /^(22|23|P0)/;

const meanings: readonly (readonly [codes: RegExp, kind: ProblemKind, says: string])[] = [
  [/^28/, 'unauthorized', 'does not accept the user or the password'],
  [/^3D000/, 'config', 'has no such database'],
  [/^42501/, 'forbidden', 'does not let the user read that'],
  [/^25006/, 'config', 'was asked to write: the query may only read'],
];

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

/** What a failure of the database at `place` means. None of them blocks the sites that stand elsewhere. */
export function databaseError(error: unknown, place: string, timeoutMs: number): NextError {
  if (isNextError(error)) return error;
  const code = codeOf(error);
  const where = `the database at ${place}`;
  if (isOfServer(error)) return serverError(error, where, timeoutMs);
  if (Object.hasOwn(network, code)) return new TransientError(`${where} ${network[code]}`, { kind: 'network', cause: error });
  if (/^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code)) {
    return new PermanentError(`the certificate of ${where} is not accepted (${code}); sslrootcert names a file of authorities`, {
      kind: 'network',
      cause: error,
    });
  }
  if (/does not support SSL/i.test(messageOf(error))) {
    return new PermanentError(`${where} does not encrypt: correct its sslmode, or the server`, { kind: 'config', cause: error });
  }
  // The driver's words for a connection that ended, or for an answer that is none of PostgreSQL.
  return new TransientError(`the connection to ${where} failed (${messageOf(error)})`, { kind: 'network', cause: error });
}

interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly position?: string;
}

function serverError(error: ServerError, where: string, timeoutMs: number): NextError {
  const { code, message, position } = error;
  if (code === '57014') {
    return new PermanentError(`the query did not end within ${formatDuration(timeoutMs)}: make it faster, or set "timeout"`, {
      kind: 'timeout',
    });
  }
  if (passing.test(code)) return new TransientError(`${where} cannot answer now: ${message}`, { kind: 'server', cause: error });
  const [, kind, says] = meanings.find(([codes]) => codes.test(code)) ?? [];
  if (kind !== undefined) return new PermanentError(`${where} ${says}: ${message}`, { kind, cause: error });
  const at = position === undefined ? '' : `, at character ${Math.max(1, Number(position) - declarationLength)} of the query`;
  if (quoting.test(code)) {
    const message = `${where} cannot run the query on what it holds (${code}${at}): its words may quote a row, and are not told; run the query with psql to see them`;
    return new PermanentError(message, { kind: 'config' });
  }
  return new PermanentError(`${where} does not take the query: ${message} (${code}${at})`, { kind: 'config', cause: error });
}

/** Stands before the query, and the server counts it. */
export const declaration = 'declare sites no scroll cursor for ';
const declarationLength = declaration.length;

/** Whether the server said it, and not the driver or the network. */
export function isOfServer(error: unknown): error is ServerError {
  return error instanceof Error && /^[0-9A-Z]{5}$/.test(codeOf(error)) && typeof (error as { severity?: unknown }).severity === 'string';
}

/** Of a connection that was tried at several addresses, the first. */
function codeOf(error: unknown): string {
  const one = error instanceof AggregateError ? error.errors[0] : error;
  return String((one as { code?: unknown } | undefined)?.code ?? '');
}
