import { describe, expect, it, onTestFinished } from 'vitest';
import { messageOf } from '../../sdk/index.ts';
import { createSinkContext, type SinkContextOptions } from '../../testing/sink-context.ts';
import { startStandIn, transportFault } from '../../testing/stand-in.ts';
import { connectionTo } from './connection.ts';
import { Settings } from './settings.ts';

const token = 'a-token-of-the-tests==';

async function server(own: Readonly<Record<string, unknown>> = {}, context: Partial<SinkContextOptions> = {}) {
  const standIn = await startStandIn(() => ({ status: 204 }));
  onTestFinished(() => standIn.close());
  const settings = Settings.parse({ url: standIn.url, server: 'victoriametrics', ...own });
  return { standIn, connect: () => connectionTo(settings, createSinkContext({ measurements: [], ...context })) };
}

describe('influxdb: a connection', () => {
  it.each([
    ['influxdb2', { token, org: 'o', bucket: 'b' }, `Token ${token}`],
    ['influxdb3', { token, bucket: 'b' }, `Bearer ${token}`],
    ['victoriametrics', { token }, `Bearer ${token}`],
    ['victoriametrics', {}, undefined],
  ])('to %s shows its token as that takes it', async (name, own, authorization) => {
    const { standIn, connect } = await server({ server: name, ...own });
    expect(await connect().ask('GET', '/health')).toMatchObject({ status: 204, body: '' });
    expect(standIn.requests[0]?.headers.authorization).toBe(authorization);
  });

  it('goes behind a path, as the user that the address names, and does not tell of that', async () => {
    const { standIn } = await server();
    const url = `${standIn.url.replace('http://', 'http://ada:p%40ss@')}/insert/0/influx/`;
    const connection = connectionTo(Settings.parse({ url, server: 'victoriametrics' }), createSinkContext({ measurements: [] }));
    await connection.ask('POST', '/api/v2/write?org=', 'm v=1');
    expect(standIn.requests[0]).toMatchObject({ path: '/insert/0/influx/api/v2/write', body: 'm v=1' });
    expect(standIn.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`);
    expect(connection.where).toBe(`${standIn.url}/insert/0/influx`);
  });

  it('gives up on a server that hangs, and says so', async () => {
    const { standIn, connect } = await server({ timeout: '1s' });
    standIn.misbehave(transportFault('hang'));
    const message = `${standIn.url} did not answer within 1s`;
    await expect(connect().ask('GET', '/')).rejects.toMatchObject({ name: 'TransientError', kind: 'timeout', message });
  });

  it('ends with the run', async () => {
    const run = new AbortController();
    const { standIn, connect } = await server({}, { signal: run.signal });
    standIn.misbehave({ name: 'hang', act: () => run.abort() });
    await expect(connect().ask('GET', '/')).rejects.toMatchObject({ name: 'TransientError', kind: 'cancelled' });
  });

  it('follows no redirect', async () => {
    const { standIn, connect } = await server({ token });
    standIn.misbehave(transportFault('redirect-other-origin'));
    expect(await connect().ask('POST', '/api/v2/write', 'm v=1')).toMatchObject({ status: 302 });
    expect(standIn.other.requests).toEqual([]);
  });

  it.each(['refuse', 'reset', 'truncate'] as const)('that breaks (%s) is worth another try, and names no secret', async (fault) => {
    const { standIn, connect } = await server({ token });
    standIn.misbehave(transportFault(fault));
    const error = await connect()
      .ask('POST', '/api/v2/write', 'm v=1')
      .catch((one: unknown) => one);
    expect(error).toMatchObject({
      name: 'TransientError',
      kind: 'network',
      message: expect.stringContaining(`${standIn.url} cannot be reached: `),
    });
    expect(`${messageOf(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain(token);
  });

  it('is not made with a token that no header can carry, and does not name it', async () => {
    const { connect } = await server({ token: 'first line\nsecond line' });
    expect(connect).toThrow(/character that a header cannot carry/);
    expect(connect).not.toThrow(/second line/);
  });
});
