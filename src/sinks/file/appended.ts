import { close, closeSync, fdatasync, fstatSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { openLock, tryLock } from './lock.ts';
import { meaning, meaningLater, type Output } from './output.ts';
import { appendAll, type Frame } from './tail.ts';
import { openThere } from './there.ts';

export interface AppendedOptions {
  /** As the user spelt it, for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly frame: Frame;
}

/**
 * A file that holds whole batches only. Each is appended in one go, under a lock that all its writers take: so one may take back what
 * it could not finish, and cut off what a crash left unfinished, and never touch another's. What it cuts was never acknowledged.
 * The lock is not held while the disk is waited for.
 */
export async function openAppended({ name, path, frame }: AppendedOptions): Promise<Output> {
  const opened = () => meaning(name, () => openSync(path, 'a+'));
  let file: number | undefined = opened();
  let endOf = await frame.endOf(file).catch(async (error) => {
    await promisify(close)(file as number);
    throw error;
  });
  const lock = await openLock(name, `${path}.lock`);

  return {
    async append(bytes) {
      if (file === undefined) throw new TypeError(`${name} is closed`);
      if (fstatSync(file).nlink === 0) {
        // Somebody has removed it: what is written to the old one would vanish with it.
        const removed = file;
        file = opened();
        await promisify(close)(removed);
        endOf = await frame.endOf(file);
      }
      const to = file;
      lock.hold(() => meaning(name, () => appendAll(to, bytes, endOf(to))));
      await meaningLater(name, promisify(fdatasync)(to));
    },
    async close() {
      if (file === undefined) return;
      const closing = file;
      file = undefined;
      lock.close();
      await promisify(close)(closing);
    },
  };
}

/** Opens the same, and makes and changes nothing; false where there is no file yet. Throws what opening it would. */
export async function tryAppended({ name, path, frame }: AppendedOptions): Promise<boolean> {
  const file = meaning(name, () => openThere(path));
  try {
    if (file !== undefined) await frame.endOf(file);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  await tryLock(name, `${path}.lock`);
  return file !== undefined;
}
