import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../sdk/errors.ts';
import type { Limit } from '../sdk/provider.ts';
import { Secret } from '../sdk/secret.ts';
import { createTestClock } from '../testing/clock.ts';
import { createLimiter, type Slot } from './limiter.ts';

const { signal } = new AbortController();

function limit(own: Partial<Limit> = {}): Limit {
  return { name: 'api', key: ['https://api.example'], concurrency: 1, source: 'measured', ...own };
}

function limiting(concurrency = 64) {
  const clock = createTestClock();
  return { clock, limiter: createLimiter({ clock, concurrency }) };
}

/** Work that lasts until it is told to end, and the most of it at once. */
function bench() {
  const begun: string[] = [];
  const endings = new Map<string, () => void>();
  let working = 0;
  let most = 0;
  return {
    begun,
    get most() {
      return most;
    },
    end: (name: string) => endings.get(name)?.(),
    work: (name: string) => async () => {
      begun.push(name);
      working += 1;
      most = Math.max(most, working);
      await new Promise<void>((resolve) => endings.set(name, resolve));
      working -= 1;
      return name;
    },
  };
}

/** Lets everything happen that can. */
async function settle() {
  for (let turn = 0; turn < 5; turn += 1) await macrotask();
}

describe('createLimiter: slots', () => {
  it('lets as many work as the limit says, first come first served', async () => {
    const { limiter } = limiting();
    const { begun, work, end } = bench();
    const gate = limiter.gate(limit({ concurrency: 2 }));
    const all = ['a', 'b', 'c', 'd'].map((name) => gate.hold(signal, work(name)));
    await settle();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);
    end('a');
    end('c');
    await settle();
    end('d');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets as many work in all as the run says', async () => {
    const { limiter } = limiting(2);
    const seen = bench();
    const all = ['a', 'b', 'c'].map((name) => limiter.gate(limit({ key: [name], concurrency: 5 })).hold(signal, seen.work(name)));
    await settle();
    expect(seen.begun).toEqual(['a', 'b']);
    for (const name of ['a', 'b', 'c']) {
      seen.end(name);
      await settle();
    }
    await Promise.all(all);
    expect(seen.most).toBe(2);
  });

  it('gives a slot back when work throws', async () => {
    const { limiter } = limiting(1);
    const gate = limiter.gate(limit());
    await expect(gate.hold(signal, async () => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(await gate.hold(signal, async () => 'next')).toBe('next');
  });

  it('leaves the queue when the signal is aborted, and blocks nobody', async () => {
    const { limiter } = limiting();
    const { begun, work, end } = bench();
    const gate = limiter.gate(limit());
    const controller = new AbortController();
    const first = gate.hold(signal, work('first'));
    const second = gate.hold(controller.signal, work('second'));
    const third = gate.hold(signal, work('third'));
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    await settle();
    end('first');
    await settle();
    expect(begun).toEqual(['first', 'third']);
    end('third');
    await Promise.all([first, third]);
  });
});

describe('createLimiter: keys', () => {
  it('is one gate for equal keys; the smallest concurrency wins', async () => {
    const { limiter } = limiting();
    const seen = bench();
    const wide = limiter.gate(limit({ key: ['api', new Secret('token-1'), undefined], concurrency: 3 }));
    const narrow = limiter.gate(limit({ name: 'other', key: ['api', new Secret('token-1'), undefined], concurrency: 1 }));
    expect(narrow).toBe(wide);
    const all = ['a', 'b'].map((name) => wide.hold(signal, seen.work(name)));
    await settle();
    expect(seen.begun).toEqual(['a']);
    seen.end('a');
    await settle();
    seen.end('b');
    await Promise.all(all);
  });

  it('tells apart other secrets, other parts, and a secret from the text of its digest', () => {
    const { limiter } = limiting();
    const keys = [['a', 'b'], ['ab'], ['a', undefined], [new Secret('token-1')], [new Secret('token-2')], ['token-1']];
    expect(new Set(keys.map((key) => limiter.gate(limit({ key })))).size).toBe(keys.length);
  });
});

describe('createLimiter: waits', () => {
  it('keeps the spacing between starts, in order, also over several slots and the widest of equal keys', async () => {
    const { clock, limiter } = limiting();
    limiter.gate(limit({ spacingMs: 100 }));
    const gate = limiter.gate(limit({ concurrency: 3, spacingMs: 300 }));
    limiter.gate(limit({ concurrency: 5 }));
    const starts: string[] = [];
    const work = (name: string) => async (slot: Slot) => {
      for (let number = 1; number <= 2; number += 1) {
        await slot.ready(signal);
        starts.push(`${name}${number} ${clock.elapsed()}`);
      }
    };
    await Promise.all(['a', 'b', 'c'].map((name) => gate.hold(signal, work(name))));
    expect(starts).toEqual(['a1 0', 'a2 300', 'b1 600', 'b2 900', 'c1 1200', 'c2 1500']);
  });

  it('keeps one spacing over all gates that count it by the same, and no pause, quota or slot of another', async () => {
    const { limiter, clock } = limiting();
    const keys = ['key-1', 'key-2', undefined].map((key) => (key === undefined ? undefined : new Secret(key)));
    const gates = keys.map((key) => limiter.gate(limit({ key: ['api', key], spacingKey: ['api'], spacingMs: 50 })));
    const other = limiter.gate(limit({ key: ['api', 'else'], spacingMs: 50 }));
    const starts: number[] = [];
    const others: number[] = [];
    async function work(slot: Slot, seen: number[]) {
      for (let call = 0; call < 4; call += 1) {
        await slot.ready(signal);
        seen.push(clock.elapsed());
      }
    }
    await Promise.all([
      ...gates.map((gate) => gate.hold(signal, (slot) => work(slot, starts))),
      other.hold(signal, (slot) => work(slot, others)),
    ]);
    expect(starts).toEqual(Array.from({ length: 12 }, (_, index) => index * 50));
    expect(others).toEqual([0, 50, 100, 150]);

    await gates[0]?.hold(signal, async (slot) => slot.close(10_000));
    await gates[1]?.hold(signal, async (slot) => slot.quota({ remaining: 0, resetAt: new Date(clock.now().getTime() + 20_000) }));
    const before = clock.elapsed();
    await gates[2]?.hold(signal, (slot) => slot.ready(signal));
    expect(clock.elapsed() - before).toBeLessThanOrEqual(50);
    await Promise.all(gates.slice(0, 2).map((gate) => gate.hold(signal, (slot) => slot.ready(signal))));
    expect(clock.elapsed() - before).toBe(20_000);
  });

  it('shares a pause with all of the gate, and no other', async () => {
    const { clock, limiter } = limiting();
    const gate = limiter.gate(limit({ concurrency: 3 }));
    const other = limiter.gate(limit({ key: ['other'] }));
    const starts: string[] = [];
    const pausing = gate.hold(signal, async (slot) => {
      await slot.pause(60_000, signal);
      await slot.ready(signal);
      starts.push(`pausing ${clock.elapsed()}`);
    });
    const sharing = gate.hold(signal, async (slot) => {
      await slot.ready(signal);
      starts.push(`sharing ${clock.elapsed()}`);
    });
    const apart = other.hold(signal, async (slot) => {
      await slot.ready(signal);
      starts.push(`apart ${clock.elapsed()}`);
    });
    await Promise.all([pausing, sharing, apart]);
    expect(starts[0]).toBe('apart 0');
    expect(starts.slice(1).sort()).toEqual(['pausing 60000', 'sharing 60000']);
  });

  it('keeps the spacing after a pause as well', async () => {
    const { clock, limiter } = limiting();
    const gate = limiter.gate(limit({ concurrency: 3, spacingMs: 50 }));
    const starts: number[] = [];
    const work = async (slot: Slot) => {
      slot.close(1000);
      await slot.ready(signal);
      starts.push(clock.elapsed());
    };
    await Promise.all([1, 2, 3].map(() => gate.hold(signal, work)));
    expect(starts).toEqual([1000, 1050, 1100]);
  });

  it.each(['pause', 'sleep', 'quota', 'spacing'] as const)(
    "gives the run's slot to another limit's target while it waits: %s",
    async (how) => {
      const { clock, limiter } = limiting(1);
      const order: string[] = [];
      const waiting = limiter.gate(limit({ spacingMs: how === 'spacing' ? 5000 : 0 })).hold(signal, async (slot) => {
        if (how === 'pause') await slot.pause(5000, signal);
        if (how === 'sleep') await slot.sleep(5000, signal);
        if (how === 'quota') slot.quota({ remaining: 0, resetAt: new Date(clock.now().getTime() + 5000) });
        if (how === 'spacing') await slot.ready(signal);
        await slot.ready(signal);
        order.push(`waiting ${clock.elapsed()}`);
      });
      const other = limiter.gate(limit({ key: ['other'] })).hold(signal, async (slot) => {
        await slot.ready(signal);
        order.push(`other ${clock.elapsed()}`);
      });
      await Promise.all([waiting, other]);
      expect(order).toEqual(['other 0', 'waiting 5000']);
    },
  );

  it("takes the run's slot again before it goes on", async () => {
    const { limiter } = limiting(1);
    const { begun, work, end } = bench();
    const order: string[] = [];
    const waiting = limiter.gate(limit()).hold(signal, async (slot) => {
      await slot.sleep(10, signal);
      order.push('awake');
    });
    const other = limiter.gate(limit({ key: ['other'] })).hold(signal, work('other'));
    await settle();
    expect(begun).toEqual(['other']);
    expect(order).toEqual([]);
    end('other');
    await Promise.all([waiting, other]);
    expect(order).toEqual(['awake']);
  });

  it('waits for the quota until its reset, and tells the reading', async () => {
    const { clock, limiter } = limiting();
    const gate = limiter.gate(limit());
    const reading = { remaining: 0, limit: 60, resetAt: new Date(clock.now().getTime() + 90_000) };
    await gate.hold(signal, async (slot) => slot.quota(reading));
    expect(gate.quota).toEqual(reading);
    await gate.hold(signal, (slot) => slot.ready(signal, 100_000));
    expect(clock.elapsed()).toBe(90_000);
    await gate.hold(signal, async (slot) => {
      slot.quota({ remaining: 0, resetAt: new Date(clock.now().getTime() + 1000) });
      slot.quota({ remaining: 5 });
      await slot.ready(signal);
      slot.quota({ remaining: 0 });
      await slot.ready(signal);
    });
    expect(clock.elapsed()).toBe(90_000);
  });

  it('takes no reading for a reset that is no time or a number that is none: pauses and spacing stay in force', async () => {
    const { clock, limiter } = limiting();
    const gate = limiter.gate(limit({ spacingMs: 100 }));
    await gate.hold(signal, async (slot) => {
      slot.quota({ remaining: 0, limit: Number.NaN, resetAt: new Date('soon') });
      expect(gate.quota).toEqual({ remaining: 0 });
      slot.quota({ remaining: Number.NaN });
      expect(gate.quota).toEqual({ remaining: 0 });
      slot.close(5000);
      await slot.ready(signal);
      await slot.ready(signal);
    });
    expect(clock.elapsed()).toBe(5100);
  });

  it('keeps its own copy of a reading', async () => {
    const { clock, limiter } = limiting();
    const gate = limiter.gate(limit());
    const resetAt = new Date(clock.now().getTime() + 1000);
    await gate.hold(signal, async (slot) => slot.quota({ remaining: 1, resetAt }));
    resetAt.setTime(Number.NaN);
    expect(gate.quota?.resetAt?.toISOString()).toBe('2026-11-21T20:00:01.000Z');
  });

  it('fails at once where the quota or a pause outlasts the run', async () => {
    const { clock, limiter } = limiting();
    const spent = limiter.gate(limit()).hold(signal, async (slot) => {
      slot.quota({ remaining: 0, resetAt: new Date(clock.now().getTime() + 3_000_000) });
      await slot.ready(signal, 600_000);
    });
    await expect(spent).rejects.toThrow(/nothing is left of the quota until 2026-11-21T20:50:00.000Z/);
    await expect(spent).rejects.toMatchObject({ kind: 'quota' });
    await expect(spent).rejects.toBeInstanceOf(PermanentError);
    const paused = limiter.gate(limit({ key: ['paused'] })).hold(signal, async (slot) => {
      slot.close(700_000);
      slot.close(10);
      await slot.ready(signal, 600_000);
    });
    await expect(paused).rejects.toThrow(/pause until 2026-11-21T20:11:40.000Z/);
    await expect(paused).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 700_000 });
    await expect(paused).rejects.toBeInstanceOf(TransientError);
    expect(clock.elapsed()).toBe(0);
  });

  it('fails at once on a pause that nobody waits for, without a deadline as well', async () => {
    const { clock, limiter } = limiting();
    const paused = limiter.gate(limit()).hold(signal, async (slot) => {
      slot.close(10 * 365 * 86_400_000);
      await slot.ready(signal);
    });
    await expect(paused).rejects.toThrow(/2036-11-18/);
    expect(clock.sleeps).toEqual([]);
  });

  it('ends every wait when the signal is aborted, and blocks nobody after', async () => {
    const { limiter } = limiting(1);
    const controller = new AbortController();
    const gate = limiter.gate(limit({ concurrency: 2 }));
    const waiting = [1, 2].map(() =>
      gate.hold(signal, async (slot) => {
        slot.close(1000);
        await slot.ready(controller.signal);
      }),
    );
    controller.abort(new Error('enough'));
    for (const one of waiting) await expect(one).rejects.toThrow('enough');
    expect(await gate.hold(signal, async (slot) => slot.ready(signal).then(() => 'ready'))).toBe('ready');
  });
});

describe('createLimiter: several calls of one target', () => {
  it.each(['sleep', 'pause', 'ready'] as const)("leave none of the run's slots behind, and do not wait for each other: %s", async (how) => {
    const { clock, limiter } = limiting(1);
    const gate = limiter.gate(limit({ concurrency: 2, spacingMs: how === 'ready' ? 10 : 0 }));
    const wait = (slot: Slot) => (how === 'ready' ? slot.ready(signal) : slot[how](10, signal));
    const call = async (slot: Slot) => {
      const end = slot.call?.();
      await wait(slot);
      await wait(slot);
      end?.();
    };
    await Promise.all([1, 2].map(() => gate.hold(signal, (slot) => Promise.all([call(slot), call(slot), call(slot)]))));
    const seen = bench();
    const all = ['a', 'b'].map((name) => limiter.gate(limit({ key: [name] })).hold(signal, seen.work(name)));
    await settle();
    expect(seen.begun).toEqual(['a']);
    seen.end('a');
    await settle();
    seen.end('b');
    await Promise.all(all);
    expect([seen.most, clock.elapsed()]).toEqual([1, how === 'ready' ? 110 : 20]);
  });

  it("keep the run's slot while one of them is at work, give it up while all wait, and take it again with the first", async () => {
    const steps = bench();
    const waits = new Map<string, () => void>();
    const clock = { ...createTestClock(), sleep: (ms: number) => new Promise<void>((resolve) => waits.set(String(ms), resolve)) };
    const own = createLimiter({ clock, concurrency: 1 });
    const other = () => own.gate(limit({ key: ['other'] })).hold(signal, steps.work('other'));
    const holding = own.gate(limit()).hold(signal, async (slot) => {
      const first = slot.call?.();
      const second = slot.call?.();
      await Promise.all([
        slot.sleep(1, signal).then(steps.work('first')).then(first),
        steps
          .work('second')()
          .then(() => slot.sleep(2, signal))
          .then(second),
      ]);
    });
    await settle();
    const waiting = other();
    await settle();
    expect(steps.begun).toEqual(['second']);
    steps.end('second');
    await settle();
    expect(steps.begun).toEqual(['second', 'other']);
    waits.get('1')?.();
    await settle();
    expect(steps.begun).toEqual(['second', 'other']);
    steps.end('other');
    await settle();
    expect(steps.begun).toEqual(['second', 'other', 'first']);
    const late = other();
    await settle();
    expect(steps.begun).toHaveLength(3);
    steps.end('first');
    await settle();
    expect(steps.begun).toHaveLength(4);
    steps.end('other');
    waits.get('2')?.();
    await Promise.all([holding, waiting, late]);
  });
});
