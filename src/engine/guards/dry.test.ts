import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { counter, measurement } from '../../sdk/measurement.ts';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createShops } from '../../testing/shop.ts';
import type { Config } from '../config/config.ts';
import type { RunLog } from '../log.ts';
import { openLocalState } from '../state.ts';
import { openReadings } from './dry.ts';

let dir: string;
let clock: TestClock;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-dry-'));
  clock = createTestClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const guarded = measurement('shop_total', {
  help: '',
  time: 'snapshot',
  tags: { city: '' },
  fields: { n: counter('{sale}', '', { guard: { maxDrop: 0, then: 'hold' } }) },
});

async function opened(more: (run: Config['run']) => Partial<Config['run']> = () => ({})) {
  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) } as unknown as RunLog;
  const config = createShops(dir, clock, { shop: { measurements: [guarded] } }).config();
  return { warnings, readings: await openReadings({ ...config, run: { ...config.run, ...more(config.run) } }, log) };
}

it('knows what earlier runs read, and writes nothing', async () => {
  const state = await openLocalState(join(dir, '.kpi'), { clock });
  await state.change([{ kind: 'reading', key: 'shop/00000', value: { 'shop_total.n/x': [1, 2] } }]);
  await state.close();
  const { readings, warnings } = await opened();
  const recalled = await readings.memory?.recall('shop');
  expect(recalled?.counters.get('shop_total.n/x')).toEqual({ readings: [{ time: 1, value: 2 }], held: [] });
  if (recalled) await readings.memory?.begin('shop', recalled, 5);
  expect((await readings.memory?.recall('shop'))?.open).toEqual([]);
  await readings.close();
  expect(warnings).toEqual([]);
});

it('holds nothing where there was no run, and makes no folder', async () => {
  const { readings, warnings } = await opened();
  expect((await readings.memory?.recall('shop'))?.counters.size).toBe(0);
  await readings.close();
  expect([warnings, readdirSync(dir)]).toEqual([[], []]);
});

it('says so where the readings cannot be had', async () => {
  mkdirSync(join(dir, '.kpi'));
  writeFileSync(join(dir, '.kpi', 'state.db'), 'no database, but long enough to be read as one. '.repeat(20));
  const damaged = await opened();
  expect(damaged.readings.memory).toBeUndefined();
  expect(damaged.warnings).toEqual([expect.stringMatching(/^which values a run would hold is not known: .*state\.db is damaged/)]);
  const elsewhere = await opened(() => ({ state: 'store' }));
  expect(elsewhere.warnings).toEqual([expect.stringContaining('the readings are in the store, which a dry run does not open')]);
});
