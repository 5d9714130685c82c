import { expect, it } from 'vitest';
import type { RunReport } from '../../sdk/report.ts';
import type { StateStore } from '../../sdk/sink.ts';
import { providerReport, runReport, sinkReport } from '../../testing/report.ts';
import type { Ended } from '../again/remember.ts';
import { type Done, doneChanges } from './done.ts';

const early = '2026-11-21T16:00:00.000Z';
const at = '2026-11-21T20:00:00.000Z';
const startedAt = '2026-11-21T20:07:01.120Z';
type Status = 'ok' | 'partial' | 'failed';

async function after(
  status: Status,
  before: Done = {},
  more: Partial<Ended> & { done?: boolean; isPart?: boolean; report?: Partial<RunReport> } = {},
) {
  const state = { read: async () => ({ kind: 'done', key: 'shop', value: before, version: 1 }) } as unknown as StateStore;
  const report = runReport({ startedAt, providers: [providerReport('shop', { status })], sinks: [], ...more.report });
  const ended = { instance: { name: 'shop' }, plan: { at: new Date(at) }, brought: status === 'failed' ? 0 : 1, failed: [], ...more };
  const changes = await doneChanges(state, report, [ended as unknown as Ended & { brought: number }], {
    isPart: more.isPart ?? false,
    leavesSinks: false,
  });
  return changes[0]?.value;
}

it('goes on with each run, and never back', async () => {
  expect(await after('ok')).toEqual({ whole: at, some: at });
  expect(await after('partial', { whole: early, some: early })).toEqual({ whole: early, some: at, tried: { at, times: 1, startedAt } });
  expect(await after('failed', { whole: early, some: early })).toEqual({ whole: early, some: early, tried: { at, times: 1, startedAt } });
  const later = { whole: '2026-11-22T00:00:00.000Z', some: '2026-11-22T00:00:00.000Z' };
  expect(await after('ok', later)).toBeUndefined();
});

it('is whole where only a value of it is held back: nothing is left to ask for', async () => {
  expect(await after('partial', {}, { done: true })).toEqual({ whole: at, some: at });
});

it('counts the tries of one period, until it is whole', async () => {
  const tried = { at, times: 2, startedAt: early };
  expect(await after('failed', { tried })).toEqual({ tried: { at, times: 3, startedAt } });
  expect(await after('failed', { tried: { ...tried, at: early } })).toEqual({ tried: { at, times: 1, startedAt } });
  expect(await after('ok', { tried })).toEqual({ whole: at, some: at });
});

it('is not what a sink lost, another run holds, or was asked for in part', async () => {
  expect(await after('ok', {}, { report: { sinks: [sinkReport('local', { lost: 1 })] } })).toEqual({ tried: { at, times: 1, startedAt } });
  expect(await after('ok', {}, { heldBy: 'r9' })).toBeUndefined();
  expect(await after('ok', {}, { isPart: true })).toBeUndefined();
});

it('is whole by a retry where all else had ended well', async () => {
  const again = (completes: boolean) => ({ again: { failed: [], asked: { type: 'shop', at: new Date(at), windows: {}, completes } } });
  expect(await after('ok', { some: at }, again(true))).toEqual({ whole: at, some: at });
  expect(await after('ok', { some: at }, again(false))).toBeUndefined();
  expect(await after('partial', { some: at }, again(true))).toBeUndefined();
});
