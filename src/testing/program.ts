import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Is given the process as soon as it is there, to do something to it. */
  readonly started?: (child: ChildProcess) => void;
}

export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs the built program in a process of its own, through pipes. Of the environment it sees what a shell needs, and `env`. */
export function runProgram(args: readonly string[], { cwd, env = {}, started }: ProgramOptions): Promise<ProgramResult> {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  const begun = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text) => {
      written[name] += text;
    });
  }
  started?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...written, ms: performance.now() - begun }));
  });
}
