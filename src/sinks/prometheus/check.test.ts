import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectWellFormed, findingsOf } from '../../testing/contract/check.ts';
import { createSinkContext } from '../../testing/contract/sink.ts';
import { startStandIn, transportFault } from '../../testing/stand-in.ts';
import { type PrometheusOptions, startPrometheus } from '../../testing/stand-ins/prometheus/index.ts';
import { promDurationMs } from './check.ts';
import { prometheus } from './index.ts';

async function checked(options: PrometheusOptions = {}, settings: Readonly<Record<string, unknown>> = {}, dir = '.') {
  const standIn = await startPrometheus(options);
  try {
    const parsed = prometheus.settings.parse({ url: `${standIn.url}/api/v1/write`, ...settings });
    const seen = await findingsOf(prometheus.check?.(parsed, createSinkContext({ measurements: [], dir })));
    expectWellFormed(seen);
    expect([standIn.unexpected, standIn.samples()]).toEqual([[], []]);
    return { ...seen, paths: standIn.requests.map(({ path }) => path), writes: standIn.writes };
  } finally {
    await standIn.close();
  }
}

describe('prometheus: check', () => {
  it('sends a write without a sample, and asks a question', async () => {
    const { findings, writes, paths } = await checked();
    expect(findings).toEqual([
      { check: 'access', status: 'ok', message: expect.stringMatching(/api\/v1\/write takes writes; none was left there$/) },
    ]);
    expect([writes, paths]).toEqual([[0], ['/api/v1/write', '/api/v1/query', '/api/v1/status/config']]);
  });

  it('says where refusals cannot be compared with what is there', async () => {
    const { findings } = await checked({ answers: false });
    expect(findings).toMatchObject([{ status: 'ok', message: expect.stringContaining('answers no question') }]);
  });

  it('throws on a credential that is not accepted, and on a server that does not receive', async () => {
    expect((await checked({ authorization: 'Bearer x' })).error).toMatchObject({ kind: 'unauthorized' });
    expect((await checked({ receives: false })).error).toMatchObject({
      message: expect.stringContaining('--web.enable-remote-write-receiver'),
    });
    expect((await checked({}, { url: 'http://127.0.0.1:1/api/v1/write' })).error).toMatchObject({ kind: 'network' });
  });

  it('compares the window', async () => {
    const day = 86_400_000;
    expect((await checked({ outOfOrderWindow: 90 * day }, { outOfOrderWindow: '90d' })).findings).toHaveLength(1);
    const small = await checked({ outOfOrderWindow: day }, { outOfOrderWindow: '90d' });
    expect(small.findings[1]).toMatchObject({
      check: 'window',
      status: 'warning',
      message: expect.stringContaining('the last 1d in any order, not of the last 90d'),
    });
    const large = await checked({ outOfOrderWindow: 90 * day });
    expect(large.findings[1]).toMatchObject({ check: 'window', status: 'ok', message: expect.stringContaining('is 90d') });
    expect((await checked({ server: 'victoriametrics' }, { server: 'victoriametrics' })).paths).not.toContain('/api/v1/status/config');
  });

  it.each([
    ['90d', 90 * 86_400_000],
    ['12w6d', 90 * 86_400_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['0s', 0],
    ['soon', undefined],
    ['', undefined],
  ])('reads the duration %s', (text, expected) => {
    expect(promDurationMs(text)).toBe(expected);
  });

  it('looks whether the health of runs can be published', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kpi-prom-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const found = async (runHealth: object) => (await checked({}, { runHealth }, dir)).findings.at(-1);
    expect(await found({ textfile: 'kpi.prom' })).toMatchObject({ check: 'run health', status: 'ok' });
    expect(await found({ textfile: 'no/kpi.prom' })).toMatchObject({ status: 'error', mend: expect.stringContaining(join(dir, 'no')) });
    const gateway = await startStandIn(({ path }) => (path === '/-/ready' ? { body: 'OK' } : { status: 404 }));
    onTestFinished(() => gateway.close());
    expect(await found({ pushgateway: gateway.url })).toMatchObject({ status: 'ok' });
    gateway.misbehave(transportFault('502-html'));
    expect(await found({ pushgateway: gateway.url })).toMatchObject({ status: 'error', message: expect.stringContaining('502') });
    gateway.misbehave(transportFault('refuse'));
    expect(await found({ pushgateway: gateway.url })).toMatchObject({
      status: 'error',
      message: expect.stringContaining('cannot be reached'),
    });
  });
});
