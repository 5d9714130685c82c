import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type ProgramResult, runProgram } from '../../src/testing/program.ts';

/** A folder in which the built program is run, as a user would. */
export interface Place extends AsyncDisposable {
  readonly dir: string;
  /** Runs `kpi` with these arguments to its end. */
  kpi(args: readonly string[], options?: KpiOptions): Promise<ProgramResult>;
  /** Starts `kpi`. */
  start(args: readonly string[], options?: KpiOptions): Running;
  /** Runs a command of the shell, in which `$KPI` starts the program, to its end. */
  shell(script: string, options?: KpiOptions): Promise<ProgramResult>;
  write(file: string, content: string | object): void;
  read(file: string): string;
  /** The names in the folder, sorted; those of a folder in it. */
  files(folder?: string): readonly string[];
  /** Asks a database of it. */
  rows(sql: string, file?: string): readonly Row[];
}

export type Row = Readonly<Record<string, string | number | null>>;

interface KpiOptions {
  /** Besides the place's own; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves when the stream has said this. Rejects where the program ends before. */
  said(stream: 'stdout' | 'stderr', text: string): Promise<void>;
  readonly ended: Promise<ProgramResult>;
}

export const program = join(import.meta.dirname, '../../bin/run.js');

/** Makes a place with these files (an object is written as JSON), in which the program sees these variables. */
export function newPlace(files: Readonly<Record<string, string | object>>, env: Readonly<Record<string, string>> = {}): Place {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-e2e-'));
  const place: Place = {
    dir,
    kpi: (args, options) => place.start(args, options).ended,
    start(args, options) {
      let child!: ChildProcess;
      const started = (process: ChildProcess) => {
        child = process;
      };
      const ended = runProgram(args, { cwd: dir, env: given(env, options), started });
      return running(child, ended);
    },
    shell: (script, options) => runScript(script, dir, { ...given(env, options), KPI: `${process.execPath} ${program}` }),
    write(file, content) {
      const path = join(dir, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    },
    read: (file) => readFileSync(join(dir, file), 'utf8'),
    files: (folder = '.') => (existsSync(join(dir, folder)) ? readdirSync(join(dir, folder)).sort() : []),
    rows(sql, file = 'kpi.db') {
      const db = new DatabaseSync(join(dir, file), { readOnly: true });
      try {
        // Rows have no prototype, which `toEqual` would see.
        return db
          .prepare(sql)
          .all()
          .map((row) => ({ ...row }) as Row);
      } finally {
        db.close();
      }
    },
    async [Symbol.asyncDispose]() {
      rmSync(dir, { recursive: true, force: true });
    },
  };
  for (const [file, content] of Object.entries(files)) place.write(file, content);
  return place;
}

function given(env: Readonly<Record<string, string>>, options: KpiOptions = {}): Record<string, string> {
  const all: Record<string, string> = { ...env };
  for (const [name, value] of Object.entries(options.env ?? {})) {
    if (value === undefined) delete all[name];
    else all[name] = value;
  }
  return all;
}

function running(child: ChildProcess, ended: Promise<ProgramResult>): Running {
  const seen = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (text: string) => {
      seen[name] += text;
      for (const listener of listeners) listener();
    });
  }
  return {
    child,
    ended,
    said: (stream, text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (seen[stream].includes(text)) resolve();
        };
        look();
        listeners.add(look);
        ended.then(({ code }) => reject(new Error(`ended with ${code} before it said ${JSON.stringify(text)}:\n${seen.stderr}`)), reject);
      }),
  };
}

function runScript(script: string, cwd: string, env: Record<string, string>): Promise<ProgramResult> {
  const { PATH = '', HOME = '' } = process.env;
  const begun = performance.now();
  const child = spawn('sh', ['-c', script], { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text) => {
      written[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...written, ms: performance.now() - begun }));
  });
}

/** What differs from run to run, named; columns stand two blanks apart. */
export function steady(text: string): string {
  return text
    .replaceAll(/(?<=\s)(\d+ms|\d+\.\ds)(?=\s)/g, 'TOOK')
    .replaceAll(/(?<=\S) {2,}/g, '  ')
    .replaceAll(/\b\d{8}T\d{6}Z-[0-9a-f]{6}\b/g, 'RUN')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?Z/g, 'WHEN')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'WHEN');
}

/** Without its line breaks, which depend on the width. */
export function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
