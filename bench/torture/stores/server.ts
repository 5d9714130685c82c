import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, globSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server of this machine: how it is started, and when it is ready. */
export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly dir: string;
  readonly owner?: Owner | undefined;
  isReady(): Promise<boolean>;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A server that can be stopped and started again with what it has stored. */
export interface Running {
  start(): Promise<void>;
  /** In turn as a power failure does it, by SIGKILL, and in order. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** What a server may take to be ready on a machine that is busy, and looks through its log after a crash. */
const startMs = 60_000;

export async function startServer({ path, args, dir, owner, isReady }: Program): Promise<Running> {
  const log = join(dir, 'log');
  const output = openSync(log, 'a');
  let child: ChildProcess | undefined;
  let stopped = 0;

  async function start(): Promise<void> {
    const began = performance.now();
    for (let isIt = false; !isIt; ) {
      // PostgreSQL ends at once while what its last one left is still ending.
      if (!child || hasEnded(child)) child = spawn(path, args, { ...owner, cwd: dir, stdio: ['ignore', output, output] });
      await sleep(50);
      isIt = !hasEnded(child) && (await isReady().catch(() => false));
      if (performance.now() - began > startMs)
        throw new Error(`${path} was not ready within ${startMs / 1000} s: ${readFileSync(log, 'utf8')}`);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async function close(): Promise<void> {
    await end('SIGINT');
    closeSync(output);
  }

  await start();
  return { start, stop: () => end(stopped++ % 2 === 0 ? 'SIGKILL' : 'SIGINT'), close };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** The program's path; undefined where it is not installed. `places` are folders of it besides the PATH, as a pattern. */
export function findProgram(program: string, places?: string): string | undefined {
  const folders = [...(places === undefined ? [] : globSync(places).sort().reverse()), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whose process a server must be that refuses to run as root. */
export function ownerNamed(user: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
