import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createShops } from '../../testing/shop.ts';
import type { Holder } from '../lease.ts';
import { createRedactor } from '../redact.ts';
import { openLocalState } from '../state.ts';
import { acceptHeld, listHeld } from './quarantine.ts';
import { instanceLease } from './watch.ts';

let dir: string;
let clock: TestClock;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-quarantine-'));
  clock = createTestClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const time = Date.parse('2026-11-21T16:00:00.000Z');
const held = (measurement: string, city: string) => ({
  ...{ measurement, tags: { city }, field: 'n', time, value: 7, was: 9, reason: 'it fell', collectedAt: time },
});
type Change = { readonly kind: string; readonly key: string; readonly value: unknown };

async function shopsWith(...changes: readonly Change[]) {
  const state = await openLocalState(join(dir, '.kpi'), { clock });
  await state.change(changes);
  await state.close();
  const shops = createShops(dir, clock, { shop: {}, other: {} });
  return { ...shops, parts: { outside: shops.outside, redactor: createRedactor(), userAgent: 'kpi/test' } };
}

it('writes what is accepted to the sinks at its own time, and holds it no more', async () => {
  const { parts, config, rows } = await shopsWith({ kind: 'held', key: 'shop/00000', value: [held('shop_stock', 'Riga')] });
  expect(await acceptHeld(config(), {}, parts)).toMatchObject({ exitCode: 0, accepted: [{ provider: 'shop', values: 1 }] });
  expect(rows()).toEqual(['shop_stock Riga 2026-11-21T16:00:00.000Z']);
  expect(await listHeld(config(), {}, parts)).toEqual([]);
});

it('accepts nothing of any provider where one of the values has no measurement any more', async () => {
  const { parts, config, rows } = await shopsWith(
    { kind: 'held', key: 'shop/00000', value: [held('shop_stock', 'Riga')] },
    { kind: 'held', key: 'zoo/00000', value: [held('zoo_animals', 'Riga')] },
  );
  await expect(acceptHeld(config(), {}, parts)).rejects.toThrow('no provider of the config collects zoo_animals any more');
  expect((await listHeld(config(), {}, parts)).map((one) => one.provider)).toEqual(['shop', 'zoo']);
  expect(rows()).toEqual([]);
});

it('leaves what a run is at work on, and exits with 75', async () => {
  const holder: Holder = { runId: 'r1', host: 'elsewhere', pid: 1, renewedAt: clock.now().toISOString() };
  const { parts, config, rows } = await shopsWith(
    { kind: 'held', key: 'other/00000', value: [held('shop_stock', 'Oslo')] },
    { kind: 'held', key: 'shop/00000', value: [held('shop_stock', 'Riga')] },
    { kind: 'lease', key: instanceLease('other'), value: holder },
  );
  const { exitCode, accepted } = await acceptHeld(config(), {}, parts);
  expect([exitCode, accepted]).toMatchObject([
    75,
    [
      { provider: 'other', values: 0 },
      { provider: 'shop', values: 1 },
    ],
  ]);
  expect(rows()).toEqual(['shop_stock Riga 2026-11-21T16:00:00.000Z']);
  expect((await listHeld(config(), {}, parts)).map((one) => one.provider)).toEqual(['other']);
});

it('lists without making or locking anything', async () => {
  const { parts, config } = await shopsWith({ kind: 'held', key: 'shop/00000', value: [held('shop_stock', 'Riga')] });
  const before = readdirSync(dir, { recursive: true }).sort();
  expect(await listHeld(config(), {}, parts)).toHaveLength(1);
  expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
  rmSync(join(dir, '.kpi'), { recursive: true });
  expect(await listHeld(config(), {}, parts)).toEqual([]);
  expect(readdirSync(dir)).toEqual([]);
});
