import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from '../sdk/errors.ts';
import type { StateStore } from '../sdk/sink.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTestOutside } from '../testing/outside.ts';
import type { Config } from './config/config.ts';
import { openLocalState } from './state.ts';
import { openStateForReading } from './state-reading.ts';

const clock = createTestClock();
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-reading-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function open(stateDir: string, more: Partial<Config> = {}) {
  const config = { run: { stateDir, state: 'local' }, sinks: [], ...more } as unknown as Config;
  return openStateForReading(config, {
    outside: createTestOutside({ cwd: dir, clock }),
    log: undefined as never,
    door: undefined as never,
  });
}

it('answers as the state does, and changes nothing', async () => {
  const state = await openLocalState(dir, { clock });
  await state.change(['a/1', 'a/2', 'b/1'].map((key) => ({ kind: 'k', key, value: { key } })));
  const expected = [await state.list('k', { prefix: 'a/' }), await state.list('k', { last: 2 }), await state.read('k', 'b/1')];
  await state.close();
  const before = readdirSync(dir).sort();
  const kept = await open(dir);
  expect([
    await kept.state.list('k', { prefix: 'a/' }),
    await kept.state.list('k', { last: 2 }),
    await kept.state.read('k', 'b/1'),
  ]).toEqual(expected);
  expect(await kept.state.read('k', 'c')).toBeUndefined();
  await expect(kept.state.change([])).rejects.toThrow(TypeError);
  await kept.close();
  expect(readdirSync(dir).sort()).toEqual(before);
});

it('is empty where there is none, and makes none', async () => {
  const kept = await open(join(dir, 'none'));
  expect([await kept.memory.runs(5), await kept.state.read('k', 'a'), await kept.state.list('k')]).toEqual([[], undefined, []]);
  await kept.close();
  expect(existsSync(join(dir, 'none'))).toBe(false);
});

it('refuses what is no state', async () => {
  writeFileSync(join(dir, 'state.db'), 'this is no database, and long enough to be told from one that is empty');
  await expect(open(dir)).rejects.toThrow(ConfigError);
});

it('asks the store where the state is there', async () => {
  let isClosed = false;
  const shared = {
    read: async () => ({ kind: 'k', key: 'a', value: 1, version: 1 }),
    list: async () => [],
    close: async () => {
      isClosed = true;
    },
  } as unknown as StateStore;
  const sinks = [{ name: 'pg', sink: { state: async () => shared } }];
  const log = { child: () => log };
  const config = { dir, run: { stateDir: dir, state: 'store' }, store: 'pg', sinks, providers: [], tags: {} } as unknown as Config;
  const parts = { outside: createTestOutside({ cwd: dir, clock }), log: log as never, door: {} as never };
  const kept = await openStateForReading(config, parts);
  expect(await kept.state.read('k', 'a')).toMatchObject({ value: 1 });
  await kept.close();
  expect([isClosed, readdirSync(dir)]).toEqual([true, []]);
});
