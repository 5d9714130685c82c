import { close, constants, fstatSync, open, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { TransientError } from '../../sdk/errors.ts';
import { meaningLater, type Output, outputError } from './output.ts';

const openFile = promisify(open);
const writeSome = promisify(write);
const closeFile = promisify(close);

/** Standard output. It is never closed: it is not ours alone. */
export function openStdout(): Output {
  const name = 'standard output';
  const stats = fstatSync(1);
  return stats.isFIFO() || stats.isSocket() ? pipeOutput(name, 1) : { append: appendTo(name, 1), close: async () => {} };
}

/** A device that has a path. What it has taken cannot be taken back, nor be made durable. */
export async function openDevice(name: string, path: string): Promise<Output> {
  const file = await meaningLater(name, openFile(path, 'a'));
  return { append: appendTo(name, file), close: () => closeFile(file) };
}

/** Opens the same, and writes nothing to it, which tells of one that takes nothing. Throws what a run would be told; else it is true. */
export async function tryDevice(name: string, path: string): Promise<true> {
  const file = await meaningLater(name, openFile(path, 'a'));
  try {
    await meaningLater(name, writeSome(file, Buffer.alloc(0)));
    return true;
  } finally {
    await closeFile(file);
  }
}

/** A pipe that has a path. To open one that nobody reads would block until somebody does. https://man7.org/linux/man-pages/man7/fifo.7.html */
export async function openNamedPipe(name: string, path: string): Promise<Output> {
  const file = await openFile(path, constants.O_WRONLY | constants.O_NONBLOCK).catch((error) => {
    if (error.code !== 'ENXIO') throw outputError(name, error);
    throw new TransientError(`nobody reads the pipe ${name}: start what reads it first`, { kind: 'unavailable', cause: error });
  });
  return pipeOutput(name, file, (socket) => socket.destroy());
}

function appendTo(name: string, file: number): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) => {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await meaningLater(name, writeSome(file, bytes, written));
      written += bytesWritten;
    }
  };
}

/** A pipe that may not block: only a socket's writes wait for its reader. */
function pipeOutput(name: string, file: number, close: (socket: Socket) => void = () => {}): Output {
  const socket = new Socket({ fd: file, readable: false, writable: true });
  // The write's own callback tells; without a listener the same error would end the process.
  socket.on('error', () => {});
  return {
    async append(bytes) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      await meaningLater(name, promise);
    },
    close: async () => close(socket),
  };
}
