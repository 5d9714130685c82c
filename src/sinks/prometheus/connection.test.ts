import { describe, expect, it, onTestFinished } from 'vitest';
import { type Entry, gauge, isNextError, measurement, messageOf } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { busy, type PrometheusOptions, startPrometheus } from '../../testing/stand-ins/prometheus/index.ts';
import { prometheus } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const secret = 'a-secret-of-the-tests==';
const level = measurement('level', { help: 'A level.', time: 'event', tags: {}, fields: { value_now: gauge() } });
const entry: Entry = entryOf({ measurement: level.name, tags: {}, fields: { value_now: 1 }, time: now, collectedAt: now });

async function sinkOn(options: PrometheusOptions = {}, settings: Readonly<Record<string, unknown>> = {}) {
  const standIn = await startPrometheus({ newest: now, ...options });
  onTestFinished(() => standIn.close());
  const parsed = prometheus.settings.parse({ url: `${standIn.url}/api/v1/write`, ...settings });
  return { standIn, parsed, sink: await prometheus.open(parsed, createSinkContext({ measurements: [level], now })) };
}

describe('prometheus: credentials', () => {
  it.each([
    ['a token', { token: secret }, `Bearer ${secret}`],
    ['a password', { username: '123', password: secret }, `Basic ${Buffer.from(`123:${secret}`).toString('base64')}`],
    ['a user name alone', { username: '123' }, `Basic ${Buffer.from('123:').toString('base64')}`],
  ])('are sent: %s', async (_, settings, authorization) => {
    const { sink, standIn } = await sinkOn({ authorization }, settings);
    expect(await sink.write([entry])).toEqual([]);
    expect(standIn.samples()).toHaveLength(1);
    const wrong = await sinkOn({ authorization });
    await expect(wrong.sink.write([entry])).rejects.toMatchObject({ name: 'PermanentError', kind: 'unauthorized' });
  });

  it('are sent from the address, which keeps its query', async () => {
    const { standIn, parsed } = await sinkOn();
    const url = `${standIn.url.replace('//', `//ada:${encodeURIComponent(secret)}@`)}/api/v1/write?extra=a%26b`;
    const sink = await prometheus.open({ ...(parsed as object), url }, createSinkContext({ measurements: [level], now }));
    expect(await sink.write([entry])).toEqual([]);
    const [asked] = standIn.requests;
    expect(asked?.headers.authorization).toBe(`Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`);
    expect(asked?.query.get('extra')).toBe('a&b');
  });

  it('and headers are sent, also with questions', async () => {
    const { sink, standIn } = await sinkOn({ tenant: 'growth' }, { headers: { 'X-Scope-OrgID': 'growth' } });
    expect(await sink.write([entry])).toEqual([]);
    const earlier = { ...entry, point: { ...entry.point, time: new Date(now.getTime() - 60_000) } };
    expect(await sink.write([earlier])).toMatchObject([{ reason: 'out of order sample' }]);
    expect(standIn.requests.map(({ path }) => path)).toContain('/api/v1/query');
    expect(standIn.requests.every(({ headers }) => headers['x-scope-orgid'] === 'growth')).toBe(true);
  });

  it('that a header cannot carry are refused without being told', async () => {
    for (const settings of [{ token: `${secret}\nx` }, { headers: { 'X-Key': `${secret}\u00fc` } }]) {
      const error = await sinkOn({}, settings).catch((one: unknown) => one);
      expect(error).toMatchObject({ name: 'PermanentError', message: expect.stringContaining('a header cannot carry') });
      expect(messageOf(error)).not.toContain(secret);
    }
  });

  it('are in no message, and reach no second origin', async () => {
    const faults = ['401', '403-html', '404', '502-html', 'html-200', 'redirect-loop', 'redirect-other-origin', 'refuse', 'hang'] as const;
    for (const name of faults) {
      const { standIn, sink } = await sinkOn({}, { token: secret, headers: { 'X-Key': secret }, timeout: '1s' });
      standIn.misbehave(transportFault(name));
      const error = await sink.write([entry]).catch((one: unknown) => one);
      expect(isNextError(error), name).toBe(true);
      const seen = `${messageOf(error)} ${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`;
      for (const spelling of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
        expect(seen).not.toContain(spelling);
      expect(standIn.other.requests, name).toEqual([]);
      expect(standIn.samples(), name).toEqual([]);
    }
  });
});

describe('prometheus: answers', () => {
  it.each([
    ['html-200', 'PermanentError', /a web page/],
    ['error-200', 'PermanentError', /no answer of a server/],
    ['202', 'TransientError', /answered 202/],
    ['redirect-loop', 'PermanentError', /leads elsewhere: check "url"/],
    ['401', 'PermanentError', /check "username" and "password", or "token"/],
    ['403-html', 'PermanentError', /may write metrics/],
    ['404', 'PermanentError', /check "url"/],
    ['429-bare', 'TransientError', /answered 429/],
    ['502-html', 'TransientError', /answered 502: a web page/],
    ['reset', 'TransientError', /cannot be reached/],
  ] as const)('%s is no acknowledgement: %s', async (name, kind, message) => {
    const { standIn, sink } = await sinkOn();
    standIn.misbehave(transportFault(name));
    await expect(sink.write([entry])).rejects.toMatchObject({ name: kind, message: expect.stringMatching(message) });
    expect(standIn.requests).toHaveLength(1);
  });

  it.each([429, 503] as const)('%i is asked again when it says', async (status) => {
    const { standIn, sink } = await sinkOn();
    standIn.misbehave(busy(status, '2'));
    await expect(sink.write([entry])).rejects.toMatchObject({ name: 'TransientError', retryAfterMs: 2000 });
    standIn.misbehave(busy(status, new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000).toUTCString()));
    const error = await sink.write([entry]).catch((one: unknown) => one as { readonly retryAfterMs: number });
    // By the date of the answer, not by the clock of this machine.
    expect((error as { readonly retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
  });

  it('of a Prometheus that does not receive say how to start it', async () => {
    const { sink } = await sinkOn({ receives: false });
    await expect(sink.write([entry])).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('start Prometheus with --web.enable-remote-write-receiver'),
    });
  });

  it('of many megabytes are read no further than anybody wants', async () => {
    const { standIn, sink } = await sinkOn();
    standIn.misbehave({ name: '413', act: ({ send }) => send({ status: 400, body: `bad sample ${'x'.repeat(5_000_000)}` }) });
    const [refused] = await sink.write([entry]);
    expect(refused?.reason).toMatch(/^bad sample x+$/);
    expect(refused?.reason.length).toBeLessThan(1_200_000);
  });

  it('that refuse the request are no refusal of its points', async () => {
    const { standIn, sink } = await sinkOn();
    standIn.misbehave({ name: '413', act: ({ send }) => send({ status: 400, body: 'snappy: corrupt input\n' }) });
    await expect(sink.write([entry])).rejects.toMatchObject({
      name: 'PermanentError',
      kind: 'rejected',
      message: expect.stringMatching(/refused the request \(400\): snappy: corrupt input; check that it takes remote write/),
    });
  });

  it('are waited for no longer than the timeout, and not past the end of the run', async () => {
    const { standIn, sink } = await sinkOn({}, { timeout: '1s' });
    standIn.misbehave(transportFault('hang'));
    await expect(sink.write([entry])).rejects.toMatchObject({ kind: 'timeout', message: expect.stringContaining('within 1s') });
    const over = new AbortController();
    const parsed = prometheus.settings.parse({ url: `${standIn.url}/api/v1/write` });
    const ended = await prometheus.open(parsed, createSinkContext({ measurements: [level], now, signal: over.signal }));
    const writing = ended.write([entry]);
    over.abort();
    await expect(writing).rejects.toMatchObject({ name: 'TransientError', kind: 'cancelled' });
  });
});
