import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/engine/clock.ts';
import { openOutbox } from '../src/engine/outbox.ts';
import { openLocalState } from '../src/engine/state.ts';
import { entriesOf, numbersOf, sample } from './children/entries.ts';
import { contentsAfter, contentsOf, nothing, random, stepAt } from './children/outbox-steps.ts';

/** Where children keep their compiled code: they start in a third of the time. */
const cache = mkdtempSync(join(tmpdir(), 'kpi-compiled-'));
const env = { ...process.env, NODE_COMPILE_CACHE: cache };
let dir: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  // Killed children write none.
  expect(spawnSync(process.execPath, [scripts.stepper, cache, '1', '0', '0'], { env }).status).toBe(0);
});
afterAll(() => {
  rmSync(cache, { recursive: true });
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-crash-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

const scripts = {
  stepper: fileURLToPath(new URL('./children/outbox-stepper.ts', import.meta.url)),
  filler: fileURLToPath(new URL('./children/outbox-filler.ts', import.meta.url)),
  storage: fileURLToPath(new URL('./children/storage.ts', import.meta.url)),
};

function start(script: string, ...given: readonly string[]) {
  const child = spawn(process.execPath, [script, ...given], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, ended, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

function open() {
  return openOutbox(dir, { maxBytes: 1e9, clock: systemClock });
}

describe('the outbox after kill -9', () => {
  const seed = 20_261_121;

  it('holds every change that was made, whole, and no other, at 20 moments', async () => {
    const chance = random(seed);
    let contents = nothing;
    let next = 0;
    for (let kill = 0; kill < 20; kill++) {
      const { child, ended, lines } = start(scripts.stepper, dir, String(seed), String(next), 'Infinity');
      const stop = next + 1 + Math.floor(chance() * 25);
      let heard = next - 1;
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        heard = Number(line.value);
        if (heard === stop) child.kill('SIGKILL');
      }
      await ended;
      expect(heard).toBeGreaterThanOrEqual(stop);
      for (; next <= heard; next++) contents = contentsAfter(contents, stepAt(seed, next));

      const outbox = await open();
      const found = await contentsOf(outbox, join(dir, 'outbox.db'));
      outbox.close();
      // The step under way is there as a whole, though nobody heard of it, or not at all.
      const one = contentsAfter(contents, stepAt(seed, next));
      if (JSON.stringify(found) !== JSON.stringify(contents)) {
        contents = one;
        next += 1;
      }
      expect(found).toEqual(contents);
    }
    expect(next).toBeGreaterThan(100);
  }, 60_000);
});

describe('the outbox of two processes', () => {
  it('gives the one that drains all that two others append, once and in order', async () => {
    const fillers = [0, 1_000_000].map((first) => start(scripts.filler, dir, 'influx', String(first), '60'));
    const outbox = await open();
    const delivered: number[] = [];
    let running = true;
    const ended = Promise.all(fillers.map((filler) => filler.ended)).then((codes) => {
      running = false;
      return codes;
    });
    for (;;) {
      const last = !running;
      const page = await outbox.read('influx', { limit: 70 });
      delivered.push(...numbersOf(page.map((row) => row.entry)));
      expect(await outbox.acknowledge(page.map((row) => row.id))).toBe(page.length);
      if (page.length === 0 && last) break;
      await systemClock.sleep(1);
    }
    expect(await ended).toEqual([0, 0]);
    for (const first of [0, 1_000_000]) {
      const mine = delivered.filter((number) => number >= first && number < first + 1_000_000);
      expect(mine).toEqual(numbersOf(entriesOf(first, 3000)));
    }
    expect(await outbox.counts()).toEqual([]);
    outbox.close();
  }, 30_000);
});

describe('a full disk', () => {
  interface Filled {
    readonly errors: readonly string[];
    readonly appended: number;
    readonly full: number;
    readonly remembered: number;
    readonly records: number;
    readonly afterwards: number;
  }

  // A limit on the size of files needs no rights, and fails each write that would pass it (EFBIG).
  it('is said in one sentence where no file may grow, and takes nothing that was stored', async () => {
    const command = `ulimit -f 2000; exec '${process.execPath}' '${scripts.storage}' fill '${dir}'`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' });
    const filled: Filled = JSON.parse(stdout || stderr);
    expect(filled.errors).toEqual([
      expect.stringMatching(
        /^OutboxUnavailableError: .*outbox\.db cannot be written \(disk I\/O error\): check its permissions and its disk/,
      ),
      expect.stringMatching(/^StorageError: .*state\.db cannot be written \(disk I\/O error\): check its permissions and its disk/),
    ]);
    expect(filled.appended).toBeGreaterThan(0);
    expect(filled.full).toBe(filled.appended);
    expect(filled.records).toBe(filled.remembered);

    const outbox = await open();
    const rows = await outbox.read('store', { limit: 1e6 });
    expect(rows.map((row) => row.entry)).toEqual(Array.from({ length: filled.appended / 100 }, (_, n) => entriesOf(n * 100, 100)).flat());
    await outbox.append('store', entriesOf(filled.appended, 100), () => sample);
    expect((await outbox.counts())[0]?.pending).toBe(filled.appended + 100);
    outbox.close();
    const state = await openLocalState(dir, { clock: systemClock });
    expect(await state.list('run')).toHaveLength(filled.remembered);
    await state.close();
  }, 30_000);

  it('is said in one sentence where not even an empty file fits', () => {
    const command = `ulimit -f 0; exec '${process.execPath}' '${scripts.storage}' open '${join(dir, 'notes.db')}'`;
    const { stdout } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' });
    expect(stdout).toMatch(
      /^ConfigError: .*notes\.db cannot be written \(disk I\/O error\): check its permissions and its disk, or set run\.stateDir/,
    );
  });

  // A file system in memory, in a namespace of its own: it goes with the process.
  function inNamespace(command: string) {
    return spawnSync('sh', ['-c', 'exec unshare -rm sh -c "$1"', 'sh', command], { env, encoding: 'utf8' });
  }
  const mount = `mount -t tmpfs -o size=2m none '$DIR'`;
  const mountable = (() => {
    const probe = mkdtempSync(join(tmpdir(), 'kpi-mount-'));
    const { status } = inNamespace(mount.replace('$DIR', probe));
    rmSync(probe, { recursive: true });
    return status === 0;
  })();

  it.runIf(mountable)(
    'is said in one sentence, takes nothing that was stored, and is over when there is room again',
    () => {
      mkdirSync(join(dir, 'disk'));
      const command = `${mount.replace('$DIR', join(dir, 'disk'))} && exec '${process.execPath}' '${scripts.storage}' fill '${join(dir, 'disk', 'kpi')}' 1`;
      const { stdout, stderr } = inNamespace(command);
      const filled: Filled = JSON.parse(stdout || stderr);
      expect(filled.errors).toEqual([
        expect.stringMatching(/^OutboxUnavailableError: .*outbox\.db cannot grow \(database or disk is full\): free space on its disk/),
        expect.stringMatching(/^StorageError: .*state\.db cannot grow \(database or disk is full\): free space on its disk/),
      ]);
      expect(filled.full).toBe(filled.appended);
      expect(filled.records).toBe(filled.remembered);
      expect(filled.afterwards).toBe(filled.appended + 100);
    },
    30_000,
  );
});
