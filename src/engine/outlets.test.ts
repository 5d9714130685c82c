import { join } from 'node:path';
import { expect, it } from 'vitest';
import { madeUpFolder } from '../testing/made-up.ts';
import type { Config, SinkInstance } from './config/config.ts';
import { type SinkSurroundings, sinkContext } from './outlets.ts';

it('tells sinks of folders that are there, and of those that kpi makes for its memory', async () => {
  await using folder = await madeUpFolder({});
  const { dir } = folder;
  const config = { dir, tags: {}, providers: [], run: { stateDir: join(dir, 'var', '.kpi') } } as unknown as Config;
  const around = { config, clock: {}, env: {}, log: { child: () => undefined }, door: {}, measurements: [] } as unknown as SinkSurroundings;
  const { hasFolder } = sinkContext({ name: 'local' } as SinkInstance, around);
  for (const known of [dir, join(dir, 'var'), join(dir, 'var', '.kpi')]) expect(hasFolder(known)).toBe(true);
  for (const unknown of ['va', 'var/.kp', 'var/.kpi/runs', 'no']) expect(hasFolder(join(dir, unknown))).toBe(false);
});
