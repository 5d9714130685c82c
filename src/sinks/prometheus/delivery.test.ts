import { describe, expect, it, onTestFinished } from 'vitest';
import { type Entry, gauge, measurement, text } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { firstOnly, transportFault } from '../../testing/stand-in.ts';
import { type PrometheusOptions, resetAfterCommit, startPrometheus } from '../../testing/stand-ins/prometheus/index.ts';
import { prometheus } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const views = measurement('page', {
  help: 'Views of a page.',
  time: 'event',
  tags: { path: 'its path' },
  fields: { views: gauge('{view}'), clicks: gauge('{click}'), title: text() },
});

async function sinkOn(options: PrometheusOptions = {}, settings: Readonly<Record<string, unknown>> = {}) {
  const standIn = await startPrometheus({ newest: now, ...options });
  onTestFinished(async () => {
    await standIn.close();
    expect(standIn.unexpected).toEqual([]);
  });
  const parsed = prometheus.settings.parse({ url: `${standIn.url}/api/v1/${options.server === 'mimir' ? 'push' : 'write'}`, ...settings });
  const open = () => prometheus.open(parsed, createSinkContext({ measurements: [views], now }));
  const values = (path: string) =>
    standIn
      .samples()
      .filter(({ metric, labels }) => metric === 'page_views' && labels.path === path)
      .sort((one, other) => one.time.getTime() - other.time.getTime())
      .map(({ value }) => value);
  return { standIn, sink: await open(), open, values };
}

function page(path: string, minutesAgo: number, count: number, more: Entry['point']['fields'] = {}): Entry {
  const time = new Date(now.getTime() - minutesAgo * 60_000);
  return entryOf({ measurement: views.name, tags: { path }, fields: { views: count, ...more }, time, collectedAt: now });
}

describe('prometheus: what is refused', () => {
  const refuses = (labels: Readonly<Record<string, string>>) => (labels.path?.startsWith('/bad') ? 'label value too long' : undefined);

  it('is found by halving, and costs nothing else of the request', async () => {
    const { standIn, sink } = await sinkOn({ refuses });
    const batch = Array.from({ length: 2000 }, (_, index) => page(`${[17, 1234].includes(index) ? '/bad' : ''}/${index}`, 10, index));
    expect(await sink.write(batch)).toEqual([17, 1234].map((index) => ({ index, reason: 'label value too long' })));
    expect(standIn.samples()).toHaveLength(1998);
    // Two of 2,000: some 2 × 2 × log2(2000).
    expect(standIn.requests.length).toBeLessThan(50);
  });

  it('is looked for in 500 requests; after that, what is refused together is rejected with the words for all of it', async () => {
    const { standIn, sink } = await sinkOn({ refuses });
    const batch = Array.from({ length: 2000 }, (_, index) => page(`${index < 600 ? '/bad' : ''}/${index}`, 10, index));
    const rejected = await sink.write(batch);
    expect(standIn.requests.length).toBeLessThan(500 + 2 * 64);
    expect(rejected.map(({ index }) => index)).toEqual(expect.arrayContaining(Array.from({ length: 600 }, (_, index) => index)));
    expect(rejected[0]?.reason).toBe('label value too long');
    expect(rejected[599]?.reason).toMatch(/^label value too long \(of one of \d+ points, not looked for any further\)$/);
    expect(standIn.samples()).toHaveLength(2000 - rejected.length);
    // What was not refused with them is stored.
    expect(standIn.samples().length).toBeGreaterThan(1400 - 2000 / 64);
  });

  it.each([
    ['out of bounds', {}],
    ['too old sample', { outOfOrderWindow: 90 * 86_400_000 }],
    ['too old sample', { outOfOrderWindow: 90 * 86_400_000, tooOldStatus: 500 }],
  ])('as %s is refused for good, with all that is as old (%o)', async (words, options) => {
    const { standIn, sink } = await sinkOn(options);
    // 500 of one day, 500 of another, too old both; and 1,000 that are well.
    const batch = Array.from({ length: 2000 }, (_, index) => page(`/${index}`, index < 1000 ? (100 + (index % 2)) * 1440 : 10, index));
    const rejected = await sink.write(batch);
    expect(rejected).toEqual(Array.from({ length: 1000 }, (_, index) => ({ index, reason: words })));
    expect(standIn.samples()).toHaveLength(1000);
    expect(standIn.requests.length).toBeLessThan(60);
  });

  it('never keeps older samples out: halves are sent by time, whatever the order in which they came', async () => {
    const { sink, values } = await sinkOn({ refuses });
    const batch = [5, 10, 15, 20, 25, 30].map((minutes) => page('/a', minutes, minutes));
    expect(await sink.write([page('/bad', 12, 1), ...batch, page('/bad', 40, 1)])).toMatchObject([{ index: 0 }, { index: 7 }]);
    expect(values('/a')).toEqual([30, 25, 20, 15, 10, 5]);
  });

  it('is the whole point: no field of it is stored', async () => {
    const { standIn, sink } = await sinkOn({ refuses: ({ title }) => (title === 'cursed' ? 'label value too long' : undefined) });
    expect(await sink.write([page('/a', 10, 1, { title: 'cursed' }), page('/b', 10, 1, { title: 'well' })])).toMatchObject([{ index: 0 }]);
    expect(standIn.samples().map(({ metric, labels }) => [metric, labels])).toEqual([
      ['page_info', { path: '/b', title: 'well' }],
      ['page_views', { path: '/b' }],
    ]);
  });

  it('as a batch that is too large is halved by time', async () => {
    const { standIn, sink, values } = await sinkOn({ longestBody: 400 });
    const batch = Array.from({ length: 40 }, (_, minutes) => page('/a', minutes, minutes));
    expect(await sink.write(batch)).toEqual([]);
    expect(values('/a')).toEqual(batch.map((_, index) => 39 - index));
    expect(standIn.requests.length).toBeGreaterThan(1);
    const { sink: small } = await sinkOn({ longestBody: 5 });
    expect(await small.write([page('/a', 1, 1)])).toEqual([{ index: 0, reason: 'the server answered 413: request body too large' }]);
  });

  it('for being of this series and time in the same batch, where Prometheus would drop one in silence', async () => {
    const { sink, values, standIn } = await sinkOn();
    expect(await sink.write([page('/a', 10, 1), page('/a', 10, 2), page('/a', 10, 1)])).toEqual([
      { index: 1, reason: expect.stringMatching(/^duplicate sample for timestamp: another point/) },
    ]);
    expect(values('/a')).toEqual([1]);
    expect(standIn.requests).toHaveLength(1);
  });
});

describe('prometheus: what is there already', () => {
  const days = [30, 20, 10].flatMap((minutes) => ['/a', '/b'].map((path) => page(path, minutes, minutes)));

  it('is accepted, and costs one question and no search', async () => {
    const { standIn, sink, open } = await sinkOn();
    await sink.write(days);
    const asked = standIn.requests.length;
    expect(await (await open()).write(days)).toEqual([]);
    expect(standIn.requests.slice(asked).map(({ path }) => path)).toEqual(['/api/v1/write', '/api/v1/query']);
    expect(standIn.samples()).toHaveLength(days.length);
  });

  it('is rejected where it has another value, and what is new is stored', async () => {
    const { sink, values } = await sinkOn();
    await sink.write([page('/a', 30, 1), page('/a', 20, 2)]);
    expect(await sink.write([page('/a', 30, 9), page('/a', 25, 9), page('/a', 20, 2), page('/a', 10, 3)])).toEqual([
      { index: 0, reason: expect.stringContaining('the server holds another value') },
      { index: 1, reason: 'out of order sample' },
    ]);
    expect(values('/a')).toEqual([1, 2, 3]);
  });

  it.each([true, false])('from a write whose answer was lost, is accepted (the server may be asked: %s)', async (answers) => {
    const { standIn, sink, values } = await sinkOn({ answers });
    standIn.misbehave(firstOnly(resetAfterCommit));
    await expect(sink.write(days)).rejects.toMatchObject({ name: 'TransientError', kind: 'network' });
    expect([standIn.bites, values('/a')]).toEqual([1, [30, 20, 10]]);
    expect(await sink.write(days)).toEqual([]);
    expect(values('/b')).toEqual([30, 20, 10]);
  });

  it.each([true, false])('from half a write, is accepted, and the other half is stored (the server may be asked: %s)', async (answers) => {
    const { standIn, sink, values } = await sinkOn({ answers });
    standIn.misbehave(firstOnly(standIn.halfTaken));
    await expect(sink.write(days)).rejects.toMatchObject({ name: 'TransientError' });
    expect([values('/a'), values('/b')]).toEqual([[30, 20, 10], []]);
    expect(await sink.write(days)).toEqual([]);
    expect([values('/a'), values('/b')]).toEqual([
      [30, 20, 10],
      [30, 20, 10],
    ]);
  });

  it('is not taken for that where something newer keeps it out', async () => {
    const { standIn, sink, open, values } = await sinkOn({ answers: false });
    await (await open()).write([page('/a', 5, 100), page('/b', 5, 100)]);
    standIn.misbehave(transportFault('refuse'));
    await expect(sink.write(days)).rejects.toMatchObject({ name: 'TransientError' });
    standIn.misbehave(undefined);
    expect(await sink.write(days)).toEqual(days.map((_, index) => ({ index, reason: 'out of order sample' })));
    expect(values('/a')).toEqual([100]);
  });

  it('is not taken for that in a write that was answered', async () => {
    const { sink, open, values } = await sinkOn({ answers: false });
    await (await open()).write([page('/a', 15, 100)]);
    expect(await sink.write(days)).toEqual([0, 2].map((index) => ({ index, reason: 'out of order sample' })));
    expect(values('/a')).toEqual([100, 10]);
  });

  it('is not taken for that where another value of its time is there', async () => {
    const { standIn, sink, open } = await sinkOn({ answers: false });
    await (await open()).write([page('/a', 10, 100)]);
    standIn.misbehave(transportFault('refuse'));
    const batch = [page('/a', 10, 1), page('/a', 5, 2)];
    await expect(sink.write(batch)).rejects.toMatchObject({ name: 'TransientError' });
    standIn.misbehave(undefined);
    expect(await sink.write(batch)).toEqual([{ index: 0, reason: 'duplicate sample for timestamp' }]);
  });

  it('is found where the server stores the rest of what it refuses a part of', async () => {
    const { standIn, sink, values } = await sinkOn({
      server: 'mimir',
      refuses: ({ path }) => (path === '/bad' ? 'label value too long (err-mimir-label-value-too-long)' : undefined),
    });
    expect(await sink.write([...days, page('/bad', 15, 1)])).toEqual([{ index: 6, reason: expect.stringContaining('err-mimir') }]);
    expect([values('/a'), values('/b')]).toEqual([
      [30, 20, 10],
      [30, 20, 10],
    ]);
    expect(standIn.requests.some(({ path }) => path === '/prometheus/api/v1/query')).toBe(true);
  });

  it('is not sent again after a search that broke off', async () => {
    const { standIn, sink, values } = await sinkOn({
      answers: false,
      refuses: ({ path }) => (path === '/bad' ? 'label value too long' : undefined),
    });
    const batch = [...days, page('/bad', 12, 1)];
    // The first is refused; of its halves the older one is stored, and then the server is gone.
    standIn.misbehave({ ...transportFault('reset'), when: (_, count) => count === 3 });
    await expect(sink.write(batch)).rejects.toMatchObject({ name: 'TransientError' });
    expect(standIn.bites).toBe(1);
    expect(await sink.write(batch)).toEqual([{ index: 6, reason: 'label value too long' }]);
    expect([values('/a'), values('/b')]).toEqual([
      [30, 20, 10],
      [30, 20, 10],
    ]);
  });
});

describe('prometheus: requests', () => {
  it('come one at a time, and say type and help once', async () => {
    const { standIn, sink } = await sinkOn();
    standIn.misbehave(firstOnly(transportFault('reset')));
    await expect(sink.write([page('/a', 10, 1)])).rejects.toMatchObject({ kind: 'network' });
    await sink.write([page('/a', 10, 1, { title: 'A' })]);
    expect([...standIn.metadata.values()]).toEqual([
      { name: 'page_clicks', type: 'gauge', help: 'Views of a page: clicks.', unit: '' },
      { name: 'page_views', type: 'gauge', help: 'Views of a page: views.', unit: '' },
      { name: 'page_info', type: 'info', help: 'Views of a page: what is said of it in words.', unit: '' },
    ]);
    const [, first] = standIn.requests;
    await sink.write([page('/b', 10, 1, { title: 'A' })]);
    expect(standIn.requests.at(-1)?.bytes.length).toBeLessThan((first?.bytes.length ?? 0) / 2);
    expect(standIn.maxConcurrent).toBe(1);
  });

  it('to VictoriaMetrics carry every copy', async () => {
    const { sink, values, standIn } = await sinkOn({ server: 'victoriametrics' }, { server: 'victoriametrics' });
    const batch = [page('/a', 900_000, 1), page('/a', 10, 2)];
    await sink.write(batch);
    await sink.write(batch);
    expect(values('/a')).toEqual([1, 1, 2, 2]);
    expect(standIn.requests).toHaveLength(2);
  });
});
