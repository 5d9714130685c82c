import { setImmediate as macrotask } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockedError, PermanentError, SplitError, TransientError } from '../sdk/errors.ts';
import type { Failure } from '../sdk/provider.ts';
import { createTestClock } from '../testing/clock.ts';
import { createLimiter } from './limiter.ts';
import { createLog } from './log.ts';
import { StatusError } from './policy.ts';
import { createRedactor } from './redact.ts';
import { createTries, type Scene, type Tries, type TriesOptions } from './tries.ts';

const stray: unknown[] = [];
const remember = (reason: unknown) => stray.push(reason);
beforeEach(() => void process.on('unhandledRejection', remember));
afterEach(async () => {
  // Node tells of a stray rejection as soon as the microtasks are done.
  await macrotask();
  process.off('unhandledRejection', remember);
  expect(stray.splice(0)).toEqual([]);
});

/** Runs `test` with the engine's real parts, inside a slot. */
function trying(options: Partial<TriesOptions> = {}) {
  const clock = createTestClock();
  const redactor = createRedactor();
  redactor.add('top-secret');
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), level: 'debug', format: 'text', redactor, clock });
  const counters = { requests: 0, retries: 0 };
  const controller = new AbortController();
  const limiter = createLimiter({ clock, concurrency: 4 });
  const gate = limiter.gate({ name: 'api', key: ['x'], concurrency: 4, source: 'test' });
  const { signal } = controller;
  async function inside<T>(test: (tries: Tries) => Promise<T>): Promise<T> {
    return gate.hold(new AbortController().signal, (slot) =>
      test(createTries({ slot, judge: undefined, signal, clock, log, redactor, counters, random: () => 0, ...options })),
    );
  }
  return { clock, lines, counters, controller, gate, inside };
}

/** Fails with each of `errors` in turn, and then answers. */
function failing(...errors: readonly unknown[]) {
  const left = [...errors];
  return async (): Promise<string> => {
    if (left.length > 0) throw left.shift();
    return 'well';
  };
}

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  );
}

const server = () => new TransientError('it failed', { kind: 'server' });
const limited = (retryAfterMs?: number) => new TransientError('too many', { kind: 'rate-limited', retryAfterMs });

describe('createTries: waits', () => {
  it('waits 1 s, 4 s and 16 s, then rejects with the last error', async () => {
    const { clock, counters, inside } = trying();
    const errors = [server(), server(), server(), new TransientError('the last')];
    expect(await failure(inside((tries) => tries.run(failing(...errors), {})))).toBe(errors[3]);
    expect(clock.sleeps).toEqual([1000, 4000, 16_000]);
    expect(counters).toEqual({ requests: 4, retries: 3 });
  });

  it('spreads calls that failed together, by at most a quarter', async () => {
    const { clock, inside } = trying({ random: () => 1 });
    expect(await inside((tries) => tries.run(failing(server(), server()), {}))).toBe('well');
    expect(clock.sleeps).toEqual([1250, 5000]);
  });

  it('waits as long as it is told', async () => {
    const { clock, inside } = trying();
    const later = new TransientError('not yet', { kind: 'not-yet', retryAfterMs: 7000 });
    expect(await inside((tries) => tries.run(failing(later, limited(30_000)), {}))).toBe('well');
    expect(clock.sleeps).toEqual([7000, 30_000]);
  });

  it('waits a minute on a limit that does not say, then twice as long', async () => {
    const { clock, inside } = trying();
    await failure(inside((tries) => tries.run(failing(limited(), limited(), limited(), limited()), {})));
    expect(clock.sleeps).toEqual([60_000, 120_000, 240_000]);
  });

  it.each([
    ['a limit', limited(5000), true],
    ['a server that says when', new TransientError('x', { kind: 'server', retryAfterMs: 5000 }), true],
    ['a server that just failed', server(), false],
    ['an answer that is not ready', new TransientError('x', { kind: 'not-yet', retryAfterMs: 5000 }), false],
  ])('shares the pause with all of the limit, or not: %s', async (_name, error, isShared) => {
    const { clock, gate, inside } = trying();
    const failed = Promise.withResolvers<void>();
    const first = inside((tries) =>
      tries.run(async (scene) => {
        if (scene.number > 1) return;
        failed.resolve();
        throw error;
      }, {}),
    );
    await failed.promise;
    await new Promise((resolve) => setImmediate(resolve));
    const start = clock.elapsed();
    let begun = Number.NaN;
    const { signal } = new AbortController();
    await gate.hold(signal, async (slot) => {
      await slot.ready(signal);
      begun = clock.elapsed();
    });
    await first;
    expect(start === 0 && begun === 0).toBe(!isShared);
  });

  it('does not say that anybody asked for a wait which is its own', async () => {
    const { inside } = trying({ deadline: 500 });
    const error = await failure(inside((tries) => tries.run(failing(new TransientError('down')), {})));
    expect(error.message).toMatch(/; the next try would come after the end of the run$/);
  });

  it('tells of each wait', async () => {
    const told: (number | string)[] = [];
    const { inside } = trying({ waits: (ms, kind) => told.push(Math.round(ms / 1000), kind) });
    await inside((tries) => tries.run(failing(limited(40_000), limited(50_000)), {}));
    expect(told).toEqual([40, 'rate-limited', 50, 'rate-limited']);
  });

  it('fails at once where the wait outlasts the run, and says until when', async () => {
    const { clock, counters, inside } = trying({ deadline: 600_000 });
    const error = await failure(inside((tries) => tries.run(failing(limited(700_000)), { what: 'page 2' })));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ kind: 'rate-limited', retryAfterMs: 700_000 });
    expect(error.message).toBe(
      'too many; the upstream asked for a pause until 2026-11-21T20:11:40.000Z, and the run does not wait that long',
    );
    expect(clock.sleeps).toEqual([]);
    // The next call of the limit does not even ask.
    const next = await failure(inside((tries) => tries.run(failing(), { what: 'page 3' })));
    expect(next.message).toBe('page 3: the upstream asked for a pause until 2026-11-21T20:11:40.000Z, and the run does not wait that long');
    expect(next).toMatchObject({ name: 'TransientError', kind: 'rate-limited' });
    expect(counters).toEqual({ requests: 1, retries: 0 });
  });

  it('fails at once on an absurd wait, without a deadline as well', async () => {
    const { clock, inside } = trying();
    const error = await failure(inside((tries) => tries.run(failing(limited(3_155_760_000_000)), {})));
    expect(error).toMatchObject({ name: 'TransientError', kind: 'rate-limited' });
    expect(error.message).toContain('until 2126-11-');
    expect(clock.sleeps).toEqual([]);
  });

  it('waits for a quota that fits, also for hours', async () => {
    const { clock, inside } = trying({ deadline: 20_000_000 });
    const spent = new TransientError('spent', { kind: 'quota', retryAfterMs: 10_000_000 });
    expect(await inside((tries) => tries.run(failing(spent), {}))).toBe('well');
    expect(clock.elapsed()).toBe(10_000_000);
  });

  it('ends the target on a quota that does not fit', async () => {
    const { inside } = trying({ deadline: 600_000 });
    const spent = new TransientError('spent', { kind: 'quota', retryAfterMs: 3_000_000 });
    const error = await failure(inside((tries) => tries.run(failing(spent), {})));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ kind: 'quota' });
    expect(error.message).toContain('until 2026-11-21T20:50:00.000Z');
  });

  it('says in the log that it waits, and why', async () => {
    const { lines, inside } = trying();
    await inside((tries) => tries.run(failing(new TransientError('no top-secret today')), {}));
    expect(lines).toEqual(['2026-11-21T20:00:00.000Z info waits before another try why="no *** today" kind=server ms=1000']);
  });
});

describe('createTries: errors', () => {
  it.each([new PermanentError('p'), new BlockedError('b'), new SplitError('s')])('takes %s as it is, once', async (error) => {
    const { counters, inside } = trying({ judge: () => expect.unreachable('what says what happens next is not judged') });
    expect(await failure(inside((tries) => tries.run(failing(error), { what: 'page 2' })))).toBe(error);
    expect(counters).toEqual({ requests: 1, retries: 0 });
  });

  it.each([new TypeError("Cannot read properties of undefined (reading 'x')"), new RangeError('x'), 'text', undefined])(
    'takes %s for a defect, and does not try again',
    async (thrown) => {
      const { counters, inside } = trying();
      const error = await failure(
        inside((tries) =>
          tries.run(() => {
            throw thrown;
          }, {}),
        ),
      );
      expect(error).toMatchObject({ name: 'PermanentError', kind: 'defect' });
      expect(counters.retries).toBe(0);
    },
  );

  it('asks judge first, with the answer, the error and the number', async () => {
    const seen: unknown[] = [];
    const response = { status: 500, headers: new Headers(), body: 'x' };
    const { inside } = trying({
      judge(failure) {
        seen.push(failure);
        return failure.number === 2 ? new PermanentError('judged', { kind: 'quota' }) : undefined;
      },
    });
    const thrown = new Error("a client's own");
    const work = async (scene: Scene) => {
      scene.response = response;
      throw thrown;
    };
    expect(await failure(inside((tries) => tries.run(work, {})))).toMatchObject({ message: 'judged', kind: 'quota' });
    expect(seen).toEqual([
      { error: thrown, response, number: 1 },
      { error: thrown, response, number: 2 },
    ]);
  });

  it('takes a throw of judge for a defect', async () => {
    const { inside } = trying({
      judge() {
        throw new TypeError('no such field');
      },
    });
    const error = await failure(inside((tries) => tries.run(failing(new Error('x')), {})));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'defect' });
    expect(error.message).toContain('no such field');
  });

  it('counts what fetch saw, however a client dresses it', async () => {
    const { counters, inside } = trying();
    const work = async (scene: Scene) => {
      scene.place = 'api.example/x';
      scene.broken = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
      throw Object.assign(new Error('HttpError'), { status: 500 });
    };
    const error = await failure(inside((tries) => tries.run(work, { what: 'page 2' })));
    expect(error).toMatchObject({ name: 'TransientError', kind: 'network', message: 'page 2: api.example/x refused the connection' });
    expect(counters.retries).toBe(3);
  });

  it('lets no secret out, in message, stack and cause', async () => {
    const { inside } = trying();
    const client = Object.assign(new Error('401 for top-secret'), { request: { headers: { authorization: 'top-secret' } } });
    const error = await failure(inside((tries) => tries.run(failing(client), { what: 'with top-secret' })));
    expect(error.message).toBe('with ***: the upstream: 401 for ***');
    expect(`${error.stack} ${JSON.stringify(error.cause)} ${(error.cause as Error).stack}`).not.toContain('top-secret');
    expect((error.cause as Error).message).toBe('401 for ***');
    expect(error.cause).not.toHaveProperty('request');
  });
});

describe('createTries: secrets that would be cut', () => {
  const secret = 'ghp_0123456789abcdefghijklmnopqrstuvwxyzAB';
  function leaking(body: string, status = 404) {
    const redactor = createRedactor();
    redactor.add(secret);
    const seen: (string | undefined)[] = [];
    const judge: TriesOptions['judge'] = (failure) => void seen.push(failure.response?.body);
    const { inside } = trying({ redactor, judge, policy: { tries: 1 } });
    const work = async (scene: Scene) => {
      scene.response = { status, headers: new Headers(), body };
      scene.isAccepted = status === 200;
      if (status !== 200) throw new StatusError(`status ${status}`);
      return JSON.parse(body) as string;
    };
    return { seen, error: failure(inside((tries) => tries.run(work, {}))) };
  }

  it('are taken out of what an answer says before only its beginning is quoted, and before a judge sees it', async () => {
    for (const body of [JSON.stringify({ message: `${'x'.repeat(170)} ${secret}` }), `<html><title>${'x'.repeat(170)} ${secret}</title>`]) {
      const { error, seen } = leaking(body);
      expect((await error).message).toMatch(/answered 404 \(x+ \*\*\*\)$/);
      expect(seen.join()).not.toContain('ghp_');
    }
  });

  it('are in no piece of broken JSON: none is quoted', async () => {
    const error = await leaking(`${secret} and more`, 200).error;
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('ghp_');
    expect(error.message).toContain('answered with broken JSON');
  });

  it("are in no piece of broken JSON that a client's or provider's own error quotes", async () => {
    for (const type of [Error, PermanentError]) {
      const { message: quoted } = (await failure(Promise.resolve().then(() => JSON.parse(secret)))) as Error;
      expect(quoted).toContain('ghp_');
      const message = `invalid answer: ${quoted}`;
      const error = await failure(trying().inside((tries) => tries.run(failing(new type(message, { cause: new Error(message) })), {})));
      expect(error.message).toMatch(/invalid answer: what is not valid JSON$/);
      expect(`${error.stack} ${error.cause} ${(error.cause as Error).stack}`).not.toContain('ghp_');
    }
    const { inside, lines } = trying();
    const { message: quoted } = (await failure(Promise.resolve().then(() => JSON.parse(secret)))) as Error;
    await inside((tries) => tries.run(failing(new TransientError(quoted)), {}));
    expect(lines.join()).toContain('what is not valid JSON');
    expect(lines.join()).not.toContain('ghp_');
  });
});

describe('createTries: an upstream that asks for a wait that is none', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -5])('%d', async (retryAfterMs) => {
    const { clock, inside } = trying({ policy: { tries: 2 } });
    const work = failing(new TransientError('it failed', { kind: 'server', retryAfterMs }));
    const result = await inside((tries) => tries.run(work, {})).catch((error) => error);
    if (retryAfterMs === Number.POSITIVE_INFINITY) expect(result).toMatchObject({ name: 'TransientError', kind: 'server' });
    else expect([result, clock.sleeps]).toEqual(['well', [1000]]);
  });
});

describe('createTries: calls inside calls', () => {
  it("do not keep the run's slot while the inner one waits", async () => {
    const clock = createTestClock();
    const limiter = createLimiter({ clock, concurrency: 1 });
    const log = createLog({ write: () => {}, level: 'silent', format: 'text', redactor: createRedactor(), clock });
    const { signal } = new AbortController();
    const order: string[] = [];
    const nested = limiter.gate({ name: 'api', key: ['x'], concurrency: 1, source: 'test' }).hold(signal, async (slot) => {
      const redactor = createRedactor();
      const tries = createTries({ slot, judge: undefined, signal, clock, log, redactor, counters: { requests: 0, retries: 0 } });
      await tries.run(() => tries.run(failing(server()), {}), {});
      order.push('nested');
    });
    const other = limiter
      .gate({ name: 'api', key: ['y'], concurrency: 1, source: 'test' })
      .hold(signal, async () => void order.push('other'));
    await Promise.all([nested, other]);
    expect(order).toEqual(['other', 'nested']);
  });
});

describe('createTries: time', () => {
  const never = () => new Promise<never>(() => {});

  it('ends a try that takes too long, also one that ignores its signal', async () => {
    const { counters, inside } = trying({ policy: { tries: 2 } });
    const aborted: unknown[] = [];
    const work = (scene: Scene) => {
      scene.place = 'api.example/x';
      scene.signal.addEventListener('abort', () => aborted.push(scene.signal.reason));
      return never();
    };
    const error = await failure(inside((tries) => tries.run(work, { timeoutMs: 10, what: 'page 2' })));
    expect(error).toMatchObject({ name: 'TransientError', kind: 'timeout' });
    expect(error.message).toBe('page 2: api.example/x did not answer within 10ms');
    expect(aborted).toHaveLength(2);
    expect(counters).toEqual({ requests: 2, retries: 1 });
  });

  it('asks the judge what that means', async () => {
    const seen: Failure[] = [];
    const judge = (failure: Failure) => {
      seen.push(failure);
      if (failure.number === 1) return undefined;
      return new PermanentError('asked for too much', { kind: 'timeout', cause: failure.error });
    };
    const { counters, clock, inside } = trying({ judge });
    const work = (scene: Scene) => {
      scene.place = 'api.example/x';
      return never();
    };
    const error = await failure(inside((tries) => tries.run(work, { timeoutMs: 10, what: 'page 2' })));
    expect([error.message, (error.cause as Error).message]).toEqual(['asked for too much', 'api.example/x did not answer within 10ms']);
    expect(seen).toMatchObject([
      { number: 1, isTimeout: true, error: { name: 'TransientError', kind: 'timeout' }, response: undefined },
      { number: 2, isTimeout: true },
    ]);
    expect([counters.retries, clock.sleeps]).toEqual([1, [1000]]);
    await failure(inside((tries) => tries.run(failing(new TypeError('broken')), {})));
    expect(seen.at(-1)).not.toHaveProperty('isTimeout');
  });

  it('drops what such a try says later', async () => {
    const { inside } = trying({ policy: { tries: 1, timeoutMs: 5 } });
    const late = Promise.withResolvers<never>();
    await failure(inside((tries) => tries.run(() => late.promise, {})));
    late.reject(new Error('late'));
  });

  it('goes on when the second try is quicker', async () => {
    const { inside } = trying();
    expect(await inside((tries) => tries.run(async ({ number }) => (number === 1 ? never() : 'well'), { timeoutMs: 10 }))).toBe('well');
  });

  it.each(['working', 'waiting', 'before'] as const)('ends when the run does: %s', async (moment) => {
    const { controller, clock, inside } = trying();
    const reason = new PermanentError('the run is out of time', { kind: 'timeout' });
    if (moment === 'before') controller.abort(reason);
    const work = async () => {
      if (moment === 'working') {
        queueMicrotask(() => controller.abort(reason));
        return never();
      }
      queueMicrotask(() => setImmediate(() => controller.abort(reason)));
      throw server();
    };
    const running = failure(inside((tries) => tries.run(work, {})));
    if (moment === 'waiting') await new Promise((resolve) => setImmediate(resolve));
    if (moment === 'waiting') controller.abort(reason);
    expect(await running).toBe(reason);
    expect(clock.elapsed()).toBe(0);
  });

  it('is cancelled when the run is aborted without a word', async () => {
    const { controller, inside } = trying();
    controller.abort();
    const error = await failure(inside((tries) => tries.run(never, {})));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'cancelled' });
  });

  it('bounds a step like a try', async () => {
    const { inside } = trying();
    const scene = { number: 1, place: 'api.example/x' } as Scene;
    expect(await inside((tries) => tries.step(async () => 'well', scene, 10))).toBe('well');
    expect(await failure(inside((tries) => tries.step(never, scene, 10)))).toMatchObject({ name: 'TransientError', kind: 'timeout' });
    const broken = await failure(inside((tries) => tries.step(failing(new TypeError('terminated')), scene, 10)));
    expect(broken).toMatchObject({ name: 'TransientError', kind: 'network' });
  });
});
