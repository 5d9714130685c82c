import { expect, it } from 'vitest';
import type { Config, ProviderInstance, SinkInstance } from './config/config.ts';
import { asksAll, partOf } from './part.ts';
import type { RunOptions } from './run.ts';

it('names what a run asks for, where that is not all', () => {
  const again = { runId: 'r1' } as RunOptions['again'];
  const backfill = {} as RunOptions['backfill'];
  expect([partOf({}), partOf({ measurements: ['a'] }), partOf({ backfill, measurements: ['a'] }), partOf({ again })]).toEqual([
    {},
    { asked: 'measurements' },
    { asked: 'range' },
    { asked: 'failed' },
  ]);
});

const one = (name: string, selected: boolean, enabled = true) => ({ name, selected, enabled });

function config(providers: readonly ReturnType<typeof one>[], sinks = [one('local', true)]): Config {
  return { providers: providers as unknown as ProviderInstance[], sinks: sinks as unknown as SinkInstance[] } as unknown as Config;
}

it('is all of a run that leaves nothing of the config out', () => {
  expect(asksAll({ config: config([one('a', true), one('b', false, false)]) })).toBe(true);
  expect(asksAll({ config: config([one('a', true), one('b', false)]), notDue: [{ name: 'b', next: new Date(0) }] })).toBe(true);
});

it('is a part where providers, sinks or measurements are left out', () => {
  expect(asksAll({ config: config([one('a', true), one('b', false)]) })).toBe(false);
  expect(asksAll({ config: config([one('a', true)], [one('local', true), one('other', false)]) })).toBe(false);
  expect(asksAll({ config: config([one('a', true)]), measurements: ['a_*'] })).toBe(false);
});
