import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ignoredIn } from './texts.ts';

/** A file that runs make, as an answer names it. */
interface MadeFile {
  /** As it was answered. */
  readonly given: string;
  /** Relative to the folder of the config, in its shortest spelling, with `/`; undefined where it is not in that folder. */
  readonly inside: string | undefined;
  /** The folder that must be there before a run can make it; absolute. */
  readonly folder: string;
}

interface MadeOptions {
  readonly cwd: string;
  /** There is a repository, whose `.gitignore` this is. */
  readonly ignored?: string;
  readonly workflow: boolean;
}

/** What to do about the files that runs make. */
interface MadeFiles {
  /** For `state-files` of the action. */
  readonly state: readonly string[];
  /** For `.gitignore`. */
  readonly ignore: readonly string[];
  /** Empty files, relative to the config, that make git keep the folders which runs need. */
  readonly keep: readonly string[];
  /** What the user must know. */
  readonly notes: readonly string[];
}

/** What SQLite and kpi have beside a file while they write it. */
const beside = ['', '-wal', '-shm', '-journal', '.lock'];

/** Nothing that the action would refuse, or that is no plain text of a line in YAML. */
const unfit = /^\.$|[:\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]|^-|^\s|\s$|(^|\/)\.git(\/|$)|(-wal|-shm|-journal|\.lock)$/u;

export function madeFilesOf(answers: readonly string[], options: MadeOptions): MadeFiles {
  const { cwd, workflow } = options;
  const state: string[] = [];
  const ignore: string[] = [];
  const keep: string[] = [];
  const notes: string[] = [];
  const known = ignoredIn(options.ignored ?? '');
  const byHand = workflow ? 'git and the workflow are' : 'git is';
  // Standard output is no file.
  for (const file of answers.filter((one) => one !== '-' && one !== '').map((given) => madeFile(given, cwd))) {
    const { given, inside, folder } = file;
    if (given.includes('${')) {
      notes.push(`${given} is known when a run begins, so ${byHand} not told of it: see .gitignore${workflow ? ', and state-files' : ''}`);
      continue;
    }
    if (inside === undefined) {
      if (workflow) notes.push(`${given} is not in the folder of the config: a workflow cannot keep it, and each run begins without it`);
      if (!existsSync(folder)) notes.push(`${folder} is not there: make that folder before the first run`);
      continue;
    }
    if (options.ignored !== undefined && !known.has(escaped(inside)) && isForeignFolder(join(cwd, inside))) {
      notes.push(
        `${given} is a folder with files in it already, so ${byHand} not told to take what runs write there: choose another, or say it`,
      );
      continue;
    }
    if (workflow && isUnfit(inside))
      notes.push(`${given} has a name that the workflow cannot keep, so each run begins without it: choose another`);
    else state.push(inside);
    if (isUnfit(inside)) notes.push(`${given} has a name that is not put into .gitignore: keep it out of git yourself`);
    else ignore.push(...beside.map((end) => `/${escaped(`${inside}${end}`)}`));
    if (folder !== cwd && folder !== join(cwd, '.kpi') && isBare(folder))
      keep.push(`${relative(cwd, folder).split(sep).join('/')}/.gitkeep`);
  }
  return { state: unique(state), ignore: unique(ignore), keep: unique(keep), notes: unique(notes) };
}

function madeFile(given: string, cwd: string): MadeFile {
  const path = resolve(cwd, given);
  const inside = relative(cwd, path).split(sep).join('/');
  return { given, inside: inside === '..' || inside.startsWith('../') ? undefined : inside || '.', folder: dirname(path) };
}

function isUnfit(inside: string): boolean {
  return unfit.test(inside) || !inside.isWellFormed() || inside.split('/').some((part) => Buffer.byteLength(part) > 255);
}

/** Somebody's own, such as `src`. */
function isForeignFolder(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  return readdirSync(path).length > 0;
}

/** Not there, or without anything that would make git know of it. */
function isBare(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

/** https://git-scm.com/docs/gitignore#_pattern_format */
function escaped(path: string): string {
  return path.replaceAll(/[\\*?[]/g, '\\$&');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
