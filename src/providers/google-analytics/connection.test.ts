import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import { checkAll } from '../../testing/contract/check.ts';
import { startTestProxy, type TestProxy } from '../../testing/proxy.ts';
import { type GoogleAnalyticsGrpc, type GrpcFault, startGoogleAnalyticsGrpc } from '../../testing/stand-ins/google-analytics/grpc.ts';
import { createAccount, startGoogleAnalytics } from '../../testing/stand-ins/google-analytics/index.ts';
import { googleAnalytics } from './index.ts';

const account = createAccount();
const clockStart = '2026-11-21T20:00:00.000Z';
const options = { properties: [{ id: '1' }], account, pageRows: 5, now: () => new Date(clockStart) };

async function overGrpc(): Promise<{ standIn: GoogleAnalyticsGrpc; settings: Readonly<Record<string, unknown>> }> {
  const standIn = await startGoogleAnalyticsGrpc(options);
  onTestFinished(() => standIn.close());
  return { standIn, settings: { properties: ['1'], credentials: account.key, baseUrl: standIn.url } };
}

function collect(settings: object, more: CollectAllOptions = {}) {
  return collectAll(googleAnalytics, settings, { clock: createTestClock(clockStart), deadlineMs: 7_200_000, ...more });
}

describe('over gRPC', () => {
  it('brings the same as over HTTP, page by page', async () => {
    const { standIn, settings } = await overGrpc();
    const rest = await startGoogleAnalytics(options);
    onTestFinished(() => rest.close());
    const one = await collect(settings);
    const other = await collect({ ...settings, transport: 'rest', baseUrl: rest.url });
    expect(one.points).toHaveLength(12);
    expect(one.points).toStrictEqual(other.points);
    expect([...one.errors, ...one.problems, ...one.notices]).toEqual([]);
    expect(one.quotas).toEqual(other.quotas);
    expect(one.requests).toBe(3);
    expect(standIn.calls).toEqual(Array(3).fill('properties/1 1'));
    expect(standIn.unexpected).toEqual([]);
  });

  it('checks itself', async () => {
    const { settings } = await overGrpc();
    const { findings } = await checkAll(googleAnalytics, settings);
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  const failures: readonly (readonly [string, GrpcFault, { kind: string; retries: number; points?: number; says?: string }])[] = [
    ['UNAUTHENTICATED', { code: 16, details: 'Request had invalid authentication credentials.' }, { kind: 'unauthorized', retries: 0 }],
    ['PERMISSION_DENIED', { code: 7, details: 'User does not have sufficient permissions.' }, { kind: 'forbidden', retries: 0 }],
    [
      'a service that is not enabled',
      { code: 7, details: 'Google Analytics Data API has not been used in project 123 before or it is disabled.' },
      { kind: 'forbidden', retries: 0, says: 'is not enabled in the project' },
    ],
    ['NOT_FOUND', { code: 5, details: 'no' }, { kind: 'not-found', retries: 0 }],
    ['a daily quota', { code: 8, details: 'Exhausted property tokens per day.' }, { kind: 'quota', retries: 0 }],
    ['too many at once', { code: 8, details: 'Exhausted concurrent requests quota.' }, { kind: 'rate-limited', retries: 3 }],
    ['INTERNAL', { code: 13, details: 'An internal error has occurred.' }, { kind: 'server', retries: 1 }],
    ['UNAVAILABLE', { code: 14, details: 'The service is currently unavailable.' }, { kind: 'server', retries: 1 }],
    ['silence', 'hang', { kind: 'timeout', retries: 1, says: 'not asked again' }],
    ['a broken connection', 'reset', { kind: 'network', retries: 3 }],
    ['an answer that is none', () => ({ reports: [] }), { kind: 'invalid-answer', retries: 0 }],
    [
      'an answer that is too large',
      (answer) => ({ ...answer, kind: 'x'.repeat(64 * 1024 * 1024) }),
      { kind: 'too-large', retries: 0, says: 'too large' },
    ],
  ];

  it.each(failures)('%s', async (_, fault, end) => {
    const { standIn, settings } = await overGrpc();
    standIn.misbehave(() => fault);
    const seen = await collect(settings, { timeoutMs: fault === 'hang' ? 150 : 5000 });
    expect(standIn.bites).toBe(end.retries + 1);
    expect(seen.points).toEqual([]);
    expect([...seen.errors.values()]).toMatchObject([{ kind: end.kind, message: expect.stringContaining(end.says ?? '') }]);
    expect(seen.retries).toBe(end.retries);
    expect(seen.closed).toBe(1);
    expect(seen.redactor.holds(JSON.stringify([...seen.errors.values()].map(({ message, stack }) => [message, stack])))).toBe(false);
  });

  it('a refused report is a problem of its own', async () => {
    const { settings } = await overGrpc();
    const reports = [
      { name: 'wrong', metrics: ['noSuchMetric'] },
      { name: 'right', metrics: ['sessions'] },
    ];
    const { problems, points } = await collect({ ...settings, reports });
    expect(problems).toMatchObject([{ item: 'wrong', kind: 'config' }]);
    expect(points).toHaveLength(4);
  });

  it('one failure is tried again, half a minute later', async () => {
    const { standIn, settings } = await overGrpc();
    standIn.misbehave((count) => (count === 2 ? { code: 13, details: 'An internal error has occurred.' } : undefined));
    const seen = await collect(settings);
    expect(seen.points).toHaveLength(12);
    expect([seen.retries, seen.clock.elapsed()]).toEqual([1, 30_000]);
  });

  it('nobody there is a connection that failed', async () => {
    const { standIn, settings } = await overGrpc();
    standIn.close();
    const seen = await collect(settings);
    expect([...seen.errors.values()]).toMatchObject([{ kind: 'network', message: expect.stringContaining('ECONNREFUSED') }]);
    expect(seen.retries).toBe(3);
  });

  it('tokens of somebody else are not accepted', async () => {
    const { settings } = await overGrpc();
    const seen = await collect({ ...settings, credentials: createAccount().key });
    expect([...seen.errors.values()]).toMatchObject([{ kind: 'unauthorized' }]);
  });

  it('ends with the run', async () => {
    const { standIn, settings } = await overGrpc();
    standIn.misbehave(() => 'hang');
    const controller = new AbortController();
    const seen = collect(settings, { signal: controller.signal, timeoutMs: 60_000 });
    while (standIn.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect((await seen).closed).toBe(1);
  });
});

describe('a proxy of the environment', () => {
  async function proxied(): Promise<TestProxy> {
    const proxy = await startTestProxy();
    onTestFinished(() => proxy.close());
    return proxy;
  }

  it('is gone through, by REST in place of gRPC, and the log says so', async () => {
    const [rest, proxy] = [await startGoogleAnalytics(options), await proxied()];
    onTestFinished(() => rest.close());
    const settings = { properties: ['1'], credentials: account.key, transport: 'grpc', baseUrl: rest.url };
    const seen = await collect(settings, { env: { HTTP_PROXY: proxy.url } });
    expect([seen.points.length, ...seen.errors]).toEqual([12]);
    expect(proxy.seen.map((asked) => asked.split('?')[0])).toEqual(Array(3).fill(`POST ${rest.url}/v1beta/properties/1:batchRunReports`));
    const said = seen.lines.filter((line) => line.includes('REST in place of gRPC'));
    expect(said).toEqual([expect.stringContaining(new URL(proxy.url).host)]);
    const asked = await collect({ ...settings, transport: 'rest' }, { env: { HTTP_PROXY: proxy.url } });
    expect([asked.points.length, asked.lines.join().includes('in place of')]).toEqual([12, false]);
  });

  it('is asked for a tunnel to an https address', async () => {
    const [rest, proxy] = [await startGoogleAnalytics(options), await proxied()];
    onTestFinished(() => rest.close());
    const host = `127.0.0.1:${new URL(rest.url).port}`;
    const settings = { properties: ['1'], credentials: account.key, baseUrl: `https://${host}` };
    const seen = await collect(settings, { env: { HTTPS_PROXY: proxy.url }, policy: { tries: 1 } });
    // The other end speaks no TLS: that the tunnel was asked for, and used, is what counts.
    expect(proxy.seen).toEqual([`CONNECT ${host}`]);
    expect([...seen.errors.values()]).toMatchObject([
      { message: expect.stringContaining(`(through the proxy ${new URL(proxy.url).host})`) },
    ]);
  });

  it('is none where NO_PROXY names the address, whatever the process would say', async () => {
    const proxy = await proxied();
    for (const name of ['grpc_proxy', 'https_proxy', 'http_proxy']) vi.stubEnv(name, proxy.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { standIn, settings } = await overGrpc();
    const seen = await collect(settings, { env: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' } });
    expect([seen.points.length, standIn.calls.length, proxy.seen]).toEqual([12, 3, []]);
  });

  it('is asked by the check too', async () => {
    const [rest, proxy] = [await startGoogleAnalytics(options), await proxied()];
    onTestFinished(() => rest.close());
    const settings = { properties: ['1'], credentials: account.key, baseUrl: rest.url };
    const { findings } = await checkAll(googleAnalytics, settings, { env: { HTTP_PROXY: proxy.url } });
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok']);
    expect(proxy.seen).toHaveLength(1);
  });
});

describe('a report that takes long', () => {
  it('has a minute for each try', async () => {
    const asked: (number | undefined)[] = [];
    const watched = {
      ...googleAnalytics,
      async connect(...given: Parameters<typeof googleAnalytics.connect>) {
        const session = await googleAnalytics.connect(...given);
        return {
          ...session,
          collect(target: unknown, context: Parameters<typeof session.collect>[1]) {
            const attempt: typeof context.attempt = (work, options) => {
              asked.push(options?.timeoutMs);
              return context.attempt(work, options);
            };
            return session.collect(target, { ...context, attempt });
          },
        };
      },
    };
    const { settings } = await overGrpc();
    await collectAll(watched, settings, { clock: createTestClock(clockStart) });
    expect(asked).toEqual([60_000, 60_000, 60_000]);
  });
});

describe('two at once', () => {
  it('each sends its own tokens, also through one process', async () => {
    const accounts = [createAccount('a@one.iam.gserviceaccount.com'), createAccount('b@two.iam.gserviceaccount.com')];
    const runs = accounts.map(async (own) => {
      const standIn = await startGoogleAnalytics({ ...options, account: own });
      onTestFinished(() => standIn.close());
      return collect({ properties: ['1'], credentials: own.key, transport: 'rest', baseUrl: standIn.url });
    });
    for (const { points, errors } of await Promise.all(runs)) expect([points.length, errors.size]).toEqual([12, 0]);
  });
});
