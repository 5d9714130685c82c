import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateStore } from '../../sdk/sink.ts';

/** A memory of its own for one test, new and empty. */
export interface StatePlace {
  /** What another process would open. The suite closes it. */
  open(): Promise<StateStore>;
  close(): Promise<void>;
}

/** Registers the tests that everything passes which holds kpi's own memory. */
export function stateContract(name: string, start: () => Promise<StatePlace>): void {
  describe(`${name}: the contract of what holds kpi's own memory`, () => {
    const opened: StateStore[] = [];
    let place: StatePlace;
    let store: StateStore;

    async function open(): Promise<StateStore> {
      const one = await place.open();
      opened.push(one);
      return one;
    }

    beforeEach(async () => {
      place = await start();
      store = await open();
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      await place.close();
    });

    it('keeps any JSON value, over a restart', async () => {
      const values = { object: { a: [1, 2.5, null], é: '\u{1f680}\0"\\' }, list: [], number: -1.5, text: '', no: false, nothing: null };
      await store.change(Object.entries(values).map(([key, value]) => ({ kind: 'reading', key, value })));
      await store.close();
      const again = await open();
      for (const [key, value] of Object.entries(values)) expect((await again.read('reading', key))?.value).toEqual(value);
      expect(await again.read('reading', 'missing')).toBeUndefined();
      expect(await again.read('run', 'list')).toBeUndefined();
    });

    it('gives each write a greater version, also after a record was deleted', async () => {
      const seen: number[] = [];
      for (const value of [1, undefined, 2, 2]) {
        await store.change([{ kind: 'lease', key: 'a', value }]);
        const record = await store.read('lease', 'a');
        expect(record?.value).toEqual(value);
        if (record) seen.push(record.version);
      }
      expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
      expect(seen).toHaveLength(3);
      expect(seen[0]).toBeGreaterThan(0);
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
      const other = await open();
      await store.change([{ kind: 'window', key: 'a', value: 1 }]);
      const version = (await other.read('window', 'a'))?.version ?? 0;
      expect(await store.change([{ kind: 'window', key: 'a', value: 2, ifVersion: version }])).toBe(true);
      expect(await other.change([{ kind: 'window', key: 'a', value: 3, ifVersion: version }])).toBe(false);
      expect((await other.read('window', 'a'))?.value).toBe(2);
    });

    it('lets exactly one of several have what all want at once', async () => {
      const all = [store, await open(), await open(), await open()];
      for (let round = 0; round < 5; round++) {
        const key = `lease ${round}`;
        const won = await Promise.all(all.map((one, value) => one.change([{ kind: 'lease', key, value, ifVersion: 0 }])));
        expect(won.filter((one) => one)).toHaveLength(1);
        expect((await store.read('lease', key))?.value).toBe(won.indexOf(true));
      }
    });

    it('counts right when several count at once, each until it was its turn', async () => {
      const all = [store, await open(), await open()];
      await store.change([{ kind: 'reading', key: 'count', value: 0 }]);
      const count = async (one: StateStore) => {
        for (let done = 0; done < 10; ) {
          const record = await one.read('reading', 'count');
          const next = { kind: 'reading', key: 'count', value: Number(record?.value) + 1, ifVersion: record?.version ?? 0 };
          if (await one.change([next])) done++;
        }
      };
      await Promise.all(all.map(count));
      expect((await store.read('reading', 'count'))?.value).toBe(30);
    });

    it('lists by key, by prefix, and the last of them', async () => {
      const keys = ['run/2', 'run/10', 'run%', 'run_x', 'rum', 'run', '', 'z'];
      await store.change(keys.map((key) => ({ kind: 'failed', key, value: key.length })));
      const list = async (options?: { prefix?: string; last?: number }) =>
        (await store.list('failed', options)).map((record) => record.key);
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
  });
}
