import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../sdk/errors.ts';
import { createTestClock, type TestClock } from '../testing/clock.ts';
import { createShops, gone, type Shop } from '../testing/shop.ts';
import { UsageError } from './usage-error.ts';

let dir: string;
let clock: TestClock;
const broken = new Set<string>();
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-scope-'));
  clock = createTestClock();
  broken.clear();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const fails: Shop['fails'] = ({ city }) => {
  if (broken.has(city)) throw gone(city);
};
const minutes = (count: number) => clock.advance(count * 60_000);

describe('--due', () => {
  it('serves providers with different periods by one cron line', async () => {
    const shops = createShops(dir, clock, { quick: { every: '15m' }, slow: { every: '1d' } });
    const ran: string[] = [];
    for (let call = 0; call < 50; call++) {
      const report = await shops.collect({ due: true });
      for (const { name, at } of report.providers) ran.push(`${name} ${at.slice(8, 16)}`);
      minutes(5);
    }
    // From 20:00 on for 250 minutes: 17 quarters of an hour, and two days.
    expect(ran.filter((one) => one.startsWith('slow'))).toEqual(['slow 21T00:00', 'slow 22T00:00']);
    expect(ran.filter((one) => one.startsWith('quick'))).toHaveLength(17);
    expect(new Set(ran).size).toBe(19);
  });

  it('tells in the report who was not due, and in a line that nobody is', async () => {
    const shops = createShops(dir, clock, { quick: { every: '1h' }, slow: { every: '4h' } });
    expect((await shops.collect({ due: true })).notDue).toEqual([]);
    minutes(60);
    const report = await shops.collect({ due: true });
    expect(report).toMatchObject({ exitCode: 0, status: 'ok', notDue: [{ name: 'slow', next: '2026-11-22T00:00:00.000Z' }] });
    expect(report.providers.map((one) => one.name)).toEqual(['quick']);
    minutes(5);
    const before = readdirSync(dir, { recursive: true }).sort();
    const none = await shops.collect({ due: true });
    expect(none).toMatchObject({ exitCode: 0, status: 'skipped', problems: [{ message: 'nothing is due; next: quick at 22:00Z' }] });
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
  });

  it('tries what failed again, ever more seldom', async () => {
    const shops = createShops(dir, clock, { shop: { every: '4h', fails } });
    broken.add('Oslo');
    const tried: number[] = [];
    for (let call = 0; call < 24; call++) {
      if ((await shops.collect({ due: true })).providers.length > 0) tried.push(call * 5);
      minutes(5);
    }
    expect(tried).toEqual([0, 5, 15, 35, 70]);
    broken.clear();
    await shops.collect({ retryFailed: 'last' });
    minutes(60);
    expect((await shops.collect({ due: true })).problems[0]?.message).toBe('nothing is due; next: shop at 2026-11-22 00:00Z');
  });

  it('takes a run for part of the measurements, or for some sinks, for no full one', async () => {
    const shops = createShops(dir, clock, { shop: { every: '4h' } });
    const [sink] = shops.config().sinks;
    if (!sink) throw new TypeError('there is no sink');
    await shops.collect({ measurements: ['shop_sales'] });
    await shops.collect({}, { sinks: [sink, { ...sink, name: 'other', selected: false }] });
    expect((await shops.collect({ due: true })).providers).toHaveLength(1);
    expect((await shops.collect({ due: true })).providers).toHaveLength(0);
  });

  it('counts a run that was started by hand', async () => {
    const shops = createShops(dir, clock, { shop: { every: '4h' } });
    await shops.collect({ at: '-4h' });
    expect((await shops.collect({ due: true, dryRun: true })).providers).toHaveLength(1);
    await shops.collect();
    expect((await shops.collect({ due: true, dryRun: true })).providers).toHaveLength(0);
    expect(
      (await createShops(join(dir, 'new'), clock, { shop: { every: '4h' } }).collect({ due: true, dryRun: true })).providers,
    ).toHaveLength(1);
    expect(existsSync(join(dir, 'new'))).toBe(false);
  });

  it('always runs what has no period', async () => {
    const shops = createShops(dir, clock, { shop: {}, slow: { every: '1d' } });
    await shops.collect();
    expect((await shops.collect({ due: true })).providers.map((one) => one.name)).toEqual(['shop']);
  });

  it('delivers what waits, also where nothing is due', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d' } });
    shops.refuse(new TransientError('down'));
    expect((await shops.collect({ due: true })).exitCode).toBe(75);
    expect(await shops.collect({ due: true })).toMatchObject({ exitCode: 75, status: 'pending', providers: [] });
    shops.refuse(undefined);
    const sent = await shops.collect({ due: true });
    expect(sent).toMatchObject({ exitCode: 0, status: 'ok', sinks: [{ name: 'store', backlog: 0 }] });
    expect(shops.rows().length).toBeGreaterThan(2);
    expect((await shops.collect({ due: true })).sinks).toEqual([]);
  });

  it('asks no store in a dry run', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d' } });
    const run = { ...shops.config().run, state: 'store' as const };
    await expect(shops.collect({ due: true, dryRun: true }, { run })).rejects.toThrow(UsageError);
  });
});
