import { type ChildProcess, spawn } from 'node:child_process';
import type { Program } from './program.ts';
import { createTail } from './tail.ts';

/** How a program ended. */
export interface Ended {
  /** `held`: it ended, and a process that it had started keeps its standard output open. The last three were killed. */
  readonly how: 'exit' | 'signal' | 'held' | 'timeout' | 'cancelled' | 'flood';
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it took all of its input. */
  readonly readAll: boolean;
  /** What it wrote to its standard output. */
  readonly answer: string;
  /** The last line that it wrote to its standard error, whole; empty where there is none. */
  readonly lastWords: string;
}

export interface Limits {
  readonly timeoutMs: number;
  /** Each of them ends it. */
  readonly signals: readonly AbortSignal[];
}

/** Far more than the refusals of the largest batch. */
export const mostAnswerBytes = 16 * 1024 * 1024;
/** What a process that was left behind has to close the output, or to say its last. */
const heldMs = 2000;
const lastWordsMs = 200;
/** The system may need a moment for one that was killed. */
const killMs = 1000;

/**
 * Gives a program its input, and waits for its end: never longer than the time limit and a moment. It is the first of a group of
 * processes, so that what it has started is killed with it. Rejects with the system's error where it cannot be started.
 */
export async function runProgram({ path, parameters, dir, env }: Program, input: string, limits: Limits): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const child = spawn(path, parameters, { cwd: dir, env: { ...env }, stdio: 'pipe', detached: true, windowsHide: true });
  const answer: Buffer[] = [];
  const lastWords = createTail();
  const over = new AbortController();
  let answerBytes = 0;
  let stopped: 'timeout' | 'cancelled' | 'flood' | 'held' | undefined;

  function settle(): void {
    const { exitCode: code, signalCode: signal } = child;
    const how = stopped ?? (signal === null ? 'exit' : 'signal');
    const readAll = child.stdin.writableFinished;
    resolve({ how, code, signal, readAll, answer: Buffer.concat(answer).toString(), lastWords: lastWords.line() });
  }

  function stop(why: NonNullable<typeof stopped>): void {
    if (stopped) return;
    stopped = why;
    killGroup(child);
    after(killMs, settle);
    if (hasEnded()) settle();
  }

  function hasEnded(): boolean {
    return child.exitCode !== null || child.signalCode !== null;
  }

  child.on('error', reject);
  // What goes wrong with a pipe shows in how the program ends.
  for (const pipe of child.stdio) pipe?.on('error', () => {});
  child.stdout.on('data', (part: Buffer) => {
    answerBytes += part.length;
    if (answerBytes > mostAnswerBytes) stop('flood');
    else answer.push(part);
  });
  child.stderr.on('data', lastWords.add);
  child.on('exit', () => {
    if (stopped) settle();
    else after(heldMs, () => (child.stdout.readableEnded ? settle() : stop('held')));
    if (child.stdout.readableEnded) after(lastWordsMs, settle);
    else child.stdout.once('end', () => after(lastWordsMs, settle));
  });
  child.on('close', settle);
  const cancel = () => stop('cancelled');
  for (const signal of limits.signals) signal.addEventListener('abort', cancel, { signal: over.signal });
  after(limits.timeoutMs, () => {
    if (!hasEnded()) stop('timeout');
  });
  if (limits.signals.some((signal) => signal.aborted)) cancel();
  child.stdin.end(input);
  try {
    return await promise;
  } finally {
    over.abort();
    for (const pipe of child.stdio) pipe?.destroy();
    child.unref();
  }

  /** Where this process was busy meanwhile, what has come is heard first. */
  function after(ms: number, work: () => void): void {
    AbortSignal.timeout(ms).addEventListener('abort', () => setImmediate(work), { signal: over.signal });
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // There are no groups in Windows, and none is left where all have ended.
    child.kill('SIGKILL');
  }
}
