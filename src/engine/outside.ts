import { fstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from './clock.ts';

/** A stream that people or programs read. */
export interface Out {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** It goes to a file, which nobody reads before the end. */
  readonly isFile: boolean;
}

/** All that the program takes from its surroundings. Tests give it others. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly host: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly stdout: Out;
  readonly stderr: Out;
  /** Calls `listener` on each SIGINT and SIGTERM, until the returned function is called. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /** Calls `listener` with each rejection that nobody handled, until the returned function is called. */
  onStrayRejection(listener: (reason: unknown) => void): () => void;
  /** Ends the process after so many milliseconds even when its main thread is stuck, until the returned function is called. */
  watch(ms: number): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** The surroundings of this process. */
export function processOutside(): Outside {
  return {
    env: process.env,
    cwd: process.cwd(),
    host: hostname(),
    pid: process.pid,
    clock: systemClock,
    stdout: out(process.stdout, 1),
    stderr: out(process.stderr, 2),
    onSignal(listener) {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    onStrayRejection(listener) {
      process.on('unhandledRejection', listener);
      process.on('uncaughtException', listener);
      return () => {
        process.off('unhandledRejection', listener);
        process.off('uncaughtException', listener);
      };
    },
    watch: watchThisProcess,
    exit: (code) => process.exit(code),
  };
}

function out(stream: NodeJS.WriteStream, descriptor: number): Out {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
    isFile: isFile(descriptor),
  };
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    // It is closed.
    return false;
  }
}

/** A thread of its own, since a stuck one cannot look at a clock. A handler of a signal would never run either, so it is a kill. */
function watchThisProcess(ms: number): () => void {
  const worker = new Worker(
    `const { writeSync } = require('node:fs');
     setTimeout(() => {
       writeSync(2, 'kpi: the program did not end in time and was stopped; the next run says what is missing\\n');
       process.kill(process.pid, 'SIGKILL');
     }, ${Math.ceil(ms)});`,
    { eval: true, stdout: false, stderr: false },
  );
  worker.unref();
  return () => void worker.terminate();
}
