import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Entry } from '../../sdk/point.ts';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createShops, gone, type Shop, sales, stock } from '../../testing/shop.ts';
import { createRedactor } from '../redact.ts';
import { UsageError } from '../usage-error.ts';
import { fixGaps } from './fix.ts';
import { type GapsFlags, gapsOf } from './gaps.ts';

let dir: string;
let clock: TestClock;
const broken = new Set<string>();
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-gaps-'));
  clock = createTestClock('2026-11-01T00:05:00.000Z');
  broken.clear();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

type Shops = ReturnType<typeof createShops>;
const dayMs = 86_400_000;
const fails: Shop['fails'] = ({ city }) => {
  if (broken.has(city)) throw gone(city);
};

function look(shops: Shops, flags: GapsFlags = {}, more: Parameters<Shops['config']>[0] = {}) {
  return gapsOf(shops.config(more), flags, { outside: shops.outside, redactor: createRedactor(), userAgent: 'kpi/test' });
}

/** A run at five past midnight, on so many days, but for those that a schedule missed. */
async function collectDays(shops: Shops, days: number, missed: readonly number[] = []): Promise<void> {
  for (let day = 0; day < days; day++) {
    if (!missed.includes(day)) await shops.collect();
    clock.advance(dayMs);
  }
}

async function* never(error: Error): AsyncGenerator<Entry> {
  yield* [];
  throw error;
}

const told = (report: Awaited<ReturnType<typeof look>>) =>
  report.gaps.map((gap) => `${gap.measurement} ${gap.from.slice(5, 10)} to ${gap.to.slice(5, 10)} of ${gap.series} ${gap.status}`);

describe('kpi gaps', () => {
  it('finds none in a schedule that kept its time', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d' } });
    await collectDays(shops, 5);
    expect(await look(shops)).toMatchObject({
      exitCode: 0,
      store: 'store',
      gaps: [],
      fixes: [],
      judged: [
        { measurement: 'shop_stock', series: 2 },
        { measurement: 'shop_sales', series: 2 },
      ],
    });
  });

  it('finds what a schedule that stopped has missed: snapshots are lost, days can still be had', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d', more: { settleMs: 0 } } });
    await collectDays(shops, 9, [3, 4, 5, 6, 7, 8]);
    const report = await look(shops);
    // It is 10 November: the last run, of the 3rd, brought the 2nd, and a day is expected once the next run had its time.
    expect(told(report)).toEqual([
      'shop_sales 11-03 to 11-09 of 2 recoverable',
      'shop_stock 11-04 to 11-09 of 2 lost',
      'shop_stock 11-09 to 11-10 of 2 recoverable',
    ]);
    expect(report.exitCode).toBe(3);
  });

  it('says until when the upstream can still tell', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d', measurements: [sales] } });
    await collectDays(shops, 20, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    const { gaps } = await look(shops);
    expect(gaps.map(({ from, to, status, lostOn, command }) => [from.slice(5, 10), to.slice(5, 10), status, lostOn, command])).toEqual([
      ['11-04', '11-12', 'lost', undefined, undefined],
      ['11-12', '11-20', 'recoverable', '2026-11-22T00:00:00.000Z', 'kpi collect --from 2026-11-12 --to 2026-11-20 --providers shop'],
    ]);
  });

  it('brings with --fix what can be had', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d' } });
    await collectDays(shops, 9, [3, 4, 5, 6, 7, 8]);
    const fixed = await fixGaps(
      () => look(shops),
      (flags) => shops.collect(flags),
    );
    expect(fixed.runs.map(({ command, report }) => [command, report.status])).toEqual([
      ['kpi collect --from 2026-11-03 --to 2026-11-09 --providers shop', 'ok'],
      ['kpi collect --at 2026-11-09 --providers shop', 'ok'],
    ]);
    expect(told(fixed.after)).toEqual(['shop_stock 11-04 to 11-09 of 2 lost']);
  });

  it('takes for no gap what was asked for and was not there, only what may not have been', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d', fails } });
    await collectDays(shops, 6);
    // What the upstream had nothing to tell of: every run was well.
    shops.lose((row) => row.startsWith('shop_sales Oslo 2026-11-03'));
    expect(told(await look(shops))).toEqual([]);
    // From here on Oslo fails.
    broken.add('Oslo');
    await collectDays(shops, 4);
    const report = await look(shops);
    expect(told(report)).toEqual([
      'shop_sales 11-06 to 11-10 of 1 recoverable',
      'shop_stock 11-07 to 11-10 of 1 lost',
      'shop_stock 11-10 to 11-11 of 1 recoverable',
    ]);
    expect(report.gaps.every((gap) => gap.othersHave && gap.examples[0]?.city === 'Oslo')).toBe(true);
    broken.clear();
    await collectDays(shops, 2);
    expect(told(await look(shops))).toEqual(['shop_stock 11-07 to 11-11 of 1 lost']);
  });

  it('takes what has ended for ended', async () => {
    const cities = ['Riga', 'Oslo'];
    const shops = createShops(dir, clock, { shop: { every: '1d', cities } });
    await collectDays(shops, 4);
    cities.pop();
    await collectDays(shops, 6);
    expect(told(await look(shops))).toEqual([]);
  });

  it('claims nothing of days on which this store was not written to', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d', measurements: [sales], more: { settleMs: 0 } } });
    await collectDays(shops, 3);
    await collectDays(shops, 4);
    const isElsewhere = (row: string) => /(?:sales .*|run .*)2026-11-0[4-7]/.test(row);
    shops.lose(isElsewhere);
    await collectDays(shops, 3);
    expect(told(await look(shops))).toEqual(['shop_sales 11-04 to 11-07 of 2 recoverable']);
  });

  it('believes a backfill that it was finished', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d', measurements: [sales] } });
    await collectDays(shops, 9, [3, 4, 5, 6, 7]);
    shops.lose((row) => row.includes('Oslo 2026-11-05') || row.startsWith('kpi_'));
    expect(told(await look(shops))).toEqual(['shop_sales 11-05 to 11-06 of 1 recoverable']);
    await shops.collect({ from: '2026-11-01', to: '2026-11-09' });
    shops.lose((row) => row.includes('Oslo 2026-11-05'));
    expect(told(await look(shops))).toEqual([]);
  });

  it('does not believe it of a backfill into another store', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d', measurements: [sales] } });
    await collectDays(shops, 9, [3, 4, 5, 6, 7]);
    const lost = (row: string) => row.includes('Oslo 2026-11-05') || row.startsWith('kpi_');
    shops.lose(lost);
    const [store] = shops.config().sinks;
    if (!store) throw new TypeError('there is a store');
    const sinks = [
      { ...store, selected: false },
      { ...store, name: 'archive' },
    ];
    await shops.collect({ from: '2026-11-01', to: '2026-11-09' }, { sinks });
    shops.lose(lost);
    expect(told(await look(shops))).toEqual(['shop_sales 11-05 to 11-06 of 1 recoverable']);
    await shops.collect(
      { from: '2026-11-01', to: '2026-11-09' },
      {
        sinks: [
          { ...store, only: ['shop_stock'] },
          { ...store, name: 'archive' },
        ],
      },
    );
    shops.lose(lost);
    expect(told(await look(shops))).toEqual(['shop_sales 11-05 to 11-06 of 1 recoverable']);
  });

  it('judges no snapshot without a period, and no event', async () => {
    const shops = createShops(dir, clock, { shop: { measurements: [stock] } });
    await shops.collect();
    expect(await look(shops)).toMatchObject({
      exitCode: 0,
      judged: [],
      notJudged: [{ measurement: 'shop_stock', reason: 'shop has no every: nothing says when a point should be there' }],
    });
  });

  it('tells apart two providers of one measurement by their tags', async () => {
    const shops = createShops(dir, clock, {
      one: { every: '1d', measurements: [stock], cities: ['Riga'], more: { tags: { shop: 'one' } } },
      two: { every: '1d', measurements: [stock], cities: ['Oslo'], fails, more: { tags: { shop: 'two' } } },
    });
    await collectDays(shops, 2);
    broken.add('Oslo');
    await collectDays(shops, 4);
    const { gaps } = await look(shops);
    expect(gaps.map((gap) => gap.providers)).toEqual([['two'], ['two']]);
    expect(told(await look(shops, { providers: ['one'] }))).toEqual([]);
  });

  it('looks only at what it is asked for', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d' } });
    await collectDays(shops, 9, [3, 4, 5, 6, 7, 8]);
    expect((await look(shops, { measurements: ['*_sales'] })).judged).toEqual([{ measurement: 'shop_sales', series: 2 }]);
    expect(told(await look(shops, { measurements: ['shop_sales'], from: '2026-11-06T12:00Z' }))).toEqual([
      'shop_sales 11-07 to 11-09 of 2 recoverable',
    ]);
    await expect(look(shops, { measurements: ['shop_sale'] })).rejects.toThrow(
      new UsageError('--measurement shop_sale is none of what is collected; did you mean "shop_sales"?'),
    );
    await expect(look(shops, { from: '2027-01-01' })).rejects.toThrow(UsageError);
    await expect(look(shops, { from: 'soon' })).rejects.toThrow('--from soon is not a time');
    await expect(look(shops, { providers: ['shap'] })).rejects.toThrow('did you mean "shop"?');
    await expect(look(shops, {}, { store: undefined })).rejects.toThrow(ConfigError);
  });

  it('takes for the config what a store says for good, and for an hour of need what may end', async () => {
    const shops = createShops(dir, clock, { shop: { every: '1d' } });
    await collectDays(shops, 2);
    const [store] = shops.config().sinks;
    if (!store) throw new TypeError('there is a store');
    const asked = (ask: NonNullable<typeof store.sink.ask>) => look(shops, {}, { sinks: [{ ...store, sink: { ...store.sink, ask } }] });
    const no = new PermanentError('kpi.db is no database');
    const wrong = new ConfigError('the store store cannot be asked: kpi.db is no database');
    await expect(asked(() => Promise.reject(no))).rejects.toEqual(wrong);
    const fails = (error: Error) => async () => ({
      last: () => never(error),
      history: () => never(error),
      close: async () => {},
    });
    await expect(asked(fails(no))).rejects.toEqual(wrong);
    const away = new TransientError('it is away');
    await expect(asked(fails(away))).rejects.toBe(away);
  });

  it('writes nothing', async () => {
    const shops = createShops(join(dir, 'new'), clock, { shop: { every: '1d' } });
    expect(await look(shops)).toMatchObject({ exitCode: 0, judged: [{ series: 0 }, { series: 0 }] });
    expect(existsSync(join(dir, 'new'))).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
  });
});
