import { expect, it } from 'vitest';
import type { RunRecord } from './memory.ts';
import { commandAgain, unfinishedText } from './unfinished.ts';

const at = '2026-11-21T20:00:00.000Z';
const window = { from: '2026-01-01T00:00:00.000Z', to: '2026-07-01T00:00:00.000Z' };

function record(more: Partial<RunRecord> = {}): RunRecord {
  return { id: 'r1', at, startedAt: at, endsBy: at, host: 'h', pid: 1, status: 'running', points: 0, problems: 0, ...more };
}

it.each<[string, Partial<RunRecord>, Partial<RunRecord>, string]>([
  ['a run', {}, { at: window.to }, `run r1 did not finish; kpi collect --at ${at} completes it`],
  ['the same run', {}, {}, 'run r1 did not finish; this run completes it'],
  ['a run, by a backfill of its time', {}, { window }, `run r1 did not finish; kpi collect --at ${at} completes it`],
  [
    'a backfill',
    { window },
    {},
    `backfill r1 did not finish; kpi collect --from ${window.from} --to ${window.to} goes on with it, with its other flags`,
  ],
  ['the same backfill', { window }, { window }, 'backfill r1 did not finish; this run goes on with it'],
])('%s is mended', (_, earlier, now, message) => {
  expect(unfinishedText(record(earlier), record(now), true)).toBe(message);
});

it('is not mended by a run that asks for a part', () => {
  expect(unfinishedText(record(), record(), false)).toBe(`run r1 did not finish; kpi collect --at ${at} completes it`);
});

it('is done again by one command', () => {
  expect([commandAgain(record()), commandAgain(record({ window }))]).toEqual([
    `kpi collect --at ${at}`,
    `kpi collect --from ${window.from} --to ${window.to}`,
  ]);
});
