import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../sdk/errors.ts';
import { createSinkContext } from '../../testing/sink-context.ts';
import { file } from './index.ts';

/** Writes `batches` batches of 100 points to `path` in a process of its own, and tells on standard error what came of it. */
const script = `
import { fstatSync, writeSync } from 'node:fs';
import { file } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
import { createSinkContext } from ${JSON.stringify(new URL('../../testing/sink-context.ts', import.meta.url).href)};
const [path, batches, touched, more] = process.argv.slice(1);
if (touched === 'touched' && !process.stdout.writable) throw new Error('standard output is closed');
const time = new Date('2026-11-21T20:00:00.000Z');
const numbers = { name: 'numbers', help: 'x', time: 'snapshot', tags: { place: 'x' }, fields: { level: { kind: 'gauge' } } };
const place = process.env.PLACE ?? 'x'.repeat(100);
const settings = file.settings.parse({ path, ...JSON.parse(more ?? '{}') });
let open;
while (open === undefined) {
  // As the outlet does: a pipe's reader may take a moment.
  open = await file.open(settings, createSinkContext({ measurements: [numbers] })).catch((error) => {
    if (error.name !== 'TransientError') throw error;
  });
  await new Promise(setImmediate);
}
let level = 0;
let told = 'all';
for (let batch = 0; batch < Number(batches); batch++) {
  const entries = Array.from({ length: 100 }, () => ({
    point: { measurement: 'numbers', tags: { place }, fields: { level: level++ }, time },
    runId: 'run-1', collectedAt: time, provisional: false,
  }));
  try {
    await open.write(entries);
  } catch (error) {
    told = batch + ' ' + error.name + ': ' + error.message;
    break;
  }
}
await open.close();
await new Promise(setImmediate);
try {
  fstatSync(1);
} catch (error) {
  told += ', closed: ' + error.code;
}
writeSync(2, told);
`;

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-stream-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const node = (path: string, batches: number, touched = '', more: object = {}) => {
  return ['--input-type=module', '-e', script, '--', path, String(batches), touched, JSON.stringify(more)];
};

/** Runs the script at the end of a shell's line, in which `$@` starts it. */
function inShell(line: string, path: string, batches: number, touched = '', more: object = {}) {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', line, 'sh', process.execPath, ...node(path, batches, touched, more)], {
    cwd: dir,
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return { stdout, stderr, status };
}

function levelsIn(text: string): number[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line).fields.level);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('standard output', () => {
  it.each(['', 'touched'])('as a pipe whose reader is slow, %s by others', (touched) => {
    const { stdout, stderr } = inShell('"$@" | (sleep 0.3; cat)', '-', 30, touched);
    expect(stderr).toBe('all');
    expect(levelsIn(stdout)).toEqual(upTo(3000));
  });

  it('as a socket, whose reader is slow', async () => {
    const child = spawn(process.execPath, node('-', 30, 'touched'), { stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    const told: Buffer[] = [];
    child.stdout.on('data', (part) => {
      parts.push(part);
      child.stdout.pause();
      setImmediate(() => child.stdout.resume());
    });
    child.stderr.on('data', (part) => told.push(part));
    await new Promise((resolve) => child.on('close', resolve));
    expect(Buffer.concat(told).toString()).toBe('all');
    expect(levelsIn(Buffer.concat(parts).toString())).toEqual(upTo(3000));
  });

  it('as a file', () => {
    const { stderr } = inShell('"$@" > points.ndjson', '-', 3);
    expect(stderr).toBe('all');
    expect(levelsIn(readFileSync(join(dir, 'points.ndjson'), 'utf8'))).toEqual(upTo(300));
  });

  it('as lines of InfluxDB that hold no command to the runner of GitHub', () => {
    const line = 'export PLACE="##[add-path]/tmp"; "$@"';
    const format = 'line-protocol';
    expect(inShell(`${line} | head -n 1`, '-', 1, '', { format }).stdout).toMatch(/^numbers,place=##␛\.\[add-path\]\/tmp level=0 \d+\n$/);
    expect(inShell(`${line}; head -n 1 points.lp`, 'points.lp', 1, '', { format }).stdout).toContain('place=##[add-path]/tmp ');
  });

  it('as a file on a full disk', () => {
    const { stderr } = inShell('"$@" > /dev/full', '-', 3);
    expect(stderr).toBe('0 PermanentError: standard output cannot grow, the disk is full: make room and run again');
  });
});

describe('standard output, compressed', () => {
  it('is what zcat reads', () => {
    const { stdout, stderr } = inShell('"$@" | zcat', '-', 3, '', { gzip: true });
    expect(stderr).toBe('all');
    expect(levelsIn(stdout)).toEqual(upTo(300));
  });
});

describe('what is not a file of its own', () => {
  it('is a pipe whose reader goes away: the sink ends, and standard output stays open', () => {
    const { stdout, stderr } = inShell('"$@" | head -n 1', '-', 3000);
    expect(levelsIn(stdout)).toEqual([0]);
    expect(stderr).toMatch(/^\d+ PermanentError: standard output was closed by its reader$/);
  });

  it('is a named pipe', () => {
    const { stdout, stderr } = inShell('mkfifo pipe; cat pipe & "$@"; wait', 'pipe', 30);
    expect(stderr).toBe('all');
    expect(levelsIn(stdout)).toEqual(upTo(3000));
  });

  it('is a named pipe that nobody reads: it says so at once, where it would have waited for ever', async () => {
    const path = join(dir, 'pipe');
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    const failure = await file.open(file.settings.parse({ path }), createSinkContext({ measurements: [] })).catch((error) => error);
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure.message).toBe(`nobody reads the pipe ${path}: start what reads it first`);
  });

  it('is a named pipe whose reader goes away', () => {
    const { stderr } = inShell('mkfifo pipe; head -n 1 pipe & "$@"; wait', 'pipe', 3000);
    expect(stderr).toMatch(/^\d+ PermanentError: pipe was closed by its reader$/);
  });

  it('is a named pipe whose reader is slow, and takes gzip', () => {
    const { stdout, stderr } = inShell('mkfifo pipe; (sleep 0.3; zcat) < pipe & "$@"; wait', 'pipe', 30, '', { gzip: true });
    expect(stderr).toBe('all');
    expect(levelsIn(stdout)).toEqual(upTo(3000));
  });
});

describe('a file that may not grow', () => {
  it('has no half line, and takes the rest when it may grow again', () => {
    // The system writes the part of the batch that fits, then refuses.
    const { stderr } = inShell('trap "" XFSZ; ulimit -f 64; "$@"', 'points.ndjson', 30);
    const [, batch, message] = /^(\d+) PermanentError: (.*)$/.exec(stderr) ?? [];
    expect(message).toBe('points.ndjson cannot grow, it is as large as a file may be here: move it away and run again');
    const path = join(dir, 'points.ndjson');
    const acknowledged = upTo(Number(batch) * 100);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(levelsIn(readFileSync(path, 'utf8'))).toEqual(acknowledged);
    const size = statSync(path).size;
    expect(inShell('"$@"', 'points.ndjson', 1).stderr).toBe('all');
    expect(statSync(path).size).toBeGreaterThan(size);
    expect(levelsIn(readFileSync(path, 'utf8'))).toEqual([...acknowledged, ...upTo(100)]);
  });
});
