import { connectionFailure, isOfServer, isPassing, type ServerError } from '../../protocols/postgres/failure.ts';
import { isNextError, type NextError, PermanentError, type ProblemKind, SplitError, TransientError } from '../../sdk/index.ts';

/** Where and as whom something failed, for messages. */
export interface Scene {
  /** `the database kpi at db:5432` */
  readonly where: string;
  readonly user: string;
  readonly schema: string;
  /** Whether schema and tables are being made. */
  readonly makes: boolean;
}

/**
 * About what an entry holds, by class: a value that the database cannot hold (22), a constraint that somebody added (23), a limit of the
 * server (54). https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ofValues = /^(22|23|54)/;

/** What is not as `kpi db init` makes it: schema, table, column, function, object, or the key that rows are merged by. */
const notMade = /^(3F000|42P01|42703|42883|42704|42P10)$/;

/** What a failure means; an error of ours stays as it is. */
export function failureOf(error: unknown, scene: Scene): NextError {
  if (isNextError(error)) return error;
  return isOfServer(error) ? serverFailure(error, scene) : connectionFailure(error, scene.where);
}

function serverFailure(error: ServerError, { where, user, schema, makes }: Scene): NextError {
  const { code, message } = error;
  const permanent = (kind: ProblemKind, text: string) => new PermanentError(text, { kind, cause: error });
  if (isPassing(error)) return new TransientError(`${where} cannot answer now: ${message}`, { kind: 'server', cause: error });
  // Cancelled by somebody, or by the server's own statement_timeout.
  if (code === '57014') return new TransientError(`${where} ended the statement: ${message}`, { kind: 'timeout', cause: error });
  if (code === '25P03' || code === '25P04')
    return new TransientError(`${where} ended the transaction: ${message}`, { kind: 'timeout', cause: error });
  if (ofValues.test(code)) return new SplitError(`${message} (${code})`, { kind: 'rejected', cause: error });
  if (code.startsWith('28')) {
    return permanent('unauthorized', `${where} does not let ${user} in: ${message}; check the user, the password and pg_hba.conf`);
  }
  if (code === '3D000') return permanent('config', `there is no such database (${message}): create it, or name another`);
  if (code === '25006') return permanent('unavailable', `${where} takes no writes (${message}): name the primary server`);
  if (code === '42501') {
    const mend = makes
      ? `run it as the owner of the database and of the schema ${schema}, or let the owner run: grant create on database … to ${user}`
      : `let the owner of the schema ${schema} run: grant ${schema}_writer to ${user}`;
    return permanent('forbidden', `${user} may not do that in ${where} (${message}): ${mend}`);
  }
  if (notMade.test(code)) return permanent('unavailable', `${where} is not ready (${message}): run \`kpi db init\``);
  return permanent('unavailable', `${where} does not take the statement: ${message} (${code})`);
}

/** True where the connection is of no further use, or may not be. */
export function endsConnection(error: unknown): boolean {
  return !isOfServer(error) || error.severity === 'FATAL' || error.severity === 'PANIC' || /^(08|57P0)/.test(error.code);
}
