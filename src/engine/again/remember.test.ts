import { expect, it } from 'vitest';
import { runReport, sinkReport } from '../../testing/report.ts';
import type { Config } from '../config/config.ts';
import type { Again } from './failed.ts';
import { againChanges, type Ended } from './remember.ts';

const at = new Date('2026-11-21T20:00:00.000Z');
const report = runReport({ runId: 'r2' });
const failed = [{ target: 'a', label: 'a' }];
const earlier = { runId: 'r1' } as Again;
const config = (...selected: readonly boolean[]) =>
  ({ sinks: selected.map((one) => ({ enabled: true, selected: one })) }) as unknown as Config;

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
  expect(againChanges(report, [ended()], config(true), undefined)).toEqual([kept(true)]);
  expect(againChanges(report, [ended({ failed: [] })], config(true), undefined)).toEqual([]);
});

it('knows that what a sink lost is not completed by what failed', () => {
  const lost = runReport({ runId: 'r2', sinks: [sinkReport('local', { lost: 1 })] });
  expect(againChanges(lost, [ended()], config(true), undefined)).toEqual([kept(false)]);
  const again = { failed, asked: { type: 'shop', at, windows: {}, completes: false } };
  expect(againChanges(report, [ended({ again })], config(true), earlier)).toEqual([kept(false), ...forgotten]);
});

it('forgets what was asked again, but where another run had it, or a sink was left out', () => {
  const again = { failed, asked: undefined };
  expect(againChanges(report, [ended({ again, failed: [] })], config(true), earlier)).toEqual(forgotten);
  expect(againChanges(report, [ended({ again, failed: [], heldBy: 'r9' })], config(true), earlier)).toEqual([]);
  expect(againChanges(report, [ended({ again, failed: [] })], config(true, false), earlier)).toEqual([]);
});
