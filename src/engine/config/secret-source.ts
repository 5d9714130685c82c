import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SecretSource } from '../../sdk/secret.ts';
import { formatDuration } from '../../sdk/time.ts';
import type { Env } from './env.ts';
import { reasonOf } from './reason.ts';

/** The value of a secret, or why there is none: in words that hold nothing of what a file or command gave. */
export type Found = { readonly value: string } | { readonly problem: string };

interface Surroundings {
  /** What the paths are relative to, and where the command runs. */
  readonly dir: string;
  readonly env: Env;
  readonly commandTimeoutMs?: number;
}

/** Reads the file, or runs the command (without a shell, without input, in 10 s). */
export async function findSecret(source: SecretSource, surroundings: Surroundings): Promise<Found> {
  if ('file' in source) return await fromFile(source.file, surroundings);
  return await fromCommand(source.command, surroundings);
}

async function fromFile(file: string, { dir }: Surroundings): Promise<Found> {
  try {
    // A pipe would be waited for, and that cannot be ended.
    const found = await stat(resolve(dir, file));
    if (!found.isFile() && !found.isDirectory()) {
      return { problem: `${file} is no regular file: a secret that comes by a pipe needs { "command": ["cat", "${file}"] }` };
    }
    const value = (await readFile(resolve(dir, file), 'utf8')).replace(/[\r\n]+$/, '');
    return value === '' ? { problem: `the file ${file} is empty` } : { value };
  } catch (error) {
    return { problem: `the file ${file} cannot be read: ${reasonOf(error)}` };
  }
}

function fromCommand(command: readonly string[], { dir, env, commandTimeoutMs = 10_000 }: Surroundings): Promise<Found> {
  const [program = '', ...parameters] = command;
  return new Promise((done) => {
    const options = { cwd: dir, env: { ...env }, timeout: commandTimeoutMs, killSignal: 'SIGKILL', windowsHide: true } as const;
    const child = execFile(program, parameters, options, (error, stdout) => {
      const value = stdout.trim();
      if (!error) return done(value === '' ? { problem: `the command ${program} printed nothing` } : { value });
      if (error.killed) return done({ problem: `the command ${program} did not end within ${formatDuration(commandTimeoutMs)}` });
      if (typeof error.code === 'number') return done({ problem: `the command ${program} ended with exit code ${error.code}` });
      if (error.signal) return done({ problem: `the command ${program} was ended by ${error.signal}` });
      done({ problem: `the command ${program} could not be run: ${reasonOf(error)}` });
    });
    child.stdin?.on('error', () => {}); // a command that reads nothing may be gone before its input is closed
    child.stdin?.end();
  });
}
