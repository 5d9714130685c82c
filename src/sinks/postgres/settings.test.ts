import { expect, it } from 'vitest';
import { Settings } from './settings.ts';

it('needs nothing: all may come from the variables of PostgreSQL', () => {
  expect(Settings.parse({})).toEqual({ schema: 'kpi', timescale: false, partitions: 'none', timeout: '20s' });
});

it.each([
  [{ schema: 'pg_kpi' }, 'schema'],
  [{ schema: 'Kpi' }, 'schema'],
  [{ schema: 'x'.repeat(57) }, 'schema'],
  [{ sslmode: 'no-verify' }, 'sslmode'],
  [{ port: 0 }, 'port'],
  [{ timeout: '100ms' }, 'timeout'],
  [{ timescale: true, partitions: 'month' }, 'partitions'],
])('%j is refused', (settings, key) => {
  expect(Settings.safeParse(settings).error?.issues.map(({ path }) => path.join('.'))).toEqual([key]);
});

it('keeps the address and the password to itself', () => {
  const settings = Settings.parse({ url: 'postgres://kpi:word-12345@db/kpi', password: 'other-12345' });
  expect(JSON.stringify(settings)).not.toMatch(/word-12345|other-12345/);
  expect(settings.url?.parts()).toEqual(['word-12345']);
});
