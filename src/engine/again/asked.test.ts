import { expect, it } from 'vitest';
import { sales, stock } from '../../testing/shop.ts';
import type { ProviderInstance } from '../config/config.ts';
import { type Period, parsePeriod } from '../period.ts';
import { type InstancePlan, planInstance } from '../plan.ts';
import { askedChange, askedFrom, planAgain } from './asked.ts';

const instance = { name: 'shop', every: parsePeriod('4h') as Period } as ProviderInstance;
const at = new Date('2026-11-21T20:00:00.000Z');
const now = new Date('2026-11-21T21:00:00.000Z');
const kept = (plan: InstancePlan) => askedFrom(JSON.parse(JSON.stringify(askedChange('r1/shop', 'shop', plan, true).value)));

it('is kept and read again', () => {
  const plan = planInstance(instance, [stock, sales], { at: now, now, ends: {} });
  const { from, to } = plan.windows.shop_sales ?? {};
  expect(kept(plan)).toEqual({ type: 'shop', at, windows: { shop_stock: undefined, shop_sales: { from, to } }, completes: true });
  expect(askedFrom(undefined)).toBeUndefined();
});

it('is asked for once more, whatever was collected since', () => {
  const plan = planInstance(instance, [stock, sales], { at, now, ends: {} });
  const later = new Date('2026-11-24T09:30:00Z');
  const ends = { shop_sales: { to: later } };
  const again = planAgain(instance, [stock, sales], kept(plan), { at: later, now: later, ends });
  expect(again).toMatchObject({ at, windows: plan.windows, tooOld: ['shop_stock'], givenUp: {} });
  expect(again.measurements.map(({ name }) => name)).toEqual(['shop_sales']);
});

it('keeps its time where the period of the schedule is another now', () => {
  const plan = planInstance(instance, [stock, sales], { at, now, ends: {} });
  const daily = { ...instance, every: parsePeriod('1d') as Period };
  expect(planAgain(daily, [stock, sales], kept(plan), { at, now, ends: {} }).at).toEqual(at);
});

it('asks only for the measurements of that run', () => {
  const plan = planInstance(instance, [stock, sales], { at, now, ends: {}, measurements: ['shop_stock'] });
  const again = planAgain(instance, [stock, sales], kept(plan), { at, now, ends: {} });
  expect([again.measurements.map(({ name }) => name), again.windows]).toEqual([['shop_stock'], {}]);
});

it('is derived where an earlier version did not keep it', () => {
  const again = planAgain(instance, [stock, sales], undefined, { at, now, ends: {} });
  expect(again).toEqual(planInstance(instance, [stock, sales], { at, now, ends: {} }));
});
