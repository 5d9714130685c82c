import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StandIn } from '../../testing/stand-in.ts';
import { createAuthority, startSilence, startSiteApart, startWebsite } from '../../testing/stand-ins/website/index.ts';
import type { Order } from './order.ts';
import { openProber, type Prober } from './prober.ts';

const never = new AbortController().signal;
let web: StandIn;
let prober: Prober;

beforeAll(async () => {
  web = await startWebsite({ latencyMs: 20 });
});
afterEach(() => prober.close());
afterAll(() => web.close());

function order(url: string, more: Partial<Order> = {}): Order {
  return { url, method: 'GET', headers: {}, ownHeaders: {}, status: ['2xx'], redirects: 5, timeoutMs: 5000, wantsBody: false, ...more };
}

describe('checks in threads', () => {
  it('see what there is to see, and bring the page', async () => {
    prober = openProber(2);
    const seen = await prober.check(order(`${web.url}/`, { wantsBody: true }), never);
    expect(seen.status).toBe(200);
    expect(new TextDecoder().decode(seen.page?.body)).toContain('Welcome');
  });

  it('are many at once', async () => {
    prober = openProber(2);
    const seen = await Promise.all(Array.from({ length: 50 }, () => prober.check(order(`${web.url}/`), never)));
    expect(seen.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(web.maxConcurrent).toBeGreaterThan(5);
  });

  it('end with the signal', async () => {
    prober = openProber(1);
    const silence = await startSilence('http');
    const abort = new AbortController();
    const made = prober.check(order(silence.url), abort.signal);
    await until(() => silence.seen.connections === 1);
    abort.abort(new Error('enough'));
    await expect(made).rejects.toThrow('enough');
    await until(() => silence.seen.open === 0);
    await silence.close();
  });

  it('end with the session', async () => {
    prober = openProber(1);
    const silence = await startSilence('http');
    const made = prober.check(order(silence.url), never);
    await until(() => silence.seen.connections === 1);
    await Promise.all([expect(made).rejects.toThrow('closed'), prober.close()]);
    await until(() => silence.seen.open === 0);
    await silence.close();
    await expect(prober.check(order(silence.url), never)).rejects.toThrow('closed');
  });

  it('that could not be made are errors of ours, and the next are made', async () => {
    prober = openProber(1);
    const broken = prober.check(order('no address'), never);
    await expect(broken).rejects.toMatchObject({
      name: 'PermanentError',
      kind: 'defect',
      message: 'the check could not be made: Invalid URL',
    });
    expect((await prober.check(order(`${web.url}/`), never)).status).toBe(200);
  });
});

describe('a thread that dies', () => {
  const mortal = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ id, question }) => {
      if (question.url === 'die') process.exit(9);
      if (question.url === 'answer') parentPort.postMessage({ id, reply: { ms: {}, redirects: 0, status: 200 } });
    });`;

  it('fails its checks as errors of ours, and another takes its place', async () => {
    prober = openProber(1, new URL(`data:text/javascript,${encodeURIComponent(mortal)}`));
    const all = ['wait', 'die'].map((url) => prober.check(order(url), never));
    for (const one of all) {
      await expect(one).rejects.toMatchObject({ kind: 'defect', message: 'the check could not be made: the thread ended with code 9' });
    }
    expect((await prober.check(order('answer'), never)).status).toBe(200);
  });
});

/** Stops this thread, without load on the machine. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The best round counts: what other work on the machine adds is no fault of ours, and a fault of ours would be in every round. */
describe('phases', () => {
  it('are true while the main thread is blocked', { retry: 2 }, async () => {
    prober = openProber(1);
    const authority = createAuthority();
    const certificate = authority.issue({ hosts: ['127.0.0.1'], to: new Date(Date.now() + 86_400_000) });
    const site = await startSiteApart({ certificate, handshakeMs: 40, firstByteMs: 60, transferMs: 50 });
    const one = order(`${site.url}/`, { ca: authority.cert });
    const wanted = { connect: 0, tls: 40, firstByte: 60, transfer: 50, all: 150 };
    const off: Record<string, number[]> = {};
    await prober.check(one, never);
    for (let round = 0; round < 5; round += 1) {
      const began = performance.now();
      const made = prober.check(one, never);
      block(200);
      const { broke, ms, responseMs } = await made;
      expect(performance.now() - began).toBeGreaterThanOrEqual(199);
      expect(broke).toBeUndefined();
      const seen: Readonly<Record<string, number | undefined>> = { ...ms, all: responseMs };
      for (const [phase, should] of Object.entries(wanted)) {
        off[phase] = [...(off[phase] ?? []), Math.abs((seen[phase] ?? Number.NaN) - should)];
      }
    }
    for (const [phase, each] of Object.entries(off)) expect(Math.min(...each), phase).toBeLessThanOrEqual(20);
    await site.close();
  });

  it('are true when 50 are measured at once', { retry: 2 }, async () => {
    prober = openProber(1);
    const site = await startSiteApart({ firstByteMs: 100 });
    const fifty = () => Promise.all(Array.from({ length: 50 }, () => prober.check(order(`${site.url}/`), never)));
    const off: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const seen = await fifty();
      off.push(median(seen.map(({ ms }) => Math.abs((ms.firstByte ?? Number.NaN) - 100))));
    }
    expect(Math.min(...off)).toBeLessThanOrEqual(20);
    await site.close();
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
