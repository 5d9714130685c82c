import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StateStore } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { systemClock } from './clock.ts';
import { acquireLease, type Lease, type LeaseOptions, processIsAlive, processStart } from './lease.ts';
import { openLocalState } from './state.ts';

let dir: string;
let store: StateStore;
let clock: ReturnType<typeof createTestClock>;
const taken: Lease[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-lease-'));
  store = await openLocalState(dir, { clock: systemClock });
  clock = createTestClock();
});
afterEach(async () => {
  vi.useRealTimers();
  for (const lease of taken.splice(0)) await lease.release().catch(() => {});
  await store.close();
  rmSync(dir, { recursive: true });
});

async function acquire(runId: string, options: Partial<LeaseOptions> = {}, on = store) {
  const lease = await acquireLease(on, { name: 'provider/github', runId, host: 'here', pid: 7, clock, isAlive: () => true, ...options });
  if ('heldBy' in lease) return lease.heldBy;
  taken.push(lease);
  return lease;
}

async function held(runId: string, options: Partial<LeaseOptions> = {}, on = store): Promise<Lease> {
  const lease = await acquire(runId, options, on);
  if (typeof lease === 'string') throw new Error(`held by ${lease}`);
  return lease;
}

describe('acquireLease', () => {
  it('is had by one run at a time, and given back', async () => {
    const first = await held('run-1');
    expect(await acquire('run-2')).toBe('run-1');
    expect(typeof (await acquire('run-2', { name: 'provider/nuget' }))).toBe('object');
    await first.release();
    await first.release();
    expect(typeof (await acquire('run-3'))).toBe('object');
  });

  it('is held by a beat every 15 s, and is anybody else’s 60 s after the last', async () => {
    const first = await held('run-1');
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(15_000);
      expect(await first.beat()).toBe(true);
    }
    clock.advance(59_999);
    expect(await acquire('run-2')).toBe('run-1');
    clock.advance(1);
    expect(typeof (await acquire('run-2'))).toBe('object');
  });

  it('beats by its own timer, which stops with the release', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const lease = await held('run-1');
    const version = async () => (await store.read('lease', 'provider/github'))?.version ?? 0;
    const before = await version();
    vi.advanceTimersByTime(14_999);
    expect(await lease.beat()).toBe(true);
    const beaten = await version();
    expect(beaten).toBe(before + 1);
    vi.advanceTimersByTime(1);
    await vi.waitFor(async () => expect(await version()).toBe(beaten + 1));
    await lease.release();
    expect(vi.getTimerCount()).toBe(0);
    expect(await version()).toBe(0);
  });

  it('tells the run that lost it, once, and takes nothing from the one that has it now', async () => {
    const lost = vi.fn();
    const first = await held('run-1', { onLost: lost });
    clock.advance(60_000);
    const second = await held('run-2');
    expect(await first.beat()).toBe(false);
    expect(await first.beat()).toBe(false);
    expect(first.lost).toBe(true);
    expect(lost).toHaveBeenCalledTimes(1);
    await first.release();
    expect(await second.beat()).toBe(true);
    expect(await acquire('run-3')).toBe('run-2');
  });

  it('counts as lost from the moment on at which another may take it, before any beat', async () => {
    const first = await held('run-1', { expiryMs: 30_000 });
    clock.advance(29_999);
    expect(first.lost).toBe(false);
    clock.advance(1);
    expect(first.lost).toBe(true);
    await held('run-2', { expiryMs: 30_000 });
    expect(first.lost).toBe(true);
  });

  it('goes on after a pause of the process in which nobody took it', async () => {
    const lease = await held('run-1');
    clock.advance(3_600_000);
    expect(lease.lost).toBe(true);
    expect(await lease.beat()).toBe(true);
    expect(lease.lost).toBe(false);
    expect(await acquire('run-2')).toBe('run-1');
  });

  it('survives a store that fails for less than its expiry, and is lost after that', async () => {
    const lost = vi.fn();
    let fails = false;
    const shaky: StateStore = {
      ...store,
      change: async (changes) => (fails ? Promise.reject(new Error('gone')) : await store.change(changes)),
    };
    const lease = await held('run-1', { onLost: lost }, shaky);
    fails = true;
    clock.advance(59_000);
    expect(await lease.beat()).toBe(true);
    fails = false;
    expect(await lease.beat()).toBe(true);
    fails = true;
    clock.advance(60_000);
    expect(await lease.beat()).toBe(false);
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('keeps a lease whose beat was stored and whose answer was not heard', async () => {
    let deaf = false;
    const lossy: StateStore = {
      ...store,
      async change(changes) {
        const done = await store.change(changes);
        if (deaf) throw new Error('connection reset');
        return done;
      },
    };
    const lost = vi.fn();
    const lease = await held('run-1', { onLost: lost }, lossy);
    deaf = true;
    expect(await lease.beat()).toBe(true);
    deaf = false;
    clock.advance(15_000);
    expect(await lease.beat()).toBe(true);
    expect(await lease.beat()).toBe(true);
    expect(lost).not.toHaveBeenCalled();
    clock.advance(59_999);
    expect(await acquire('run-2')).toBe('run-1');

    deaf = true;
    expect(await lease.beat()).toBe(true);
    deaf = false;
    await lease.release();
    expect(typeof (await acquire('run-2'))).toBe('object');
  });

  it('is taken at once from a dead process of the same host, and of no other', async () => {
    await held('run-1', { processStart: 'boot/world/123' });
    const asked: unknown[] = [];
    const isAlive = (...one: unknown[]) => {
      asked.push(one);
      return false;
    };
    expect(await acquire('run-2', { host: 'elsewhere', isAlive })).toBe('run-1');
    expect(asked).toEqual([]);
    expect(typeof (await acquire('run-2', { isAlive }))).toBe('object');
    expect(asked).toEqual([[7, 'boot/world/123']]);
  });

  it('is had by exactly one of many that find it expired together', async () => {
    const others = await Promise.all([1, 2, 3, 4, 5].map(() => openLocalState(dir, { clock: systemClock })));
    for (let round = 0; round < 20; round++) {
      const options = { name: `round-${round}` };
      if (round % 2 === 1) await held('earlier', options);
      clock.advance(60_000);
      const results = await Promise.all(others.map((other, index) => acquire(`run-${index}`, options, other)));
      const winners = results.filter((result) => typeof result !== 'string');
      expect(winners).toHaveLength(1);
      const [winner] = winners as Lease[];
      expect(new Set(results.filter((result) => typeof result === 'string'))).toEqual(new Set([winner?.runId]));
      await winner?.release();
    }
    for (const other of others) await other.close();
  });
});

describe('acquireLease between processes', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function startRacer(runId: string) {
    const script = fileURLToPath(new URL('../../test/children/lease-racer.ts', import.meta.url));
    const child = spawn(process.execPath, [script, dir, runId], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    return {
      child,
      ended: new Promise((resolve) => child.once('exit', resolve)),
      async race(names: readonly string[]): Promise<readonly string[]> {
        child.stdin.write(`${names.join(' ')}\n`);
        return String((await lines.next()).value)
          .split(' ')
          .filter((name) => name !== '');
      },
    };
  }

  it('gives each of 400 leases, free or expired, to exactly one of two processes', async () => {
    const racers = await Promise.all([startRacer('run-a'), startRacer('run-b')]);
    const wins = [0, 0];
    for (let round = 0; round < 20; round++) {
      const names = Array.from({ length: 20 }, (_, index) => `lease-${round}-${index}`);
      const value = { runId: 'earlier', host: 'elsewhere', pid: 1, renewedAt: '2026-01-01T00:00:00.000Z' };
      await store.change(names.filter((_, index) => index % 2 === 1).map((key) => ({ kind: 'lease', key, value })));
      const won = await Promise.all(racers.map((racer) => racer.race(names)));
      expect(won.flat().sort()).toEqual([...names].sort());
      won.forEach((list, index) => {
        wins[index] = (wins[index] ?? 0) + list.length;
      });
    }
    // Both got some: they did race.
    expect(Math.min(...wins)).toBeGreaterThan(0);
  }, 30_000);

  it('takes over at once from a process that was killed', async () => {
    const racer = await startRacer('run-killed');
    expect(await racer.race(['lease'])).toEqual(['lease']);
    const options = { name: 'lease', isAlive: processIsAlive, clock: systemClock };
    expect(await acquire('run-next', options)).toBe('run-killed');
    racer.child.kill('SIGKILL');
    await racer.ended;
    expect(typeof (await acquire('run-next', options))).toBe('object');
  }, 30_000);
});

describe('processIsAlive', () => {
  const proc = existsSync('/proc/self/stat');

  it('knows the living from the dead', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const pid = child.pid as number;
    const start = processStart(pid);
    expect(processIsAlive(pid, start)).toBe(true);
    expect(processIsAlive(pid, undefined)).toBe(true);
    expect(processIsAlive(process.pid, processStart(process.pid))).toBe(true);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(processIsAlive(pid, start)).toBe(false);
    expect(processIsAlive(pid, undefined)).toBe(false);
  });

  it.runIf(proc)('knows a process from a later one with its number', () => {
    const start = processStart(process.pid) as string;
    const [boot, world, ticks] = start.split('/');
    expect(processIsAlive(process.pid, `${boot}/${world}/${Number(ticks) - 1}`)).toBe(false);
  });

  it.runIf(proc)('leaves alone what it cannot see', () => {
    const [boot, world, ticks] = (processStart(process.pid) as string).split('/');
    const noSuchProcess = 2 ** 22 + 1;
    expect(processIsAlive(noSuchProcess, `${boot}/${world}/${ticks}`)).toBe(false);
    expect(processIsAlive(noSuchProcess, `${boot}/pid:[1]/${ticks}`)).toBe(true);
    expect(processIsAlive(noSuchProcess, `another-boot/${world}/${ticks}`)).toBe(true);
  });
});
