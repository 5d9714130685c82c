import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../sdk/sink.ts';
import { systemClock } from './clock.ts';
import { openLocalState } from './state.ts';

let dir: string;
let store: StateStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-state-'));
  store = await openLocalState(dir, { clock: systemClock });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

describe('openLocalState', () => {
  it('keeps any JSON value, over a restart', async () => {
    const values = { object: { a: [1, 2.5, null], é: '\u{1f680}\0"\\' }, list: [], number: -1.5, text: '', no: false, nothing: null };
    await store.change(Object.entries(values).map(([key, value]) => ({ kind: 'reading', key, value })));
    await store.close();
    store = await openLocalState(dir, { clock: systemClock });
    for (const [key, value] of Object.entries(values)) expect((await store.read('reading', key))?.value).toEqual(value);
    expect(await store.read('reading', 'missing')).toBeUndefined();
    expect(await store.read('run', 'list')).toBeUndefined();
  });

  it('gives each write a greater version, also after a record was deleted', async () => {
    const version = async () => (await store.read('lease', 'a'))?.version ?? 0;
    const seen = [await version()];
    for (const value of [1, undefined, 2, 2]) {
      await store.change([{ kind: 'lease', key: 'a', value }]);
      seen.push(await version());
    }
    expect(seen).toEqual([0, 1, 0, 2, 3]);
  });

  it('changes all or nothing, by version', async () => {
    expect(await store.change([{ kind: 'run', key: 'a', value: 'first', ifVersion: 0 }])).toBe(true);
    const version = (await store.read('run', 'a'))?.version ?? 0;

    const stale = [
      { kind: 'run', key: 'b', value: 'new', ifVersion: 0 },
      { kind: 'run', key: 'a', value: 'second', ifVersion: version + 1 },
    ];
    expect(await store.change(stale)).toBe(false);
    expect(await store.change([{ kind: 'run', key: 'a', value: 'again', ifVersion: 0 }])).toBe(false);
    expect(await store.list('run')).toEqual([{ kind: 'run', key: 'a', value: 'first', version }]);

    const right = [
      { kind: 'run', key: 'b', value: 'new', ifVersion: 0 },
      { kind: 'run', key: 'a', value: undefined, ifVersion: version },
    ];
    expect(await store.change(right)).toBe(true);
    expect((await store.list('run')).map((record) => record.key)).toEqual(['b']);
  });

  it('sees the change of another process before it judges a version', async () => {
    const other = await openLocalState(dir, { clock: systemClock });
    await store.change([{ kind: 'window', key: 'a', value: 1 }]);
    const version = (await other.read('window', 'a'))?.version ?? 0;
    expect(await store.change([{ kind: 'window', key: 'a', value: 2, ifVersion: version }])).toBe(true);
    expect(await other.change([{ kind: 'window', key: 'a', value: 3, ifVersion: version }])).toBe(false);
    expect((await other.read('window', 'a'))?.value).toBe(2);
    await other.close();
  });

  it('lists by key, by prefix, and the last of them', async () => {
    const keys = ['run/2', 'run/10', 'run%', 'run_x', 'rum', 'run', '', 'z'];
    await store.change(keys.map((key) => ({ kind: 'failed', key, value: key.length })));
    const list = async (options?: { prefix?: string; last?: number }) => (await store.list('failed', options)).map((record) => record.key);
    expect(await list()).toEqual(['', 'rum', 'run', 'run%', 'run/10', 'run/2', 'run_x', 'z']);
    expect(await list({ prefix: 'run/' })).toEqual(['run/10', 'run/2']);
    expect(await list({ prefix: 'run%' })).toEqual(['run%']);
    expect(await list({ prefix: 'run_' })).toEqual(['run_x']);
    expect(await list({ last: 2 })).toEqual(['run_x', 'z']);
    expect(await list({ prefix: 'run', last: 2 })).toEqual(['run/2', 'run_x']);
    expect(await list({ last: 100 })).toHaveLength(8);
    expect(await list({ last: 0 })).toEqual([]);
    expect(await store.list('other')).toEqual([]);
  });

  it('waits for another writer, and changes nothing where that takes too long', async () => {
    const hasty = await openLocalState(dir, { clock: systemClock, patienceMs: 0 });
    const other = new DatabaseSync(join(dir, 'state.db'));
    other.exec('begin immediate');
    await expect(hasty.change([{ kind: 'run', key: 'a', value: 1 }])).rejects.toThrow(/state\.db is locked by another process .*: wait/);
    const waiting = store.change([{ kind: 'run', key: 'a', value: 2 }]);
    other.exec('commit');
    expect(await waiting).toBe(true);
    expect((await hasty.read('run', 'a'))?.value).toBe(2);
    other.close();
    await hasty.close();
  });

  it('says that the file is damaged where a record cannot be read', async () => {
    await store.change([{ kind: 'run', key: 'a', value: 1 }]);
    const other = new DatabaseSync(join(dir, 'state.db'));
    other.exec("update record set value = 'not JSON'");
    other.close();
    const says = /state\.db is damaged \(its record run a is no JSON\): move it away and run again/;
    await expect(store.read('run', 'a')).rejects.toThrow(says);
    await expect(store.list('run')).rejects.toThrow(says);
  });
});
