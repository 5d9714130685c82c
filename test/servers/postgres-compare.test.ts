import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, gauge, measurement, seriesKey } from '../../src/sdk/index.ts';
import { postgres } from '../../src/sinks/postgres/index.ts';
import { createSinkContext, entryOf } from '../../src/testing/contract/sink.ts';
import { comparesAsItWrites } from '../compare/property.ts';
import { connected, startPlace } from './postgres/place.ts';

/** Set by `npm run test:servers`, which starts the servers. */
const direct = process.env.KPI_TEST_POSTGRESQL ?? '';
const pooled = process.env.KPI_TEST_PGBOUNCER ?? '';

describe.each([
  ['PostgreSQL', direct],
  ['PgBouncer in transaction mode', pooled],
])('a dry run beside %s (npm run test:servers)', (_, address) => {
  describe.skipIf(address === '')('it', () => {
    let admin: Client;
    beforeAll(async () => {
      admin = await connected(direct);
    });
    afterAll(() => admin.end());

    it('says what a run does to the store', { timeout: 120_000 }, () => comparesAsItWrites(postgres, () => startPlace(admin, address), 25));

    it('asks for some series of many rows, page by page', async () => {
      const place = await startPlace(admin, address);
      try {
        const counts = measurement('counts', { help: '', time: 'event', tags: { of: '' }, fields: { n: gauge() } });
        const context = createSinkContext({ measurements: [counts], autoInit: true });
        const settings = postgres.settings.parse(place.settings);
        const start = Date.UTC(2026, 10, 1);
        const rows = Array.from({ length: 6000 }, (__, index) =>
          entryOf({
            ...{ measurement: 'counts', tags: { of: `${index % 3}` }, fields: { n: index }, time: new Date(start + index) },
            collectedAt: new Date(start),
          }),
        );
        const open = await postgres.open(settings, context);
        for (const from of [0, 3000]) expect(await open.write(rows.slice(from, from + 3000))).toEqual([]);
        await open.close();
        const store = await (postgres.ask as NonNullable<typeof postgres.ask>)(settings, context);
        const series = ['0', '2'].map((of) => seriesKey('counts', { of }));
        const told: Entry[] = [];
        const window = { from: new Date(start), to: new Date(start + 6000) };
        for await (const one of store.history({ measurement: 'counts', series, window })) told.push(one);
        await store.close();
        expect(told.length).toBe(4000);
        expect(new Set(told.map(({ point }) => point.tags.of))).toEqual(new Set(['0', '2']));
        expect(told.reduce((sum, { point }) => sum + Number(point.fields.n), 0)).toBe(
          rows.filter((_row, index) => index % 3 !== 1).reduce((sum, { point }) => sum + Number(point.fields.n), 0),
        );
      } finally {
        await place.close();
      }
    });
  });
});
