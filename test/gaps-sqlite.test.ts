import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SinkInstance } from '../src/engine/config/config.ts';
import { gapsOf } from '../src/engine/gaps/gaps.ts';
import { createRedactor } from '../src/engine/redact.ts';
import { sqlite } from '../src/sinks/sqlite/index.ts';
import { createTestClock } from '../src/testing/clock.ts';
import { createShops } from '../src/testing/shop.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-gaps-sqlite-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const local: SinkInstance = {
  name: 'local',
  type: 'sqlite',
  sink: sqlite,
  settings: sqlite.settings.parse({ path: 'kpi.db' }),
  enabled: true,
  selected: true,
  required: true,
  autoInit: true,
};

it('finds in a real database what was taken from it, and what its runs explain', async () => {
  const clock = createTestClock('2026-11-01T00:05:00.000Z');
  const shops = createShops(dir, clock, { shop: { every: '1d', more: { tags: { team: 'growth' } } } });
  const more = { sinks: [local], store: 'local', tags: { team: 'growth' } };
  const look = () => gapsOf(shops.config(more), {}, { outside: shops.outside, redactor: createRedactor(), userAgent: 'kpi/test' });
  for (let day = 0; day < 8; day++) {
    await shops.collect({}, more);
    clock.advance(86_400_000);
  }
  // A backfill later, as in a month without runs of its own: it is no proof for what else is missing.
  await shops.collect({ from: '2026-11-02', to: '2026-11-04' }, more);
  expect(await look()).toMatchObject({ exitCode: 0, gaps: [], judged: [{ series: 2 }, { series: 2 }] });

  const db = new DatabaseSync(join(dir, 'kpi.db'));
  db.exec(`delete from shop_sales where city = 'Oslo' and time like '2026-11-05%'`);
  expect((await look()).gaps).toEqual([]);
  db.exec(`delete from kpi_provider_run where time between '2026-11-05' and '2026-11-08'`);
  db.close();
  const before = readdirSync(dir).sort();
  expect((await look()).gaps).toMatchObject([
    {
      measurement: 'shop_sales',
      providers: ['shop'],
      from: '2026-11-05T00:00:00.000Z',
      to: '2026-11-06T00:00:00.000Z',
      series: 1,
      examples: [{ city: 'Oslo', team: 'growth' }],
      othersHave: true,
      command: 'kpi collect --from 2026-11-05 --to 2026-11-06 --providers shop',
    },
  ]);
  expect(readdirSync(dir).sort()).toEqual(before);
});
