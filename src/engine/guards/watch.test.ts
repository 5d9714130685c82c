import { describe, expect, it } from 'vitest';
import { counter, gauge, measurement } from '../../sdk/measurement.ts';
import { providerReport, runReport, sinkReport } from '../../testing/report.ts';
import type { ProviderInstance } from '../config/config.ts';
import { createTally } from '../tally.ts';
import type { Guards } from './guards.ts';
import type { GuardMemory } from './kept.ts';
import { readingChanges, watch, watched } from './watch.ts';

const guarded = measurement('package', {
  help: '',
  time: 'snapshot',
  tags: { id: '' },
  fields: { total: counter('', '', { guard: { min: 1 } }) },
});
const plain = measurement('plain', { help: '', time: 'snapshot', tags: { id: '' }, fields: { level: gauge(), total: counter() } });
const at = new Date('2026-11-21T20:00:00Z');
const tally = () => createTally(String, () => {});

function memoryOf(calls: string[], recall: GuardMemory['recall'] = async () => ({ counters: new Map(), open: [], records: new Map() })) {
  const memory: GuardMemory = {
    async recall(instance) {
      calls.push('recall');
      return await recall(instance);
    },
    instances: async () => [],
    async begin() {
      calls.push('begin');
    },
    change: async () => {},
  };
  return memory;
}

async function watching(measurements: readonly (typeof guarded | typeof plain)[], more: object = {}, memory = memoryOf([])) {
  const instance = { name: 'feed', ...more } as ProviderInstance;
  const plan = { at, measurements, windows: {}, givenUp: {}, tooOld: [] };
  return await watch({ memory, instance, plan, runId: 'r', tally: tally() });
}

describe('what a run watches', () => {
  it('is nothing, and nothing is read, where no counter is guarded', async () => {
    const calls: string[] = [];
    expect(await watching([plain], {}, memoryOf(calls))).toBeUndefined();
    expect(calls).toEqual([]);
  });

  it('begins in the state only where differences are delivered', async () => {
    const calls: string[] = [];
    await watching([guarded], {}, memoryOf(calls));
    await watching([plain], { deltas: ['total'] }, memoryOf(calls));
    expect(calls).toEqual(['recall', 'recall', 'begin']);
  });

  it('is not to be had from a state that fails', async () => {
    const failing = memoryOf([], () => Promise.reject(new Error('the disk is gone')));
    await expect(watching([guarded], {}, failing)).rejects.toThrow('the disk is gone');
  });
});

describe('what is written at the end of a run', () => {
  const changes = [{ kind: 'reading', key: 'feed/00000', value: {} }];
  const guards = { changes: () => changes } as unknown as Guards;
  const one = { instance: { name: 'feed' }, guards };
  const holding = { holds: (name: string) => name === 'instance/feed' };

  it('is what was read, where all of it was delivered or spooled', () => {
    expect(readingChanges(one, runReport({ sinks: [sinkReport('local', { pending: 4 })] }), holding)).toEqual(changes);
  });

  it('is nothing where a sink lost something, or another run has the instance by now', () => {
    expect(readingChanges(one, runReport({ sinks: [sinkReport('local', { lost: 1 })] }), holding)).toEqual([]);
    expect(readingChanges(one, runReport(), { holds: () => false })).toEqual([]);
    expect(readingChanges({ ...one, guards: undefined }, runReport(), holding)).toEqual([]);
  });
});

it('the report counts what was held, and no point of which nothing was left', () => {
  const notices = tally();
  const guards = { held: 2, emptied: 1, end: () => notices.add({ severity: 'notice', kind: 'notice', message: 'x' }) } as unknown as Guards;
  const report = providerReport('feed', { points: 10 });
  expect(watched(report, guards, notices)).toMatchObject({ points: 9, held: 2, problemCount: 1 });
  expect(watched(report, undefined, notices)).toBe(report);
});
