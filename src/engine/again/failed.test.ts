import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createShops, gone, type Shop, sales } from '../../testing/shop.ts';
import { UsageError } from '../usage-error.ts';

let dir: string;
let clock: TestClock;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-again-'));
  clock = createTestClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const broken = new Set<string>();
beforeEach(() => broken.clear());
const fails: Shop['fails'] = ({ city }) => {
  if (broken.has(city)) throw gone(city);
};
const at = '2026-11-21T20:00:00.000Z';

describe('--retry-failed', () => {
  it('asks only the targets that failed, at the time and for the days of their run', async () => {
    const shops = createShops(dir, clock, { shop: { every: '4h', fails }, other: { every: '4h' } });
    broken.add('Oslo');
    clock.advance(60_000);
    const first = await shops.collect();
    expect([first.exitCode, shops.asked().length]).toEqual([3, 4]);

    broken.clear();
    clock.advance(3 * 3_600_000);
    const again = await shops.collect({ retryFailed: 'last' });
    expect(again).toMatchObject({ exitCode: 0, status: 'ok', at: first.at, providers: [{ name: 'shop', at, targets: 1, status: 'ok' }] });
    expect(again.problems.map((one) => one.message)).toEqual([`what failed in run ${first.runId} is asked again`]);
    expect(shops.asked()).toEqual([
      { instance: 'shop', at, target: { city: 'Oslo', sales: { from: '2026-11-19T00:00:00.000Z', to: '2026-11-21T20:00:00.000Z' } } },
    ]);
    expect(shops.rows().filter((row) => row.includes('Oslo'))).toEqual([
      'shop_sales Oslo 2026-11-19T00:00:00.000Z',
      'shop_sales Oslo 2026-11-20T00:00:00.000Z',
      'shop_sales Oslo 2026-11-21T00:00:00.000Z',
      `shop_stock Oslo ${at}`,
    ]);
  });

  it('asks only the items that failed, where the provider can', async () => {
    const shops = createShops(dir, clock, {
      shop: {
        fails({ city, shops: items }, context) {
          if (city === 'Oslo' && !items) for (const one of ['north', 'south']) context.problem(one, gone(one));
        },
      },
    });
    await shops.collect();
    shops.asked();
    expect((await shops.collect({ retryFailed: 'last' })).exitCode).toBe(0);
    expect(shops.asked().map((one) => one.target)).toMatchObject([{ city: 'Oslo', shops: ['north', 'south'] }]);
  });

  it('asks all of an instance that could not connect', async () => {
    let refuses = true;
    const connects = () => {
      if (refuses) throw gone('door');
    };
    const shops = createShops(dir, clock, { shop: { connects }, other: {} });
    expect((await shops.collect()).exitCode).toBe(3);
    refuses = false;
    shops.asked();
    expect((await shops.collect({ retryFailed: 'last' })).providers).toMatchObject([{ name: 'shop', targets: 2, status: 'ok' }]);
    expect(shops.asked()).toHaveLength(2);
  });

  it('keeps what failed once more, and forgets what it brought', async () => {
    const shops = createShops(dir, clock, { shop: { fails } });
    broken.add('Oslo').add('Riga');
    const first = await shops.collect();
    broken.delete('Riga');
    clock.advance(1000);
    const second = await shops.collect({ retryFailed: first.runId });
    expect(second.exitCode).toBe(3);
    shops.asked();
    clock.advance(1000);
    const named = await shops.collect({ retryFailed: first.runId });
    expect(named).toMatchObject({
      exitCode: 0,
      status: 'skipped',
      providers: [],
      problems: [{ message: `nothing failed in run ${first.runId}, or it was brought since` }],
    });
    expect((await shops.collect({ retryFailed: second.runId })).exitCode).toBe(1);
    expect(shops.asked().map((one) => one.target.city)).toEqual(['Oslo']);
    broken.clear();
    expect((await shops.collect({ retryFailed: 'last' })).exitCode).toBe(0);
    expect((await shops.collect({ retryFailed: 'last' })).problems[0]?.message).toContain('nothing failed in the runs that are remembered');
  });

  it('names the command that goes on with a backfill in which something failed', async () => {
    const shops = createShops(dir, clock, { shop: { fails } });
    broken.add('Oslo');
    const { runId } = await shops.collect({ from: '-5d' });
    const { window } = await shops.collect({ from: '-5d', dryRun: true });
    const again = `run ${runId} was a backfill that is not complete: kpi collect --from ${window?.from} --to ${window?.to} goes on with it`;
    expect((await shops.collect({ retryFailed: runId })).problems[0]?.message).toContain(again);
    expect((await shops.collect({ retryFailed: 'last' })).problems[0]?.message).toContain(`or it was brought since; ${again}`);
    broken.clear();
    clock.advance(1000);
    await shops.collect({ from: '-5d' });
    expect((await shops.collect({ retryFailed: 'last' })).problems[0]?.message).not.toContain('backfill');
  });

  it('keeps it where a sink was left out', async () => {
    const shops = createShops(dir, clock, { shop: { fails } });
    broken.add('Oslo');
    await shops.collect();
    broken.clear();
    const [sink] = shops.config().sinks;
    if (!sink) throw new TypeError('there is no sink');
    const sinks = [sink, { ...sink, name: 'other', selected: false }];
    await shops.collect({ retryFailed: 'last' }, { sinks });
    shops.asked();
    expect((await shops.collect({ retryFailed: 'last' })).providers).toMatchObject([{ targets: 1 }]);
  });

  it('skips by name the snapshots that are too old', async () => {
    const shops = createShops(dir, clock, { shop: { every: '4h', fails } });
    broken.add('Oslo');
    await shops.collect();
    broken.clear();
    clock.advance(9 * 3_600_000);
    const again = await shops.collect({ retryFailed: 'last' });
    expect(again.exitCode).toBe(3);
    expect(again.providers[0]?.problems).toMatchObject([{ kind: 'too-old', message: expect.stringContaining('shop_stock not collected') }]);
    expect(shops.rows().filter((row) => row.includes('Oslo') && row.includes('stock'))).toEqual([]);
    expect(shops.rows().filter((row) => row.includes('Oslo') && row.includes('sales'))).toHaveLength(3);
  });

  it('writes nothing and forgets nothing in a dry run', async () => {
    const shops = createShops(dir, clock, { shop: { fails } });
    broken.add('Oslo');
    await shops.collect();
    broken.clear();
    const rows = shops.rows();
    for (const _ of [1, 2])
      expect(await shops.collect({ retryFailed: 'last', dryRun: true })).toMatchObject({
        exitCode: 0,
        dryRun: true,
        providers: [{ targets: 1 }],
      });
    expect(shops.rows()).toEqual(rows);
  });

  it('says by name what the config has no more', async () => {
    const shops = createShops(dir, clock, { shop: { fails }, other: { fails }, third: { fails } });
    broken.add('Oslo');
    const { runId } = await shops.collect();
    broken.clear();
    const [shop, other, third] = shops.config().providers;
    if (!shop || !other || !third) throw new TypeError('there are three');
    const providers = [
      { ...other, enabled: false, selected: false },
      { ...third, type: 'bakery' },
    ];
    const none = await shops.collect({ retryFailed: 'last' }, { providers });
    expect(none).toMatchObject({ exitCode: 0, status: 'skipped' });
    for (const why of ['has no provider shop any more', 'other is disabled', 'third is bakery in the config now, and was third'])
      expect(none.problems[0]?.message).toContain(why);
    const one = await shops.collect({ retryFailed: 'last' }, { providers: [...providers, shop] });
    expect(one.problems.map((problem) => problem.message)).toEqual([
      `what failed in run ${runId} is asked again`,
      expect.stringContaining('other is disabled in the config'),
      expect.stringContaining('third is bakery'),
    ]);
    expect(one.providers.map((provider) => provider.name)).toEqual(['shop']);
  });

  it('says so when nothing failed of what is selected', async () => {
    const shops = createShops(dir, clock, { shop: { fails }, other: {} });
    broken.add('Oslo');
    const { runId } = await shops.collect();
    const providers = shops.config().providers.map((one) => ({ ...one, selected: one.name === 'other' }));
    const none = await shops.collect({ retryFailed: 'last' }, { providers });
    expect(none.problems[0]?.message).toBe(`nothing failed of the selected providers in run ${runId}`);
    expect((await createShops(join(dir, 'new'), clock, { shop: {} }).collect({ retryFailed: 'last' })).problems[0]?.message).toBe(
      'there is no earlier run',
    );
  });

  it('refuses a run that there is not, and flags that say otherwise', async () => {
    const shops = createShops(dir, clock, { shop: {} });
    const { runId } = await shops.collect();
    const near = `${runId.slice(0, -1)}${runId.endsWith('0') ? '1' : '0'}`;
    await expect(shops.collect({ retryFailed: near })).rejects.toThrow(
      new UsageError(`--retry-failed: there is no run "${near}"; did you mean "${runId}"?`),
    );
    await expect(shops.collect({ retryFailed: 'last', at: 'yesterday' })).rejects.toThrow('--retry-failed and --at exclude each other');
  });
});

it.each<[string, (shops: ReturnType<typeof createShops>) => Promise<unknown>]>([
  ['measurements', (shops) => shops.collect({ measurements: ['shop_stock'] })],
  [
    'sinks',
    (shops) => shops.collect({}, { sinks: shops.config().sinks.flatMap((sink) => [sink, { ...sink, name: 'other', selected: false }]) }),
  ],
])('a retry of a run of some %s makes nothing done', async (_, part) => {
  const shops = createShops(dir, clock, { shop: { every: '4h', fails } });
  broken.add('Oslo');
  await part(shops);
  broken.clear();
  clock.advance(60_000);
  expect((await shops.collect({ retryFailed: 'last' })).exitCode).toBe(0);
  shops.asked();
  expect((await shops.collect({ due: true })).status).toBe('ok');
  expect(shops.asked()).toHaveLength(2);
});

describe('the window of a run', () => {
  /** From when on the next run asks for sales. */
  async function nextFrom(shops: ReturnType<typeof createShops>): Promise<unknown> {
    broken.clear();
    shops.asked();
    await shops.collect({});
    return shops.asked()[0]?.target.sales?.from;
  }
  const windowed: Shop = { fails, measurements: [sales], more: { settleMs: 0 } };

  it('is complete once all that failed in it was brought', async () => {
    const shops = createShops(dir, clock, { shop: windowed });
    broken.add('Oslo').add('Riga');
    await shops.collect();
    clock.advance(2 * 86_400_000);
    broken.delete('Riga');
    expect((await shops.collect({ retryFailed: 'last' })).exitCode).toBe(3);
    broken.clear();
    clock.advance(1000);
    expect((await shops.collect({ retryFailed: 'last' })).exitCode).toBe(0);
    expect(await nextFrom(shops)).toBe('2026-11-21T00:00:00.000Z');
  });

  it('is complete where there was nobody to ask', async () => {
    const endless = { ...sales, history: { settle: '1d' } };
    const cities: string[] = [];
    const shops = createShops(dir, clock, { shop: { ...windowed, cities, measurements: [endless] } });
    await shops.collect();
    clock.advance(40 * 86_400_000);
    expect((await shops.collect()).providers).toMatchObject([{ status: 'ok', problems: [] }]);
    cities.push('Oslo');
    clock.advance(86_400_000);
    expect(await nextFrom(shops)).toBe('2026-12-31T00:00:00.000Z');
  });

  it('is not while a part of it is missing', async () => {
    const shops = createShops(dir, clock, { shop: windowed });
    broken.add('Oslo').add('Riga');
    await shops.collect();
    clock.advance(2 * 86_400_000);
    broken.delete('Riga');
    await shops.collect({ retryFailed: 'last' });
    expect(await nextFrom(shops)).toBe('2026-11-19T00:00:00.000Z');
  });
});
