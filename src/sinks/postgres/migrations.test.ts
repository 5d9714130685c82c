import { expect, it } from 'vitest';
import { migrate, requireVersion, schemaVersion } from './migrations.ts';

const now = new Date('2026-11-21T20:00:00.000Z');

async function sent(version: number): Promise<readonly string[]> {
  const all: string[] = [];
  await migrate(
    async (sql, values) => {
      all.push(values ? `${sql} ${values[0]}` : sql);
      return [];
    },
    'kpi',
    version,
    now,
  );
  return all;
}

it('go forward from where the schema is, each noted when it is done', async () => {
  const all = await sent(0);
  expect(all[0]).toMatch(/^create table "kpi"\."kpi_migration"/);
  expect(all.filter((sql) => sql.startsWith('insert into "kpi"."kpi_migration"')).map((sql) => sql.slice(-1))).toEqual(['1', '2']);
  expect((await sent(1)).join()).not.toContain('kpi_measurement');
  expect(await sent(schemaVersion)).toEqual([]);
});

it('refuse a schema of a newer kpi', async () => {
  expect(() => requireVersion('kpi', schemaVersion)).not.toThrow();
  await expect(sent(schemaVersion + 1)).rejects.toThrow(
    /^the schema kpi was made by a newer kpi \(version \d+, this one knows \d+\): use that kpi/,
  );
});
