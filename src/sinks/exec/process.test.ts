import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Ended, runProgram } from './process.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-exec-'));
});
afterEach(() => {
  if (existsSync(join(dir, 'pid'))) killed(pidIn());
  rmSync(dir, { recursive: true });
});

const never = new AbortController().signal;

function run(script: string, more: { readonly input?: string; readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}) {
  const program = { name: 'sh', path: '/bin/sh', parameters: ['-c', script], dir, env: { PATH: process.env.PATH ?? '' } };
  return runProgram(program, more.input ?? 'a line\n', { timeoutMs: more.timeoutMs ?? 20_000, signals: [never, more.signal ?? never] });
}

const pidIn = () => Number(readFileSync(join(dir, 'pid'), 'utf8'));

/** Whether the process still runs: one that has ended may wait for its parent. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The system takes a moment to end what was killed. */
async function isGone(): Promise<void> {
  await vi.waitFor(() => expect(runs(pidIn())).toBe(false), 10_000);
}

function killed(pid: number): void {
  if (runs(pid)) process.kill(pid, 'SIGKILL');
}

/** More than any pipe holds. */
const large = 'x'.repeat(4_000_000);

describe('runProgram', () => {
  it('gives the program all of its input, and brings all of its output', async () => {
    const ended = await run('cat; echo "the last" >&2', { input: large });
    expect(ended).toEqual({ how: 'exit', code: 0, signal: null, readAll: true, answer: large, lastWords: 'the last' } satisfies Ended);
  });

  it.each([
    [0, 'exit 0'],
    [1, 'exec 0<&-; exit 1'],
  ])('sees that a program (exit code %i) has not read its input', async (code, script) => {
    expect(await run(script, { input: large })).toMatchObject({ how: 'exit', code, readAll: false });
  });

  it('says by which signal it was ended', async () => {
    expect(await run('kill -TERM $$')).toMatchObject({ how: 'signal', code: null, signal: 'SIGTERM' });
  });

  it('kills one that hangs, with all that it has started', async () => {
    const ended = await run('echo waiting >&2; sleep 600 & echo $! > pid; wait', { timeoutMs: 1500 });
    expect(ended).toMatchObject({ how: 'timeout', lastWords: 'waiting' });
    await isGone();
  });

  it('kills one that hangs without reading its input', async () => {
    expect(await run('echo $$ > pid; exec sleep 600', { timeoutMs: 1500, input: large })).toMatchObject({ how: 'timeout', readAll: false });
    await isGone();
  });

  it('kills one that floods its standard output', async () => {
    expect(await run('echo $$ > pid; exec yes')).toMatchObject({ how: 'flood' });
    await isGone();
  });

  it('lets one say as much as it will on its standard error, and keeps the end', async () => {
    const ended = await run('cat > all; head -c 3000000 /dev/zero | tr "\\0" "x" >&2; echo >&2; echo "the end" >&2');
    expect(ended).toMatchObject({ how: 'exit', code: 0, lastWords: 'the end' });
  });

  it('does not wait for a process that was left behind and holds the standard output', async () => {
    const ended = await run('cat > all; echo partly; sleep 600 & echo $! > pid');
    expect(ended).toMatchObject({ how: 'held', code: 0 });
    await isGone();
  });

  it('leaves alone what was left behind with an output of its own', async () => {
    const ended = await run('cat > all; echo mine; sleep 600 > other & echo $! > pid');
    expect(ended).toMatchObject({ how: 'exit', code: 0, answer: 'mine\n' });
    expect(runs(pidIn())).toBe(true);
  });

  it('ends with the run', async () => {
    const over = new AbortController();
    const ending = run('echo $$ > pid; exec sleep 600', { signal: over.signal });
    while (!existsSync(join(dir, 'pid')) || pidIn() === 0) await new Promise(setImmediate);
    over.abort();
    expect(await ending).toMatchObject({ how: 'cancelled' });
    await isGone();
    expect(await run('cat', { signal: over.signal })).toMatchObject({ how: 'cancelled' });
  });

  it('rejects with what the system says where it cannot be started', async () => {
    const limits = { timeoutMs: 1000, signals: [] };
    const program = { name: 'no', path: join(dir, 'no'), parameters: [], dir, env: {} };
    await expect(runProgram(program, '', limits)).rejects.toMatchObject({ code: 'ENOENT' });
    const long = { ...program, path: '/bin/sh', env: { LONG: 'x'.repeat(10_000_000) } };
    await expect(runProgram(long, '', limits)).rejects.toMatchObject({ code: 'E2BIG' });
  });
});
