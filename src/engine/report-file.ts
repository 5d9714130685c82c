import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { RunReport } from '../sdk/report.ts';
import type { Redactor } from './redact.ts';
import { UsageError } from './usage-error.ts';

/** Where `--report` goes, absolute. Throws `UsageError` where nothing could be written in the end. */
export function reportFile(text: string, cwd: string): string {
  const file = resolve(cwd, text);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`--report ${text} is a folder: name a file`);
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new UsageError(`--report ${text}: the folder ${dirname(file)} is not there, or cannot be written to`);
  }
  return file;
}

/** The report as JSON without secrets. Each value by itself: in the finished text a number could be taken for one, and leave no JSON. */
export function reportText(report: RunReport, redactor: Redactor): string {
  return JSON.stringify(redacted(report, redactor));
}

function redacted(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (typeof value === 'number') return redactor.holds(String(value)) ? redactor.text(String(value)) : value;
  if (Array.isArray(value)) return value.map((one) => redacted(one, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [redactor.text(key), redacted(one, redactor)]));
}

/** Writes the whole text, or leaves what was there as it was. */
export function writeReportFile(file: string, text: string): void {
  // A device or a pipe, such as /dev/stderr, is written to and never replaced.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(file, text);
    return;
  }
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
