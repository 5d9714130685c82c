import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunReport } from '../sdk/report.ts';
import { createRedactor } from './redact.ts';
import { reportFile, reportText, writeReportFile } from './report-file.ts';
import { UsageError } from './usage-error.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-report-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe('reportFile', () => {
  it('is relative to the working directory', () => {
    expect(reportFile('report.json', dir)).toBe(join(dir, 'report.json'));
  });

  it('refuses a folder, and a folder that is not there', () => {
    expect(() => reportFile('.', dir)).toThrow(new UsageError('--report . is a folder: name a file'));
    const missing = `--report no/report.json: the folder ${join(dir, 'no')} is not there, or cannot be written to`;
    expect(() => reportFile('no/report.json', dir)).toThrow(new UsageError(missing));
  });
});

describe('reportText', () => {
  it('is JSON without secrets, also where a secret is a number', () => {
    const redactor = createRedactor();
    redactor.add('12345678');
    redactor.add('a "quoted" secret');
    const report = {
      schemaVersion: 1,
      window: null,
      dryRun: false,
      providers: [
        { name: 'github', quota: { remaining: 12345678 }, ms: 123456789, points: 7, problems: [{ message: 'no "a "quoted" secret"' }] },
      ],
    };
    expect(JSON.parse(reportText(report as unknown as RunReport, redactor))).toEqual({
      schemaVersion: 1,
      window: null,
      dryRun: false,
      providers: [{ name: 'github', quota: { remaining: '***' }, ms: '***9', points: 7, problems: [{ message: 'no "***"' }] }],
    });
  });
});

describe('writeReportFile', () => {
  it('replaces what is there as a whole', () => {
    const file = join(dir, 'report.json');
    writeFileSync(file, 'a longer text than the new one');
    writeReportFile(file, 'new\n');
    expect(readFileSync(file, 'utf8')).toBe('new\n');
    expect(readdirSync(dir)).toEqual(['report.json']);
  });

  it('leaves nothing behind where it fails', () => {
    mkdirSync(join(dir, 'taken', 'deep'), { recursive: true });
    expect(() => writeReportFile(join(dir, 'no', 'report.json'), 'x')).toThrow('ENOENT');
    expect(readdirSync(dir)).toEqual(['taken']);
  });

  it('writes to a pipe, and does not put a file in its place', async () => {
    const pipe = join(dir, 'pipe');
    await once(spawn('mkfifo', [pipe]), 'close');
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    const read = text(reader.stdout);
    writeReportFile(pipe, 'through\n');
    expect(await read).toBe('through\n');
    expect(statSync(pipe).isFIFO()).toBe(true);
  });
});
