import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunReport } from '../sdk/report.ts';
import type { StateStore } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { createMemory, type Memory, type RunRecord } from './memory.ts';
import { createRedactor } from './redact.ts';
import { openLocalState } from './state.ts';

const clock = createTestClock();
const redactor = createRedactor();
redactor.add('s3cret-token');
const alive = new Set([1]);
let dir: string;
let store: StateStore;
let memory: Memory;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-memory-'));
  store = await openLocalState(dir, { clock });
  memory = createMemory(store, { now: clock.now, host: 'here', isAlive: (pid) => alive.has(pid), redact: redactor.text });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

function record(id: string, more: Partial<RunRecord> = {}): RunRecord {
  const now = clock.now().toISOString();
  return {
    id,
    at: now,
    startedAt: now,
    endsBy: new Date(clock.now().getTime() + 60_000).toISOString(),
    host: 'here',
    pid: 1,
    status: 'running',
    points: 0,
    problems: 0,
    ...more,
  };
}
const report = (runId: string) => ({ runId, exitCode: 0 }) as RunReport;
const finish = (id: string, results: Parameters<Memory['finish']>[2] = []) =>
  memory.finish(record(id, { status: 'ok', exitCode: 0 }), report(id), results);

describe('runs', () => {
  it('that are at work are not unfinished', async () => {
    await memory.begin(record('r1'));
    expect(await memory.begin(record('r2'))).toEqual([]);
    expect((await memory.runs(10)).map(({ id, status }) => [id, status])).toEqual([
      ['r2', 'running'],
      ['r1', 'running'],
    ]);
  });

  it('whose process is dead never ended: each is told of once', async () => {
    await memory.begin(record('r1', { pid: 99 }));
    expect((await memory.runs(1))[0]?.status).toBe('unfinished');
    expect((await memory.begin(record('r2'))).map((run) => run.id)).toEqual(['r1']);
    expect(await memory.begin(record('r3'))).toEqual([]);
  });

  it('of another machine never ended when their time is long over', async () => {
    await memory.begin(record('r1', { host: 'there', pid: 99 }));
    expect(await memory.begin(record('r2'))).toEqual([]);
    clock.advance(61_000);
    expect((await memory.begin(record('r3'))).map((run) => run.id)).toEqual(['r1']);
  });

  it('keep their reports', async () => {
    await memory.begin(record('r1'));
    await finish('r1');
    expect(await memory.report('r1')).toEqual(report('r1'));
    expect(await memory.report('r2')).toBeUndefined();
  });

  it('are forgotten, the oldest first', async () => {
    for (let index = 100; index < 310; index++)
      await finish(`r${index}`, [{ instance: 'i', failed: [{ target: 't', label: 't' }], ends: {} }]);
    const runs = await memory.runs(1000);
    expect([runs.length, runs.at(-1)?.id, runs[0]?.id]).toEqual([201, 'r109', 'r309']);
    expect(await memory.report('r100')).toBeUndefined();
    expect(await store.list('failed', { prefix: 'r100/' })).toEqual([]);
    expect(await store.list('failed', { prefix: 'r309/' })).toHaveLength(1);
  });
});

describe('windows', () => {
  const end = (text: string) => [{ instance: 'ga', failed: [], ends: { visits: { to: new Date(text) } } }];
  it('only ever move on', async () => {
    await finish('r1', end('2026-11-20T00:00:00Z'));
    await finish('r2', end('2026-11-10T00:00:00Z'));
    expect(await memory.windowEnds('ga')).toEqual({ visits: { to: new Date('2026-11-20T00:00:00Z') } });
    expect(await memory.windowEnds('g')).toEqual({});
  });
  it('remember since when they are held, until they move on', async () => {
    const held = { to: new Date('2026-11-20T00:00:00Z'), heldSince: new Date('2026-11-21T00:00:00Z') };
    await finish('r1', end('2026-11-20T00:00:00Z'));
    await finish('r2', [{ instance: 'ga', failed: [], ends: { visits: held } }]);
    expect(await memory.windowEnds('ga')).toEqual({ visits: held });
    await finish('r3', end('2026-11-22T00:00:00Z'));
    expect(await memory.windowEnds('ga')).toEqual({ visits: { to: new Date('2026-11-22T00:00:00Z') } });
  });
});

describe('tags', () => {
  it('are compared with those of the run before', async () => {
    expect(await memory.tags('github', ['team'])).toBeUndefined();
    expect(await memory.tags('github', [])).toEqual(['team']);
    expect(await memory.tags('github', ['a'])).toEqual([]);
  });
});

describe('failed targets', () => {
  const kept = async (id: string) => (await store.list('failed', { prefix: `${id}/` })).map(({ value }) => value);

  it('are kept without secrets: what holds one is asked for whole again', async () => {
    const failed = [
      { target: { org: 'a' }, label: 'a', items: ['a/x', 'https://x.example/?key=s3cret-token'] },
      { target: { url: 'https://x.example/?key=s3cret-token' }, label: 'x.example/?key=s3cret-token', items: ['y'] },
      { target: { org: 'b' }, label: 'b', items: ['b/x'] },
    ];
    await finish('r1', [{ instance: 'i', failed, ends: {} }]);
    expect(await kept('r1')).toEqual([
      [{ target: { org: 'a' }, label: 'a' }, { label: 'x.example/?key=***' }, { target: { org: 'b' }, label: 'b', items: ['b/x'] }],
    ]);
  });

  it('are one where there are more than can be kept: all is asked again', async () => {
    const failed = Array.from({ length: 10_001 }, (_, index) => ({ target: index, label: `t${index}` }));
    await finish('r1', [{ instance: 'i', failed, ends: {} }]);
    expect(await kept('r1')).toEqual([[{ label: '10001 targets' }]]);
  });

  it('keep 10,000 items in all', async () => {
    const items = Array.from({ length: 900 }, (_, index) => `item ${index}`);
    const failed = Array.from({ length: 12 }, (_, index) => ({ target: index, label: `t${index}`, items }));
    await finish('r1', [
      { instance: 'a', failed, ends: {} },
      { instance: 'b', failed, ends: {} },
    ]);
    const lengths = ((await kept('r1')) as { items?: string[] }[][]).flat().map((one) => one.items?.length);
    expect(lengths).toEqual([...Array(11).fill(900), ...Array(13).fill(undefined)]);
  });
});

describe('the config file', () => {
  it('is compared with that of the run before', async () => {
    expect(await memory.configFile('/a/kpi.config.json')).toBeUndefined();
    expect(await memory.configFile('/b/kpi.config.json')).toBe('/a/kpi.config.json');
    expect(await memory.configFile('/b/kpi.config.json')).toBe('/b/kpi.config.json');
  });

  it('is that of each machine, where several share the memory', async () => {
    const options = { now: clock.now, isAlive: () => true, redact: (text: string) => text };
    const here = createMemory(store, { ...options, host: 'here', place: 'here:/a/.kpi' });
    const there = createMemory(store, { ...options, host: 'there', place: 'there:/b/.kpi' });
    expect(await here.configFile('/a/kpi.config.json')).toBeUndefined();
    expect(await there.configFile('/b/kpi.config.json')).toBeUndefined();
    expect(await here.configFile('/a/kpi.config.json')).toBe('/a/kpi.config.json');
  });
});
