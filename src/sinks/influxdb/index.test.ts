import { describe, expect, it, onTestFinished } from 'vitest';
import type { Entry, OpenSink } from '../../sdk/index.ts';
import { flag, gauge, isNextError, measurement, messageOf, moment, SplitError, text } from '../../sdk/index.ts';
import { createSinkContext, entryOf, type StoredRow, sinkContract } from '../../testing/contract/sink.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { busy, type InfluxOptions, resetAfterCommit, startInflux } from '../../testing/stand-ins/influxdb/index.ts';
import { influxdb } from './index.ts';
import { tagText } from './lines.ts';

const token = 'a-token-of-the-tests==';
const org = 'petabridge';
const bucket = 'kpi';
const servers = ['influxdb2', 'influxdb3'] as const;

/** Refused by the stand-in whatever else is stored. */
const cursed = measurement('cursed', {
  help: 'What no server takes.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { level: gauge() },
});

for (const server of servers) {
  sinkContract(influxdb, {
    async start() {
      const standIn = await startInflux({
        server,
        token,
        refuses: (line) => (line.measurement === cursed.name ? 'this line is cursed' : undefined),
      });
      return {
        settings: { url: standIn.url, server, token, org, bucket },
        read: async () => standIn.rows().map(rowOf),
        async interrupt() {
          standIn.misbehave(transportFault('refuse'));
          return async () => standIn.misbehave(undefined);
        },
        // InfluxDB 2 does not name the lines: the outlet finds them by halving.
        ...(server === 'influxdb3' && {
          refuse: async () => ({
            measurements: [cursed],
            entries: ['a', 'b'].map((place) =>
              entryOf({ measurement: cursed.name, tags: { place }, fields: { level: 1 }, time: new Date(0), collectedAt: new Date(0) }),
            ),
            reason: /cursed/,
          }),
        }),
        close: () => standIn.close(),
      };
    },
    tag: (value) => readBack(value, server),
  });
}

const views = measurement('page_views', {
  help: 'Views of a page.',
  time: 'day',
  tags: { page: 'its path' },
  fields: { views: gauge('{view}') },
});
const everything = measurement('everything', {
  help: 'A number, a flag, a moment and words.',
  time: 'event',
  tags: { place: 'where' },
  fields: { level: gauge(), up: flag(), changed_at: moment(), state: text() },
});

/** A server that is ready, and a sink on it. */
async function sinkOn(options: InfluxOptions & { readonly bare?: boolean; readonly autoInit?: boolean }) {
  const isVm = options.server === 'victoriametrics';
  const standIn = await startInflux({ ...(!isVm && { token }), ...(!options.bare && { org, bucket }), ...options });
  onTestFinished(async () => {
    await standIn.close();
    expect(standIn.unexpected).toEqual([]);
  });
  const settings = influxdb.settings.parse({ url: standIn.url, server: options.server, ...(!isVm && { token, org, bucket }) });
  const context = createSinkContext({ measurements: [views, everything], autoInit: options.autoInit ?? false });
  return { standIn, settings, sink: await influxdb.open(settings, context) };
}

describe('influxdb: a server that fails', () => {
  it.each([false, true])('and took the batch before (half of it: %s) has it once in the end', async (half) => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb2' });
    const batch = [page('/a', 1), page('/b', 2), page('/c', 3)];
    standIn.misbehave(half ? standIn.halfTaken : resetAfterCommit);
    await expect(sink.write(batch)).rejects.toMatchObject({ name: 'TransientError', kind: 'network' });
    expect(standIn.rows()).toHaveLength(half ? 2 : 3);
    standIn.misbehave(undefined);
    expect(await sink.write(batch)).toEqual([]);
    expect(standIn.rows()).toHaveLength(3);
  });

  it.each([429, 503] as const)('with %i is asked again when it says', async (status) => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb2' });
    standIn.misbehave(busy(status, '2'));
    await expect(sink.write([page('/a', 1)])).rejects.toMatchObject({ name: 'TransientError', retryAfterMs: 2000 });
  });

  it('is told of without the token', async () => {
    for (const name of ['401', '403-html', '404', '502-html', 'html-200', 'redirect-loop', 'redirect-other-origin', 'refuse'] as const) {
      const { standIn, sink } = await sinkOn({ server: 'influxdb2' });
      standIn.misbehave(transportFault(name));
      const error = await sink.write([page('/a', 1)]).catch((one: unknown) => one);
      expect(isNextError(error), name).toBe(true);
      const seen = `${messageOf(error)} ${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`;
      for (const spelling of [token, encodeURIComponent(token), Buffer.from(token).toString('base64')])
        expect(seen).not.toContain(spelling);
      expect(standIn.other.requests, name).toEqual([]);
    }
  });
});

describe('influxdb: refused lines', () => {
  const refuses = (line: { readonly tags: Readonly<Record<string, string>> }) =>
    line.tags.page?.startsWith('/bad') ? 'dropped 1 points outside retention policy of duration 72h0m0s' : undefined;

  it('are found by halving where the server does not name them, and the rest is stored', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb2', refuses });
    const batch = Array.from({ length: 500 }, (_, index) => page(index % 250 === 17 ? `/bad/${index}` : `/${index}`, index));
    const rejected = await deliver(sink, batch);
    expect(rejected.map(({ entry }) => entry.point.tags.page)).toEqual(['/bad/17', '/bad/267']);
    for (const { reason } of rejected) expect(reason).toContain('outside retention policy');
    expect(standIn.rows()).toHaveLength(498);
  });

  it('are found where one that cannot be read costs the whole request', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb2' });
    const broken: Entry = { ...page('/a', 1), point: { ...page('/a', 1).point, fields: { 'not a name': 1 } } };
    const rejected = await deliver(sink, [page('/b', 1), broken, page('/c', 1)]);
    expect(rejected).toEqual([{ entry: broken, reason: expect.stringContaining('unable to parse') }]);
    expect(standIn.rows()).toHaveLength(2);
  });

  it('are those that the server names, also past a line break in a string and an entry that was not sent', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb3', refuses });
    const batch = [everyKind({ state: 'two\nlines' }), everyKind({}), page('/bad', 2), page('/b', 3)];
    expect(await sink.write(batch)).toEqual([
      { index: 1, reason: expect.stringContaining('no field of a kind') },
      { index: 2, reason: expect.stringContaining('outside retention policy') },
    ]);
    expect(standIn.requests.filter(({ path }) => path === '/api/v2/write')).toHaveLength(1);
    expect(standIn.rows()).toHaveLength(2);
  });

  it('are found by halving where InfluxDB 3 names as many as it ever does, or none', async () => {
    for (const namesLines of [true, false]) {
      const { standIn, sink } = await sinkOn({ server: 'influxdb3', refuses, namesLines });
      const batch = Array.from({ length: 150 }, (_, index) => page(`/bad/${index}`, index));
      await expect(sink.write(batch)).rejects.toBeInstanceOf(SplitError);
      expect(await deliver(sink, [...batch, page('/good', 1)])).toHaveLength(150);
      expect(standIn.rows()).toHaveLength(1);
    }
  });

  it('are none where a batch is too large, and halves of it are not', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb2', longestBody: 400 });
    const batch = Array.from({ length: 100 }, (_, index) => page(`/${index}`, index));
    await expect(sink.write(batch)).rejects.toBeInstanceOf(SplitError);
    expect(await deliver(sink, batch)).toEqual([]);
    expect(standIn.rows()).toHaveLength(100);
  });
});

describe('influxdb: preparing', () => {
  it('is done on the way where it may be, once', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb2', bare: true, autoInit: true });
    expect(await sink.write([page('/a', 1)])).toEqual([]);
    expect(await sink.write([page('/b', 1)])).toEqual([]);
    expect(standIn.requests.filter(({ path }) => path === '/api/v2/setup')).toHaveLength(1);
    expect(standIn.rows()).toHaveLength(2);
  });

  it('asks InfluxDB 3 for its database, with the first write, also after a try that failed', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb3' });
    expect(standIn.requests).toEqual([]);
    standIn.misbehave(transportFault('refuse'));
    await expect(sink.write([page('/a', 1)])).rejects.toMatchObject({ name: 'TransientError' });
    standIn.misbehave(undefined);
    await sink.write([page('/a', 1)]);
    await sink.write([page('/b', 1)]);
    expect(standIn.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'POST']);
  });

  it('lets a token write that may not list databases', async () => {
    const { standIn, sink } = await sinkOn({ server: 'influxdb3', manages: false });
    expect(await sink.write([page('/a', 1)])).toEqual([]);
    expect(standIn.rows()).toHaveLength(1);
  });
});

describe('influxdb: VictoriaMetrics', () => {
  it('gets numbers only, and every copy', async () => {
    const { standIn, sink, settings } = await sinkOn({ server: 'victoriametrics' });
    expect(influxdb.accepts(settings)).toMatchObject({ rerun: 'appends', timestamps: { futureMs: 172_800_000 } });
    const entry = everyKind({ level: 1.5, up: true, changed_at: '2026-11-21T20:00:00.500Z', state: 'well' });
    await sink.write([entry]);
    await sink.write([entry]);
    const row = {
      measurement: 'everything',
      tags: { place: 'a b' },
      fields: { level: 1.5, up: 1, changed_at: 1795291200.5 },
      time: new Date(1000),
    };
    expect(standIn.rows()).toEqual([row, row]);
    expect(standIn.dropped).toEqual([]);
  });

  it('drops no line for what is in a tag', async () => {
    const { standIn, sink } = await sinkOn({ server: 'victoriametrics' });
    const tags = ['a\\', 'a\\\\', 'a\\ b', 'tab\t', 'line\nbreak', 'a,b=c', '\u241b', 'a\\\u241b.'];
    expect(await sink.write(tags.map((tag, index) => page(tag, index)))).toEqual([]);
    expect(standIn.dropped).toEqual([]);
    expect(new Set(standIn.rows().map((row) => row.tags.page)).size).toBe(tags.length);
  });

  it('rejects an entry that has no number', async () => {
    const { sink } = await sinkOn({ server: 'victoriametrics' });
    expect(await sink.write([everyKind({ state: 'well' })])).toEqual([{ index: 0, reason: expect.stringContaining('no field of a kind') }]);
  });
});

function page(path: string, count: number): Entry {
  const day = new Date('2026-11-21T00:00:00.000Z');
  return entryOf({ measurement: views.name, tags: { page: path }, fields: { views: count }, time: day, collectedAt: day });
}

function everyKind(fields: Entry['point']['fields']): Entry {
  return entryOf({ measurement: everything.name, tags: { place: 'a b' }, fields, time: new Date(1000), collectedAt: new Date(2000) });
}

/** As an outlet does: halves what is too large or partly refused, down to one entry, which is rejected. */
async function deliver(open: OpenSink, batch: readonly Entry[]): Promise<readonly { readonly entry: Entry; readonly reason: string }[]> {
  try {
    return (await open.write(batch)).map(({ index, reason }) => ({ entry: batch[index] as Entry, reason }));
  } catch (error) {
    if (!(error instanceof SplitError)) throw error;
    if (batch.length === 1) return [{ entry: batch[0] as Entry, reason: error.message }];
    const half = Math.ceil(batch.length / 2);
    return [...(await deliver(open, batch.slice(0, half))), ...(await deliver(open, batch.slice(half)))];
  }
}

/** What is in the store, in the words of a point: moments are numbers there. */
function rowOf({ fields, ...row }: StoredRow): StoredRow {
  const { changed_at: moment } = fields;
  return { ...row, fields: { ...fields, ...(typeof moment === 'number' && { changed_at: new Date(moment * 1000).toISOString() }) } };
}

/** How the server reads the tag back. */
function readBack(value: string, server: 'influxdb2' | 'influxdb3'): string {
  const written = tagText(value, server);
  return server === 'influxdb2' ? written.replace(/\\([ ,=])/g, '$1') : written.replace(/\\([\\ ,=])/g, '$1');
}
