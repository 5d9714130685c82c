import { connectionFailure, isOfServer, isPassing, type ServerError } from '../../protocols/postgres/failure.ts';
import { isNextError, type NextError, PermanentError, type ProblemKind, TransientError } from '../../sdk/errors.ts';
import { formatDuration } from '../../sdk/time.ts';

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

/** What a failure of the database at `place` means. None of them blocks the sites that stand elsewhere. */
export function databaseError(error: unknown, place: string, timeoutMs: number): NextError {
  if (isNextError(error)) return error;
  const where = `the database at ${place}`;
  return isOfServer(error) ? serverError(error, where, timeoutMs) : connectionFailure(error, where);
}

function serverError(error: ServerError, where: string, timeoutMs: number): NextError {
  const { code, message, position } = error;
  if (code === '57014') {
    return new PermanentError(`the query did not end within ${formatDuration(timeoutMs)}: make it faster, or set "timeout"`, {
      kind: 'timeout',
    });
  }
  if (isPassing(error)) return new TransientError(`${where} cannot answer now: ${message}`, { kind: 'server', cause: error });
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
