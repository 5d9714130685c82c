import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../sdk/errors.ts';

export interface RunFileOptions {
  readonly runId: string;
  /** Takes the secrets out of every line. */
  redact(text: string): string;
  /** How many runs' files stay; default 100. */
  readonly keep?: number;
}

/** Everything that went wrong in a run, one JSON object a line, where the report has only the first of them. */
export interface RunFile {
  readonly path: string;
  /** Adds a line. Where the disk does not take it, the line is missing as a whole and `failure` says so. */
  write(record: object): void;
  /** Why lines are missing, in one sentence; undefined when none is. */
  readonly failure: string | undefined;
  close(): void;
}

/** `runs/<id>.ndjson` in `dir`: made with the first line, and with it the oldest files of earlier runs go. Opens nothing by itself. */
export function openRunFile(dir: string, { runId, redact, keep = 100 }: RunFileOptions): RunFile {
  const folder = join(dir, 'runs');
  const path = join(folder, `${runId}.ndjson`);
  let file: number | undefined;
  let size = 0;
  let failure: string | undefined;

  function open(): number {
    mkdirSync(folder, { recursive: true });
    const opened = openSync(path, 'a');
    size = fstatSync(opened).size;
    prune(folder, `${runId}.ndjson`, keep);
    return opened;
  }

  function lineOf(record: object): string {
    const line = JSON.stringify(record, (_key, value) => (typeof value === 'string' ? redact(value) : value));
    // A secret may also be a key, or a number. What is left of such a record is text, so that the line stays JSON.
    const clean = redact(line);
    return `${clean === line ? line : JSON.stringify({ record: clean })}\n`;
  }

  return {
    path,
    get failure() {
      return failure;
    },
    write(record) {
      try {
        file ??= open();
        const line = Buffer.from(lineOf(record));
        try {
          if (writeSync(file, line) < line.length) throw new Error('the disk is full');
          size += line.length;
        } catch (error) {
          ftruncateSync(file, size);
          throw error;
        }
      } catch (error) {
        failure ??= `${path} lacks problems of this run (${messageOf(error)}): check the disk and the folder's permissions`;
      }
    },
    close() {
      if (file === undefined) return;
      closeSync(file);
      file = undefined;
    },
  };
}

/** Removes all but this run's file and the newest others. Another run may do the same at the same time. */
function prune(folder: string, own: string, keep: number): void {
  const others = readdirSync(folder).filter((name) => name.endsWith('.ndjson') && name !== own);
  if (others.length < keep) return;
  const changed = others.map((name) => {
    const path = join(folder, name);
    return { path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  changed.sort((a, b) => b.at - a.at || (a.path < b.path ? 1 : -1));
  for (const { path } of changed.slice(keep - 1)) rmSync(path, { force: true });
}
