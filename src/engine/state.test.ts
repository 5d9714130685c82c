import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../sdk/sink.ts';
import { stateContract } from '../testing/contract/state.ts';
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

stateContract('state.db', async () => {
  const own = mkdtempSync(join(tmpdir(), 'kpi-state-'));
  return { open: () => openLocalState(own, { clock: systemClock }), close: async () => rmSync(own, { recursive: true }) };
});

describe('openLocalState', () => {
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
