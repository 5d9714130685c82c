import { expect, it } from 'vitest';
import { gauge, measurement } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { connectionTo } from './connection.ts';
import { askHeld } from './held.ts';
import type { Item } from './request.ts';
import { createSeries } from './series.ts';
import { Settings } from './settings.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const views = measurement('page', { help: 'Views.', time: 'event', tags: { path: 'its path' }, fields: { views: gauge() } });
const entry = entryOf({ measurement: 'page', tags: { path: '/a' }, fields: { views: 1 }, time: now, collectedAt: now });
const item: Item = { index: 0, entry, series: createSeries(() => views).of(entry.point), time: now.getTime() };

async function heldBy(result: unknown) {
  const connection = connectionTo(Settings.parse({ url: 'http://x/api/v1/write' }), createSinkContext({ measurements: [views], now }));
  const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
  const held = await askHeld([item], { ...connection, ask: async () => ({ status: 200, headers: new Headers(), body }) });
  return held?.(item);
}

const metric = { __name__: 'page_views', path: '/a' };
const seconds = now.getTime() / 1000;

it.each([
  ['the same', [{ metric, values: [[seconds, '1']] }], 'same'],
  ['another value', [{ metric, values: [[seconds, '2']] }], 'other'],
  ['another time', [{ metric, values: [[seconds - 1, '1']] }], 'not'],
  ['nothing', [], 'not'],
])('tells that the server holds %s', async (_, result, expected) => {
  expect(await heldBy(result)).toBe(expected);
});

it.each([
  ['null', [null]],
  ['no list of values', [{ metric, values: 7 }]],
  ['values that are none', [{ metric, values: [null, 3] }]],
  ['labels that are none', [{ metric: { path: 1 }, values: [] }]],
])('takes %s for no answer', async (_, result) => {
  expect(await heldBy(result)).toBeUndefined();
});
