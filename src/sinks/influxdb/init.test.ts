import { describe, expect, it, onTestFinished } from 'vitest';
import { createSinkContext } from '../../testing/sink-context.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { type InfluxOptions, startInflux } from '../../testing/stand-ins/influxdb/index.ts';
import { makeReady, requireDatabase, statusOf } from './init.ts';
import { Settings } from './settings.ts';

const token = 'a-token-of-the-tests==';
const context = createSinkContext({ measurements: [] });

async function server(options: InfluxOptions) {
  const standIn = await startInflux({ ...(options.server !== 'victoriametrics' && { token }), ...options });
  onTestFinished(() => standIn.close());
  const own = options.server === 'victoriametrics' ? {} : { token, org: 'petabridge', bucket: 'kpi' };
  return { standIn, settings: Settings.parse({ url: standIn.url, server: options.server, ...own }) };
}

describe('influxdb: making it ready', () => {
  it('makes the organisation, and a bucket that keeps its entries, of InfluxDB 2', async () => {
    const { standIn, settings } = await server({ server: 'influxdb2' });
    expect(await makeReady(settings, context)).toEqual([
      { object: 'organisation petabridge', action: 'created' },
      { object: 'bucket kpi', action: 'created' },
    ]);
    const made = standIn.requests.find(({ method, path }) => method === 'POST' && path === '/api/v2/buckets');
    expect(JSON.parse(made?.body ?? '')).toMatchObject({ name: 'kpi', retentionRules: [{ type: 'expire', everySeconds: 0 }] });
    expect(await makeReady(settings, context)).toEqual([
      { object: 'organisation petabridge', action: 'ready' },
      { object: 'bucket kpi', action: 'ready' },
    ]);
  });

  it('makes the database of InfluxDB 3', async () => {
    const { standIn, settings } = await server({ server: 'influxdb3' });
    expect(await makeReady(settings, context)).toEqual([{ object: 'database kpi', action: 'created' }]);
    expect(await makeReady(settings, context)).toEqual([{ object: 'database kpi', action: 'ready' }]);
    expect([...standIn.buckets]).toEqual(['kpi']);
  });

  it('has nothing to make in VictoriaMetrics', async () => {
    const { settings } = await server({ server: 'victoriametrics' });
    expect(await makeReady(settings, context)).toMatchObject([{ object: 'VictoriaMetrics', action: 'ready' }]);
  });

  it('tells how long a bucket keeps its entries', async () => {
    const { settings } = await server({ server: 'influxdb2', org: 'petabridge', bucket: 'kpi', retentionSeconds: 2_592_000 });
    const detail = 'it drops what is older than 30 days';
    expect((await makeReady(settings, context))[1]).toEqual({ object: 'bucket kpi', action: 'ready', detail });
  });

  it('is done by the other where two do it at once', async () => {
    for (const name of ['influxdb2', 'influxdb3'] as const) {
      const { standIn, settings } = await server({ server: name });
      const both = (await Promise.all([makeReady(settings, context), makeReady(settings, context)])).flat();
      const objects = new Set(both.map(({ object }) => object));
      for (const object of objects) {
        expect(
          both.filter((change) => change.object === object && change.action === 'created'),
          object,
        ).toHaveLength(1);
      }
      expect([...standIn.buckets]).toEqual(['kpi']);
    }
  });

  it('says what to do on a server without its first user', async () => {
    const { settings } = await server({ server: 'influxdb2', setupAllowed: true });
    await expect(makeReady(settings, context)).rejects.toThrow(/not set up yet: run "influx setup"/);
  });

  it('says what to do where the token may not', async () => {
    for (const name of ['influxdb2', 'influxdb3'] as const) {
      const { settings } = await server({ server: name, manages: false });
      await expect(makeReady(settings, context)).rejects.toMatchObject({
        kind: 'forbidden',
        message: expect.stringContaining('check "token"'),
      });
    }
  });

  it('says what to do where no such server answers', async () => {
    const { standIn, settings } = await server({ server: 'influxdb2' });
    standIn.misbehave(transportFault('html-200'));
    await expect(makeReady(settings, context)).rejects.toThrow(/check "url" and "server"/);
    await expect(statusOf(settings, context)).rejects.toThrow(/check "url" and "server"/);
  });
});

describe('influxdb: its status', () => {
  it.each(['influxdb2', 'influxdb3'] as const)('of %s says what is missing', async (name) => {
    const { settings } = await server({ server: name });
    expect(await statusOf(settings, context)).toEqual({
      problems: [expect.stringMatching(/(bucket|database) kpi is missing: run kpi db init/)],
    });
    await makeReady(settings, context);
    expect(await statusOf(settings, context)).toEqual({ problems: [] });
  });

  it('says that the server is not well', async () => {
    const { standIn, settings } = await server({ server: 'influxdb2' });
    standIn.misbehave({ name: 'error-200', act: ({ send }) => send({ body: { status: 'fail', message: 'disk is full' } }) });
    await expect(statusOf(settings, context)).rejects.toThrow(/not well: disk is full/);
  });

  it('takes a token that may not list databases for one that may write', async () => {
    const { settings } = await server({ server: 'influxdb3', manages: false });
    expect(await statusOf(settings, context)).toEqual({ problems: [] });
    await expect(requireDatabase(settings, context)).resolves.toBeUndefined();
  });
});
