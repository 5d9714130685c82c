import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { gauge, measurement, text } from '../../sdk/index.ts';
import { findingsOf } from '../../testing/contract/check.ts';
import { createSinkContext, entryOf, type StoredRow, sinkContract } from '../../testing/contract/sink.ts';
import { exec } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const store = fileURLToPath(new URL('../../../test/children/exec-store.js', import.meta.url));

sinkContract(exec, {
  async start() {
    const dir = mkdtempSync(join(tmpdir(), 'kpi-exec-'));
    const file = join(dir, 'points.ndjson');
    return {
      settings: { command: [process.execPath, store, file], batch: 5000 },
      read: async () => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map(rowOf) : []),
      async interrupt() {
        writeFileSync(`${file}.away`, '');
        return async () => rmSync(`${file}.away`);
      },
      async refuse() {
        writeFileSync(`${file}.refuses`, '');
        const entries = [1, 2].map((level) => entryOf({ tags: { place: 'refused' }, fields: { level }, time: now, collectedAt: now }));
        return { measurements: [], entries, reason: /^nobody takes "refused"$/ };
      },
      close: async () => rmSync(dir, { recursive: true }),
    };
  },
});

function rowOf(line: string): StoredRow {
  const { time, collectedAt, ...row } = JSON.parse(line);
  return { ...row, time: new Date(time), collectedAt: new Date(collectedAt) };
}

const numbers = measurement('numbers', {
  help: 'Numbers.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { level: gauge(), words: text() },
});
const one = entryOf({ measurement: 'numbers', fields: { level: 1.5, words: 'a\n"b"' }, time: now, collectedAt: now, provisional: true });

/** What the sink gives a program that copies it into a file, and what that finds in its environment. */
async function given(
  settings: object,
): Promise<{ readonly lines: string; readonly env: Readonly<Record<string, string>>; readonly dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-exec-'));
  try {
    const script = 'cat > lines; env -0 > variables; pwd > dir';
    const context = createSinkContext({ measurements: [numbers], dir, instance: 'mine', programEnv: { PATH: process.env.PATH ?? '' } });
    const to = await exec.open(exec.settings.parse({ command: ['sh', '-c', script], ...settings }), context);
    expect(await to.write([one, one])).toEqual([]);
    await to.close();
    const read = (name: string) => readFileSync(join(dir, name), 'utf8');
    const env = Object.fromEntries(
      read('variables')
        .split('\0')
        .filter((pair) => pair !== '')
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
    expect(read('dir').trim()).toBe(dir);
    return { lines: read('lines'), env, dir };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('exec', () => {
  it('gives the program the lines of the file sink', async () => {
    const line =
      '{"measurement":"numbers","tags":{"place":"here"},"fields":{"level":1.5,"words":"a\\n\\"b\\""},"time":"2026-11-21T20:00:00.000Z","runId":"run-1","collectedAt":"2026-11-21T20:00:00.000Z","provisional":true}\n';
    expect((await given({})).lines).toBe(line + line);
  });

  it('leaves out the kinds that are not wanted', async () => {
    const { lines } = await given({ kinds: ['gauge'] });
    expect(JSON.parse(lines.split('\n')[0] as string).fields).toEqual({ level: 1.5 });
    expect(exec.accepts(exec.settings.parse({ command: ['x'], kinds: ['gauge'], rerun: 'merges', batch: 7 }))).toEqual({
      timestamps: 'any',
      rerun: 'merges',
      kinds: ['gauge'],
      batch: { entries: 7 },
    });
  });

  it('lets the program see what it needs, what the config names, and nothing else of the environment', async () => {
    expect(process.env.VITEST).toBeDefined();
    const { env } = await given({ env: { STORE: 'a b' }, secrets: { STORE_TOKEN: 'a-secret-of-the-store' } });
    // The shell adds these by itself.
    const { PWD: _, OLDPWD: __, SHLVL: ___, _: ____, ...own } = env;
    expect(own).toEqual({
      PATH: process.env.PATH,
      STORE: 'a b',
      STORE_TOKEN: 'a-secret-of-the-store',
      KPI_FORMAT: '1',
      KPI_SINK: 'mine',
      KPI_LINES: '2',
    });
  });

  it('starts no program for no points', async () => {
    const context = createSinkContext({ measurements: [numbers], programEnv: { PATH: process.env.PATH ?? '' } });
    const to = await exec.open(exec.settings.parse({ command: ['false'] }), context);
    expect(await to.write([])).toEqual([]);
    await expect(to.write([one])).rejects.toThrow('false ended with exit code 1, without a word on its standard error');
  });

  it('runs nothing when it is checked', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kpi-exec-'));
    writeFileSync(join(dir, 'store'), '#!/bin/sh\ntouch was-run\n', { mode: 0o755 });
    const check = (command: readonly string[]) =>
      findingsOf(exec.check?.(exec.settings.parse({ command }), createSinkContext({ measurements: [numbers], dir })));
    expect(await check(['./store'])).toEqual({
      error: undefined,
      findings: [
        {
          check: 'access',
          status: 'ok',
          message: `the program ./store (${join(dir, 'store')}) is there and may be run; it was not run`,
        },
      ],
    });
    expect(String((await check(['./stores'])).error)).toContain(`there is no program ./stores at ${join(dir, 'stores')}: check "command"`);
    expect(existsSync(join(dir, 'was-run'))).toBe(false);
    rmSync(dir, { recursive: true });
  });
});
