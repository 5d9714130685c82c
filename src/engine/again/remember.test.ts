import { expect, it } from 'vitest';
import { runReport, sinkReport } from '../../testing/report.ts';
import type { Again } from './failed.ts';
import { againChanges, type Ended } from './remember.ts';

const at = new Date('2026-11-21T20:00:00.000Z');
const report = runReport({ runId: 'r2' });
const failed = [{ target: 'a', label: 'a' }];
const earlier = { runId: 'r1' } as Again;
const whole = { isPart: false, leavesSinks: false };

function ended(more: Partial<Ended> = {}): Ended {
  const plan = { at, measurements: [], windows: {}, givenUp: {}, tooOld: [] };
  return { instance: { name: 'shop', type: 'shop' } as Ended['instance'], plan, again: undefined, heldBy: undefined, failed, ...more };
}

const kept = (completes: boolean) => ({
  kind: 'asked',
  key: 'r2/shop',
  value: { type: 'shop', at: at.toISOString(), windows: {}, completes },
});
const forgotten = ['failed', 'asked'].map((kind) => ({ kind, key: 'r1/shop', value: undefined }));

it('keeps what an instance in which something failed was asked for', () => {
  expect(againChanges(report, [ended()], whole, undefined)).toEqual([kept(true)]);
  expect(againChanges(report, [ended({ failed: [] })], whole, undefined)).toEqual([]);
});

it('knows that what a sink lost is not completed by what failed', () => {
  const lost = runReport({ runId: 'r2', sinks: [sinkReport('local', { lost: 1 })] });
  expect(againChanges(lost, [ended()], whole, undefined)).toEqual([kept(false)]);
  const again = { failed, asked: { type: 'shop', at, windows: {}, completes: false } };
  expect(againChanges(report, [ended({ again })], whole, earlier)).toEqual([kept(false), ...forgotten]);
});

it('knows that a run of some measurements, or without some sinks, is not completed by what failed of it', () => {
  for (const part of [{ isPart: true }, { leavesSinks: true }])
    expect(againChanges(report, [ended()], { ...whole, ...part }, undefined)).toEqual([kept(false)]);
});

it('forgets what was asked again, but where another run had it, or a sink was left out', () => {
  const again = { failed, asked: undefined };
  expect(againChanges(report, [ended({ again, failed: [] })], whole, earlier)).toEqual(forgotten);
  expect(againChanges(report, [ended({ again, failed: [], heldBy: 'r9' })], whole, earlier)).toEqual([]);
  expect(againChanges(report, [ended({ again, failed: [] })], { ...whole, leavesSinks: true }, earlier)).toEqual([]);
});
