import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/engine/clock.ts';
import { openOutbox } from '../src/engine/outbox.ts';
import { nuget } from '../src/providers/nuget/index.ts';
import { gauge, type Measurement, text } from '../src/sdk/measurement.ts';
import { newPlace, type Place } from './e2e/place.ts';
import { startUpstreams, toNuget, type Upstreams } from './e2e/upstreams.ts';

let upstreams: Upstreams;
beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());

const collectedAt = new Date('2026-11-20T20:00:01.000Z');
const time = new Date('2026-11-20T20:00:00.000Z');

/** Leaves a point as another version of kpi, with one more field, would have left it. */
async function leave(place: Place, sink: string, fields: Measurement['fields'], values: Readonly<Record<string, number | string>>) {
  const settings = nuget.settings.parse({ owners: ['petabridge'] });
  const declared = nuget.measurements(settings).find(({ name }) => name === 'nuget_package') as Measurement;
  const outbox = await openOutbox(join(place.dir, '.kpi'), { maxBytes: 1e9, clock: systemClock });
  const tags = Object.fromEntries(Object.keys(declared.tags).map((tag) => [tag, 'Old']));
  const point = { measurement: 'nuget_package', tags, fields: values, time };
  const entry = { point, runId: 'run-of-another-version', collectedAt, provisional: false };
  await outbox.append(sink, [entry], () => ({ ...declared, fields: { ...declared.fields, ...fields } }));
  outbox.close();
}

describe('points that another version of kpi has left', () => {
  it.each(['collect', 'outbox send'])('are delivered by %s with the fields that this one does not know', async (command) => {
    const config = {
      providers: { nuget: { ...toNuget, owners: ['petabridge'] } },
      sinks: { local: { type: 'sqlite', path: 'kpi.db' }, archive: { type: 'file', path: 'points.ndjson' } },
    };
    await using place = newPlace({ 'kpi.config.json': config }, upstreams.env);
    for (const sink of ['local', 'archive']) {
      await leave(place, sink, { stars_then: gauge() }, { stars_then: 7 });
      await leave(place, sink, { words_then: text() }, { words_then: 'of old' });
    }
    const { code, stdout } = await place.kpi([...command.split(' '), '--json']);
    expect(JSON.parse(stdout).sinks).toMatchObject([
      { name: 'local', status: 'ok', replayed: 2, replayRejected: 0, backlog: 0, problems: [] },
      { name: 'archive', status: 'ok', replayed: 2, replayRejected: 0, backlog: 0, problems: [] },
    ]);
    expect(code).toBe(0);
    const then = place.rows(`select stars_then, words_then from nuget_package where time = '2026-11-20T20:00:00.000Z'`);
    expect(then).toEqual([{ stars_then: 7, words_then: 'of old' }]);
    expect(place.read('points.ndjson')).toContain('"fields":{"stars_then":7}');
    expect((await place.kpi(['outbox', 'list'])).stdout).toBe('The outbox is empty.\n');
  });
});
