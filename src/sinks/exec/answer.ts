import { z } from 'zod';
import { type NextError, PermanentError, type Rejection, TransientError } from '../../sdk/index.ts';
import { type Ended, mostAnswerBytes } from './process.ts';

/** "Temporary failure; the user is invited to retry." https://man.openbsd.org/sysexits.3 */
const tempFail = 75;

/** What the end of a program means for the whole batch; undefined where it has taken it. */
export function failureOf(ended: Ended, name: string, timeout: string): NextError | undefined {
  const { how, code, signal, lastWords } = ended;
  const said = lastWords === '' ? ', without a word on its standard error' : `: ${lastWords}`;
  switch (how) {
    case 'timeout':
      return new TransientError(
        `${name} did not end within ${timeout} and was killed${said}; see what it waits for, or set a smaller "batch"`,
        { kind: 'timeout' },
      );
    case 'cancelled':
      return new TransientError(`${name} was killed, since the run is over`, { kind: 'cancelled' });
    case 'signal':
      return new TransientError(`${name} was ended by ${signal}${said}`, { kind: 'server' });
    case 'flood':
      return new PermanentError(
        `${name} wrote more than ${mostAnswerBytes / 1024 / 1024} MiB to its standard output and was killed: only refusals belong there`,
      );
    case 'held':
      return new PermanentError(
        `${name} has ended, and a process that it left behind holds its standard output: have that write elsewhere (>/dev/null)`,
      );
  }
  if (code === tempFail) return new TransientError(`${name} cannot store the points now${said}`, { kind: 'unavailable' });
  if (code !== 0) return new PermanentError(`${name} ended with exit code ${code}${said}`, { kind: 'unavailable' });
  if (ended.readAll) return undefined;
  return new PermanentError(`${name} ended with exit code 0 before it had read its input: 0 says that all of it is stored`);
}

/** The entries that the program refuses, by index. Throws a `PermanentError` where its answer says anything else. */
export function refusalsIn(answer: string, lines: number, name: string): readonly Rejection[] {
  const Refusal = z.object({
    index: z
      .int()
      .min(0)
      .max(lines - 1),
    reason: z.string().trim().min(1),
  });
  const refusals = new Map<number, Rejection>();
  for (const [place, line] of answer.split('\n').entries()) {
    if (line.trim() === '') continue;
    const { data } = Refusal.safeParse(jsonOf(line));
    if (!data) {
      const what = `{"index": 0, "reason": "…"} with an index of 0 to ${lines - 1}`;
      throw new PermanentError(
        `line ${place + 1} of the standard output of ${name} is no refusal, ${what}: anything else belongs on standard error`,
      );
    }
    refusals.set(data.index, data);
  }
  return [...refusals.values()].sort((one, other) => one.index - other.index);
}

/** Why a program that is there could not be started. */
export function startFailure(error: unknown, name: string): NextError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const details = { kind: 'unavailable', cause: error } as const;
  switch (error.code) {
    case 'ENOENT':
      return new PermanentError(`${name} cannot be started: its first line (#!) names a program that is not there`, details);
    case 'EACCES':
    case 'EPERM':
      return new PermanentError(`${name} may not be run here (${error.code}): check its permissions, and those of its disk`, details);
    case 'E2BIG':
      return new PermanentError(`${name} cannot be started: its arguments and variables are too long`, details);
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
    case 'ETXTBSY':
      return new TransientError(`${name} cannot be started now (${error.code})`, details);
    default:
      return new PermanentError(`${name} cannot be started (${error.code}): check "command"`, details);
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
