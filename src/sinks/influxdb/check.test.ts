import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../testing/contract/check.ts';
import { createSinkContext } from '../../testing/contract/sink.ts';
import { type InfluxOptions, startInflux } from '../../testing/stand-ins/influxdb/index.ts';
import { influxdb } from './index.ts';

const token = 'a-token-of-the-tests==';
const there = { org: 'petabridge', bucket: 'kpi' };

async function checked(options: InfluxOptions, given: { readonly token?: string; readonly url?: string } = {}) {
  const isVm = options.server === 'victoriametrics';
  const standIn = await startInflux({ ...(!isVm && { token }), ...options });
  try {
    const { server } = options;
    const settings = influxdb.settings.parse({ url: standIn.url, server, ...(!isVm && { token, ...there }), ...given });
    const seen = await findingsOf(influxdb.check?.(settings, createSinkContext({ measurements: [], instance: 'influx' })));
    expect(standIn.unexpected).toEqual([]);
    return { ...seen, rows: standIn.rows(), paths: standIn.requests.map(({ path }) => path), buckets: [...standIn.buckets] };
  } finally {
    await standIn.close();
  }
}

describe('influxdb: check of InfluxDB 2', () => {
  it('writes a point, reads it and deletes it', async () => {
    const { findings, rows, paths } = await checked({ server: 'influxdb2', ...there });
    expect(findings).toEqual([{ check: 'access', status: 'ok', message: 'a point was written, read and deleted' }]);
    expect(rows).toEqual([]);
    expect(paths.slice(-3)).toEqual(['/api/v2/write', '/api/v2/query', '/api/v2/delete']);
  });

  it('is content with a token that may only write', async () => {
    const { findings, rows } = await checked({ server: 'influxdb2', ...there, reads: false });
    expect(findings).toMatchObject([{ status: 'ok', message: 'a point was written (not read: the token may only write) and deleted' }]);
    expect(rows).toEqual([]);
  });

  it('says what stays behind where it may not delete', async () => {
    const { findings, rows } = await checked({ server: 'influxdb2', ...there, deletes: false });
    expect(findings).toMatchObject([{ status: 'warning', mend: expect.stringContaining('influx delete --bucket kpi') }]);
    expect(rows).toMatchObject([{ measurement: 'kpi_doctor' }]);
  });

  it('finds a bucket that drops what it takes', async () => {
    const { findings } = await checked({ server: 'influxdb2', ...there, swallows: true });
    expect(findings).toMatchObject([{ status: 'error', message: expect.stringContaining('cannot be found there') }]);
  });

  it('says how to make the bucket', async () => {
    const { findings, paths } = await checked({ server: 'influxdb2', org: 'petabridge' });
    expect(findings).toEqual([{ check: 'access', status: 'error', message: 'bucket kpi is missing', mend: 'kpi db init --sinks influx' }]);
    expect(paths).not.toContain('/api/v2/write');
  });

  it('throws on a token that is not accepted, and on a server that is not there', async () => {
    expect((await checked({ server: 'influxdb2', ...there }, { token: 'another-token' })).error).toMatchObject({ kind: 'unauthorized' });
    expect((await checked({ server: 'influxdb2' }, { url: 'http://127.0.0.1:1' })).error).toMatchObject({ kind: 'network' });
  });
});

describe('influxdb: check of what deletes nothing', () => {
  it('writes nothing to InfluxDB 3, nor makes its database', async () => {
    const good = await checked({ server: 'influxdb3', ...there });
    expect(good.findings).toMatchObject([{ status: 'ok', message: expect.stringContaining('no point was written') }]);
    expect([good.rows, good.paths.includes('/api/v2/write')]).toEqual([[], false]);
    const missing = await checked({ server: 'influxdb3' });
    expect(missing.findings).toMatchObject([{ status: 'error', mend: 'kpi db init --sinks influx' }]);
    expect(missing.buckets).toEqual([]);
  });

  it('sends VictoriaMetrics a write without a line', async () => {
    const { findings, rows, paths } = await checked({ server: 'victoriametrics' });
    expect(findings).toMatchObject([{ status: 'ok', message: 'VictoriaMetrics takes writes; none was left there' }]);
    expect([rows, paths.at(-1)]).toEqual([[], '/api/v2/write']);
  });
});
