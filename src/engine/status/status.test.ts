import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TransientError } from '../../sdk/errors.ts';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createShops, gone, type Shop } from '../../testing/shop.ts';
import type { Config } from '../config/config.ts';
import { createRedactor } from '../redact.ts';
import { openLocalState } from '../state.ts';
import { type Status, statusOf } from './status.ts';

let dir: string;
let clock: TestClock;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-status-'));
  clock = createTestClock();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

type Shops = ReturnType<typeof createShops>;
const hours = (count: number) => clock.advance(count * 3_600_000);

function status(shops: Shops, providers?: readonly string[], more: Partial<Config> = {}): Promise<Status> {
  return statusOf(shops.config(more), { providers }, { outside: shops.outside, redactor: createRedactor(), userAgent: 'kpi/test' });
}

it('notices that the schedule has stopped, and since when', async () => {
  const shops = createShops(dir, clock, { quick: { every: '1h' }, slow: { every: '1d' } });
  await shops.collect();
  expect(await status(shops)).toMatchObject({ exitCode: 0, problems: [], providers: [{ status: 'ok' }, { status: 'ok' }] });
  clock.advance(2 * 3_600_000 + 60_000);
  const late = await status(shops);
  expect(late).toMatchObject({
    exitCode: 3,
    providers: [
      { name: 'quick', status: 'warning' },
      { name: 'slow', status: 'ok' },
    ],
    problems: [{ severity: 'warning', message: 'no run has begun since 2026-11-21T20:00:00Z: the schedule has stopped, or is late' }],
  });
  hours(1);
  expect(await status(shops)).toMatchObject({ exitCode: 1, problems: [{ severity: 'error' }] });
  expect(await status(shops, ['slow'])).toMatchObject({ exitCode: 0, problems: [], providers: [{ name: 'slow' }] });
});

it('notices a provider that brings nothing while others do', async () => {
  let refuses = false;
  const fails: Shop['fails'] = ({ city }) => {
    if (refuses) throw gone(city);
  };
  const shops = createShops(dir, clock, {
    shop: { every: '1h', fails },
    other: { every: '1h' },
    spare: { every: '1h', fails, more: { required: false } },
  });
  await shops.collect();
  refuses = true;
  for (let run = 0; run < 4; run++) {
    hours(1);
    await shops.collect();
  }
  const told = await status(shops);
  expect(told.providers.map((one) => one.status)).toEqual(['error', 'ok', 'error']);
  expect([told.exitCode, told.problems, told.lastRun]).toMatchObject([1, [], { status: 'partial', exitCode: 3 }]);
  expect((await status(shops, ['other', 'spare'])).exitCode).toBe(0);
});

it('tells of a run that did not end, of what waits, and of what is held', async () => {
  const shops = createShops(dir, clock, { shop: { every: '1h' } });
  shops.refuse(new TransientError('down'));
  await shops.collect();
  const state = await openLocalState(join(dir, '.kpi'), { clock });
  const [last] = await state.list('run', { last: 1 });
  const dead = { ...(last?.value as object), id: '20261121T205900Z-dead', status: 'running', pid: 2 ** 30, finishedAt: undefined };
  await state.change([
    { kind: 'run', key: '20261121T205900Z-dead', value: dead },
    { kind: 'held', key: 'shop/00000', value: [{}, {}] },
    { kind: 'held', key: 'shop/00001', value: [{}] },
    { kind: 'held', key: 'other/00000', value: [{}] },
  ]);
  await state.close();
  const told = await status(shops);
  expect(told).toMatchObject({
    exitCode: 3,
    lastRun: { id: '20261121T205900Z-dead', status: 'unfinished' },
    held: [{ provider: 'shop', values: 3 }],
  });
  expect(told.outboxes).toMatchObject([{ sink: 'store', rejected: 0, since: expect.stringContaining('2026-11-21T20') }]);
  const messages = told.problems.map((one) => one.message);
  expect(messages[0]).toMatch(/^run 20261121T205900Z-dead did not finish; kpi collect --at 2026-11-21T20:00:00.000Z completes it$/);
  expect(messages[1]).toMatch(/^\d+ points wait for store since 2026-11-21T20:\d\d:\d\dZ; kpi outbox list says why$/);
  expect(messages[2]).toBe('3 values of shop are held back; kpi quarantine list shows them');
});

it('names the command that goes on with a backfill, which is no run of the schedule', async () => {
  const shops = createShops(dir, clock, { shop: { every: '1h' } });
  await shops.collect();
  hours(4);
  const state = await openLocalState(join(dir, '.kpi'), { clock });
  const [last] = await state.list('run', { last: 1 });
  const window = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
  const startedAt = clock.now().toISOString();
  const value = { ...(last?.value as object), id: '20261122T000000Z-dead', window, startedAt, status: 'running', pid: 2 ** 30 };
  await state.change([{ kind: 'run', key: value.id, value }]);
  await state.close();
  const told = await status(shops);
  expect(told.exitCode).toBe(1);
  expect(told.problems).toMatchObject([
    { severity: 'error', message: expect.stringContaining('no run has begun since 2026-11-21T20:') },
    { message: expect.stringContaining(`kpi collect --from ${window.from} --to ${window.to} goes on with it`) },
  ]);
});

it('does not worsen its code for what is not required', async () => {
  const shops = createShops(dir, clock, { shop: { every: '1d' }, spare: { every: '15m', more: { required: false } } });
  await shops.collect();
  const state = await openLocalState(join(dir, '.kpi'), { clock });
  await state.change([{ kind: 'held', key: 'spare/00000', value: [{}] }]);
  await state.close();
  hours(4);
  const told = await status(shops);
  expect([told.exitCode, told.problems, told.held]).toEqual([0, [], [{ provider: 'spare', values: 1 }]]);
  expect(told.providers.map((one) => one.status)).toEqual(['ok', 'error']);
});

it('is an error where no run has begun, and makes nothing', async () => {
  const shops = createShops(join(dir, 'new'), clock, { shop: { every: '1h' } });
  expect(await status(shops)).toMatchObject({ exitCode: 1, lastRun: null, problems: [{ message: 'no run has begun yet' }] });
  expect(existsSync(join(dir, 'new'))).toBe(false);
});

it('writes nothing, and needs no lease', async () => {
  const shops = createShops(dir, clock, { shop: { every: '1h' } });
  await shops.collect();
  const before = readdirSync(dir, { recursive: true }).sort();
  await status(shops);
  expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
  await expect(status(shops, ['shap'])).rejects.toThrow('--providers: the config has no provider "shap"; did you mean "shop"?');
});

it('asks the store where the state is there', async () => {
  const shops = createShops(dir, clock, { shop: { every: '1h' } });
  const at = clock.now().toISOString();
  const state = {
    read: async () => ({ kind: 'done', key: 'shop', value: { whole: at, some: at }, version: 1 }),
    list: async () => [],
    close: async () => {},
  };
  const sinks = [{ name: 'pg', enabled: true, tags: {}, sink: { state: async () => state } }] as unknown as Config['sinks'];
  const run = { ...shops.config().run, state: 'store' as const };
  expect(await status(shops, undefined, { run, sinks, store: 'pg' })).toMatchObject({ providers: [{ status: 'ok', some: at }] });
});
