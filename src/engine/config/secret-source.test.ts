import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSecret } from './secret-source.ts';

describe('findSecret', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kpi-secret-'));
    await writeFile(join(dir, 'token'), '  one\ntwo \r\n\n');
    await writeFile(join(dir, 'empty'), '\n');
  });
  afterAll(() => rm(dir, { recursive: true }));

  const find = (source: Parameters<typeof findSecret>[0], commandTimeoutMs?: number) =>
    findSecret(source, { dir, env: { ...process.env, GIVEN: 'from the environment' }, ...(commandTimeoutMs && { commandTimeoutMs }) });
  const node = (script: string) => ({ command: [process.execPath, '-e', script] });

  it('reads a file beside the config, without the line breaks at its end', async () => {
    expect(await find({ file: 'token' })).toEqual({ value: '  one\ntwo ' });
  });

  it('says why a file gives none', async () => {
    expect(await find({ file: 'gone' })).toEqual({ problem: 'the file gone cannot be read: it does not exist' });
    expect(await find({ file: '.' })).toEqual({ problem: 'the file . cannot be read: it is a folder' });
    expect(await find({ file: 'empty' })).toEqual({ problem: 'the file empty is empty' });
  });

  it('waits for no pipe', async () => {
    execFileSync('mkfifo', [join(dir, 'pipe')]);
    const problem = 'pipe is no regular file: a secret that comes by a pipe needs { "command": ["cat", "pipe"] }';
    expect(await find({ file: 'pipe' })).toEqual({ problem });
  });

  it('takes what a command prints, in the folder of the config, with the environment and without input', async () => {
    const script =
      'process.stdin.on("data", () => {}).on("end", () => console.log(` ${process.env.GIVEN} ${process.cwd().split("/").at(-1)} `))';
    expect(await find(node(script))).toEqual({ value: `from the environment ${dir.split('/').at(-1)}` });
  });

  it('uses no shell', async () => {
    expect(await find({ command: ['printf', '%s', '$HOME; `id`'] })).toEqual({ value: '$HOME; `id`' });
  });

  it('says why a command gives none, and nothing of what it printed', async () => {
    const failing = await find(node('console.log("s3cret"); console.error("s3cret"); process.exitCode = 7'));
    expect(failing).toEqual({ problem: `the command ${process.execPath} ended with exit code 7` });
    expect(await find({ command: ['no-such-program'] })).toEqual({
      problem: 'the command no-such-program could not be run: it does not exist',
    });
    expect(await find({ command: ['true'] })).toEqual({ problem: 'the command true printed nothing' });
    expect(await find(node('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)'))).toEqual({
      problem: `the command ${process.execPath} was ended by SIGTERM`,
    });
  });

  it('ends a command that does not', async () => {
    const stubborn = node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)');
    expect(await find(stubborn, 300)).toEqual({ problem: `the command ${process.execPath} did not end within 300ms` });
  });
});
