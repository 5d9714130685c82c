import { expect, it, onTestFinished } from 'vitest';
import { type Entry, gauge, measurement, text } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { type PrometheusOptions, startPrometheus } from '../../testing/stand-ins/prometheus/index.ts';
import { prometheus } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const fields = { views: gauge(), clicks: gauge(), likes: gauge(), title: text() };
const page = measurement('page', { help: 'A page.', time: 'event', tags: { path: 'its path' }, fields });

async function write(batch: readonly Entry['point']['fields'][], server: PrometheusOptions['server'] = 'prometheus') {
  const standIn = await startPrometheus({ newest: now, server });
  onTestFinished(() => standIn.close());
  const settings = prometheus.settings.parse({ url: `${standIn.url}/api/v1/write`, server });
  const sink = await prometheus.open(settings, createSinkContext({ measurements: [page], now }));
  const entries = batch.map((one) => entryOf({ measurement: 'page', tags: { path: '/a' }, fields: one, time: now, collectedAt: now }));
  const rejected = (await sink.write(entries)).map(({ index }) => index);
  const samples = standIn.samples().map(({ metric, value }) => `${metric} ${value}`);
  return { rejected, samples: samples.sort(), unexpected: standIn.unexpected };
}

it('stores what points of one series and time say besides each other', async () => {
  expect(await write([{ views: 1 }, { clicks: 2 }, { views: 1, likes: 3 }, { views: 1 }])).toEqual({
    rejected: [],
    samples: ['page_clicks 2', 'page_likes 3', 'page_views 1'],
    unexpected: [],
  });
});

it('rejects those that contradict what came before, whichever of them said it', async () => {
  expect(await write([{ views: 1 }, { clicks: 2 }, { clicks: 3, likes: 3 }, { views: 2 }, { title: 'A' }, { title: 'B' }])).toMatchObject({
    rejected: [2, 3, 5],
    samples: ['page_clicks 2', 'page_info 1', 'page_views 1'],
  });
});

it('leaves VictoriaMetrics all that contradicts', async () => {
  expect(await write([{ views: 1 }, { views: 2 }, { views: 1 }], 'victoriametrics')).toMatchObject({
    rejected: [],
    samples: ['page_views 1', 'page_views 1', 'page_views 2'],
  });
});
