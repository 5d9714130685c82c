import { messageOf, PermanentError, TransientError } from '../../sdk/errors.ts';

/** Where bytes go. */
export interface Output {
  /** Durable when it resolves, as far as the output can be. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Does some work on a file, and says in words what went wrong with it. */
export function meaning<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw outputError(name, error);
  }
}

/** The same of work that takes a while. */
export async function meaningLater<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw outputError(name, error);
  }
}

/** What an error of the operating system means for an output, with what to do. Other errors stay as they are. */
export function outputError(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  const details = { kind: 'unavailable', cause: error } as const;
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new PermanentError(`${name} cannot grow, the disk is full: make room and run again`, details);
    case 'EFBIG':
      return new PermanentError(`${name} cannot grow, it is as large as a file may be here: move it away and run again`, details);
    case 'EPIPE':
      return new PermanentError(`${name} was closed by its reader`, details);
    case 'EISDIR':
      return new PermanentError(`${name} is a folder: set \`path\` to a file, or \`format\` to csv`, details);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENAMETOOLONG':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENXIO':
      return new PermanentError(
        `${name} cannot be written (${error.code}): check its permissions, or set \`path\` to another file`,
        details,
      );
    case 'ENOENT':
      return new PermanentError(`there is no directory for ${name}: make it, or set \`path\` to another file`, details);
    default:
      return new TransientError(`${name} could not be written: ${messageOf(error)}`, details);
  }
}
