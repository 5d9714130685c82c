import { close, fstatSync, open, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { type Output, outputError } from './output.ts';

const openFile = promisify(open);
const writeSome = promisify(write);
const closeFile = promisify(close);

/** Standard output. It is never closed: it is not ours alone. */
export function openStdout(): Output {
  const name = 'standard output';
  const stats = fstatSync(1);
  return stats.isFIFO() || stats.isSocket() ? pipeOutput(name, 1) : { append: appendTo(name, 1), close: async () => {} };
}

/** A pipe or a device that has a path. What it has taken cannot be taken back, nor be made durable. */
export async function openDevice(name: string, path: string): Promise<Output> {
  const file = await meaning(name, openFile(path, 'a'));
  return { append: appendTo(name, file), close: () => closeFile(file) };
}

function appendTo(name: string, file: number): (text: string) => Promise<void> {
  return async (text) => {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await meaning(name, writeSome(file, bytes, written));
      written += bytesWritten;
    }
  };
}

/** A pipe that may not block: only a socket's writes wait for its reader. */
function pipeOutput(name: string, file: number): Output {
  const socket = new Socket({ fd: file, readable: false, writable: true });
  // The write's own callback tells; without a listener the same error would end the process.
  socket.on('error', () => {});
  return {
    async append(text) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.write(text, (error) => (error ? reject(error) : resolve()));
      await meaning(name, promise);
    },
    close: async () => {},
  };
}

async function meaning<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw outputError(name, error);
  }
}
